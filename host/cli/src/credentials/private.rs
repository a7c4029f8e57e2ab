//! Whether a folder and a file are this user's alone. It is asked of what was
//! opened, not of a path that may be another thing a moment later.

pub(super) use platform::{create_folder, open, open_lock};

#[cfg(unix)]
mod platform {
    use crate::failure::Usage;
    use rustix::fs::{FileType, Mode, OFlags, Stat};
    use rustix::io::Errno;
    use std::fs::{DirBuilder, File};
    use std::io;
    use std::os::unix::fs::DirBuilderExt;
    use std::path::Path;

    /// Makes a folder, and those above it, for this user alone.
    pub(in super::super) fn create_folder(folder: &Path) -> io::Result<()> {
        DirBuilder::new().recursive(true).mode(0o700).create(folder)
    }

    /// Opens a file to read it; none where it is missing.
    pub(in super::super) fn open(folder: &Path, name: &str) -> Result<Option<File>, Usage> {
        // A pipe in the file's place must not be waited for.
        open_in(folder, name, OFlags::RDONLY | OFlags::NONBLOCK)
    }

    /// Opens the file to lock, and makes it where it is missing.
    pub(in super::super) fn open_lock(folder: &Path, name: &str) -> Result<File, Usage> {
        let file = open_in(folder, name, OFlags::RDWR | OFlags::CREATE)?;
        file.ok_or_else(|| Usage::new(format!("the folder {} is gone", folder.display())))
    }

    fn open_in(folder: &Path, name: &str, flags: OFlags) -> Result<Option<File>, Usage> {
        let always = OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let opened = rustix::fs::open(folder, OFlags::DIRECTORY | always, Mode::empty());
        let Some(opened) = found(opened, folder, Kind::Folder)? else {
            return Ok(None);
        };
        let path = folder.join(name);
        let mode = Mode::RUSR | Mode::WUSR;
        let opened = rustix::fs::openat(&opened, name, flags | always, mode);
        let file = found(opened, &path, Kind::File)?;
        Ok(file.map(File::from))
    }

    fn found<F: std::os::fd::AsFd>(
        opened: Result<F, Errno>,
        path: &Path,
        kind: Kind,
    ) -> Result<Option<F>, Usage> {
        let opened = match opened {
            Ok(opened) => opened,
            Err(Errno::NOENT) => return Ok(None),
            Err(_) if path.is_symlink() => return Err(symlink(path, kind)),
            Err(error) => {
                let error = io::Error::from(error);
                return Err(Usage::new(format!(
                    "{} cannot be opened: {error}",
                    path.display()
                )));
            }
        };
        let stat = rustix::fs::fstat(&opened).map_err(|error| {
            Usage::new(format!(
                "{} cannot be looked at: {}",
                path.display(),
                io::Error::from(error)
            ))
        })?;
        check(&stat, rustix::process::geteuid().as_raw(), path, kind)?;
        Ok(Some(opened))
    }

    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    enum Kind {
        Folder,
        File,
    }

    fn check(stat: &Stat, user: u32, path: &Path, kind: Kind) -> Result<(), Usage> {
        let (name, quoted) = (path.display(), quote(path));
        if kind == Kind::File && FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
            return Err(Usage::new(format!("{name} is not a file"))
                .hint(format!("move it away:\n\n    mv {quoted} {quoted}.old")));
        }
        if stat.st_uid != user {
            return Err(Usage::new(format!(
                "{name} belongs to another user, who could read or change the credentials in it"
            ))
            .hint(format!(
                "run this as its owner; or, if it should be yours:\n\n    sudo chown \"$(id -u)\" {quoted}"
            )));
        }
        let allowed = match kind {
            Kind::Folder => 0o700,
            Kind::File => 0o600,
        };
        let mode = stat.st_mode & 0o777;
        if mode & !allowed != 0 {
            return Err(Usage::new(format!(
                "{name} has the mode {mode:04o}, with which others may read or change the credentials in it"
            ))
            .hint(format!("make it yours alone:\n\n    chmod {allowed:o} {quoted}")));
        }
        Ok(())
    }

    fn symlink(path: &Path, kind: Kind) -> Usage {
        let quoted = quote(path);
        let mend = match kind {
            Kind::Folder => format!(
                "cp -Rp {quoted}/. {quoted}.new && rm {quoted} && mv {quoted}.new {quoted} && chmod 700 {quoted}"
            ),
            Kind::File => {
                format!("install -m 600 {quoted} {quoted}.new && mv {quoted}.new {quoted}")
            }
        };
        Usage::new(format!(
            "{} is a symbolic link: what it leads to may be anyone's",
            path.display()
        ))
        .hint(format!("put what it leads to in its place:\n\n    {mend}"))
    }

    /// The path as a word of the shell.
    fn quote(path: &Path) -> String {
        format!("'{}'", path.display().to_string().replace('\'', r"'\''"))
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn what_belongs_to_another_user_is_refused() {
            let file = tempfile::NamedTempFile::new().unwrap();
            let stat = rustix::fs::stat(file.path()).unwrap();
            let check = |user| check(&stat, user, file.path(), Kind::File);
            assert!(check(stat.st_uid).is_ok());
            let error = check(stat.st_uid + 1).unwrap_err().to_string();
            assert!(error.contains("another user"), "{error}");
        }

        #[test]
        fn paths_are_quoted_for_the_shell() {
            assert_eq!(quote(Path::new("/a b/c'd")), r"'/a b/c'\''d'");
        }
    }
}

/// Elsewhere a user's folders are their own by default.
#[cfg(not(unix))]
mod platform {
    use crate::failure::Usage;
    use std::fs::{self, File, OpenOptions};
    use std::io;
    use std::path::Path;

    pub(in super::super) fn create_folder(folder: &Path) -> io::Result<()> {
        fs::create_dir_all(folder)
    }

    pub(in super::super) fn open(folder: &Path, name: &str) -> Result<Option<File>, Usage> {
        let path = folder.join(name);
        match File::open(&path) {
            Ok(file) => Ok(Some(file)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(unopened(&path, &error)),
        }
    }

    pub(in super::super) fn open_lock(folder: &Path, name: &str) -> Result<File, Usage> {
        let path = folder.join(name);
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(false);
        options.open(&path).map_err(|error| unopened(&path, &error))
    }

    fn unopened(path: &Path, error: &io::Error) -> Usage {
        Usage::new(format!("{} cannot be opened: {error}", path.display()))
    }
}
