//! Files that only this user could have written, and only they can read. That is
//! asked of what was opened, not of a path that may be another thing a moment
//! later; and no link is followed there.

pub(crate) use platform::{
    create_folder, is_of_others, is_own, open, open_lock, open_or_create, take_back,
};

/// What is in a file, for what is said about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Content {
    Credentials,
    /// How far a search came.
    State,
    /// Output that is not whole yet.
    Users,
}

#[cfg(unix)]
mod platform {
    use super::Content;
    use crate::failure::Usage;
    use crate::render::shell_word;
    use rustix::fs::{CWD, FileType, Mode, OFlags, Stat};
    use rustix::io::Errno;
    use std::fs::{DirBuilder, File, Metadata};
    use std::io;
    use std::os::fd::{AsFd, OwnedFd};
    use std::os::unix::fs::{DirBuilderExt, MetadataExt};
    use std::path::Path;

    const ALWAYS: OFlags = OFlags::NOFOLLOW.union(OFlags::CLOEXEC);
    /// For its owner.
    const PRIVATE: Mode = Mode::RUSR.union(Mode::WUSR);

    /// Makes a folder, and those above it, for this user alone.
    pub(crate) fn create_folder(folder: &Path) -> io::Result<()> {
        DirBuilder::new().recursive(true).mode(0o700).create(folder)
    }

    /// Opens a file of a private folder to read it; none where it is missing.
    pub(crate) fn open(folder: &Path, name: &str) -> Result<Option<File>, Usage> {
        // A pipe in the file's place must not be waited for.
        open_in(folder, name, OFlags::RDONLY | OFlags::NONBLOCK)
    }

    /// Opens the file to lock, and makes it where it is missing.
    pub(crate) fn open_lock(folder: &Path, name: &str) -> Result<File, Usage> {
        let file = open_in(folder, name, OFlags::RDWR | OFlags::CREATE)?;
        file.ok_or_else(|| Usage::new(format!("the folder {} is gone", folder.display())))
    }

    fn open_in(folder: &Path, name: &str, flags: OFlags) -> Result<Option<File>, Usage> {
        let opened = rustix::fs::open(folder, OFlags::DIRECTORY | ALWAYS, Mode::empty());
        let Some(opened) = found(opened, folder, Kind::Folder, Content::Credentials)? else {
            return Ok(None);
        };
        let path = folder.join(name);
        let opened = rustix::fs::openat(&opened, name, flags | ALWAYS, PRIVATE);
        let file = found(opened, &path, Kind::File, Content::Credentials)?;
        Ok(file.map(File::from))
    }

    /// Opens a file of any folder to read it and to write at its end, and makes it
    /// where it is missing.
    pub(crate) fn open_or_create(path: &Path, content: Content) -> Result<File, Usage> {
        // Once more, if another process makes it in between.
        for _ in 0..2 {
            if let Some(file) = found(open_at_end(path), path, Kind::File, content)? {
                return Ok(file.into());
            }
            let new = OFlags::RDWR | OFlags::APPEND | OFlags::CREATE | OFlags::EXCL;
            match rustix::fs::open(path, new | ALWAYS, PRIVATE) {
                Ok(file) => return Ok(file.into()),
                Err(Errno::EXIST) => {}
                Err(error) => {
                    return Err(unopened(path, error)
                        .hint("its folder must be there, and you must be able to write to it"));
                }
            }
        }
        Err(unopened(path, Errno::EXIST))
    }

    /// Opens output that was whole before, to write more to it; none where there is no
    /// such file, or not the same. Its owner may have let others read it since; no
    /// longer.
    pub(crate) fn take_back(
        path: &Path,
        is_same: impl FnOnce(&mut File) -> io::Result<bool>,
    ) -> Result<Option<File>, Usage> {
        let found = found(open_at_end(path), path, Kind::Whole, Content::Users)?;
        let Some(mut file) = found.map(File::from) else {
            return Ok(None);
        };
        if !is_same(&mut file).is_ok_and(|is_same| is_same) {
            return Ok(None);
        }
        rustix::fs::fchmod(&file, PRIVATE).map_err(|error| unopened(path, error))?;
        Ok(Some(file))
    }

    /// Whether a file is another user's. The system's own are everybody's.
    pub(crate) fn is_of_others(file: &Metadata) -> bool {
        let user = rustix::process::geteuid().as_raw();
        file.uid() != user && file.uid() != 0
    }

    pub(crate) fn is_own(file: &Metadata) -> bool {
        file.uid() == rustix::process::geteuid().as_raw()
    }

    fn open_at_end(path: &Path) -> Result<OwnedFd, Errno> {
        let flags = OFlags::RDWR | OFlags::APPEND | OFlags::NONBLOCK;
        rustix::fs::openat(CWD, path, flags | ALWAYS, Mode::empty())
    }

    fn found<F: AsFd>(
        opened: Result<F, Errno>,
        path: &Path,
        kind: Kind,
        content: Content,
    ) -> Result<Option<F>, Usage> {
        let opened = match opened {
            Ok(opened) => opened,
            Err(Errno::NOENT) => return Ok(None),
            Err(_) if path.is_symlink() => return Err(symlink(path, kind, content)),
            Err(error) => return Err(refused(path, kind, content, error)),
        };
        let stat = rustix::fs::fstat(&opened).map_err(|error| {
            Usage::new(format!(
                "{} cannot be looked at: {}",
                path.display(),
                io::Error::from(error)
            ))
        })?;
        let user = rustix::process::geteuid().as_raw();
        check(&stat, user, path, kind, content)?;
        Ok(Some(opened))
    }

    fn unopened(path: &Path, error: Errno) -> Usage {
        let error = io::Error::from(error);
        Usage::new(format!("{} cannot be opened: {error}", path.display()))
    }

    /// Why something that is there was not opened: what would be wrong with it if it
    /// had been, else that its owner may not.
    fn refused(path: &Path, kind: Kind, content: Content, error: Errno) -> Usage {
        let user = rustix::process::geteuid().as_raw();
        let Ok(stat) = rustix::fs::lstat(path) else {
            return unopened(path, error);
        };
        if let Err(usage) = check(&stat, user, path, kind, content) {
            return usage;
        }
        let usage = unopened(path, error);
        match error {
            Errno::ACCESS => usage.hint(format!(
                "let yourself read and write it:\n\n    chmod u+rw{} {}",
                if kind == Kind::Folder { "x" } else { "" },
                quote(path)
            )),
            _ => usage,
        }
    }

    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    enum Kind {
        Folder,
        File,
        /// A file that others may read.
        Whole,
    }

    fn check(
        stat: &Stat,
        user: u32,
        path: &Path,
        kind: Kind,
        content: Content,
    ) -> Result<(), Usage> {
        let (name, quoted, what) = (path.display(), quote(path), what(content));
        let away = || format!("move it away:\n\n    mv {quoted} {quoted}.old");
        let (expected, called) = match kind {
            Kind::Folder => (FileType::Directory, "folder"),
            Kind::File | Kind::Whole => (FileType::RegularFile, "file"),
        };
        let found = FileType::from_raw_mode(stat.st_mode);
        if found != expected {
            let hint = match found {
                // Such as /dev/null, which must stay where it is.
                FileType::CharacterDevice | FileType::BlockDevice => "name another file".to_owned(),
                _ => away(),
            };
            return Err(Usage::new(format!("{name} is not a {called}")).hint(hint));
        }
        if stat.st_uid != user {
            let hint = match content {
                Content::Credentials => format!(
                    "run this as its owner; or, if it should be yours:\n\n    sudo chown \"$(id -u)\" {quoted}"
                ),
                Content::State | Content::Users => {
                    "remove it, or name a file in a folder that only you may write to".to_owned()
                }
            };
            return Err(Usage::new(format!(
                "{name} belongs to another user, who could read or change {what} in it"
            ))
            .hint(hint));
        }
        let allowed = match kind {
            Kind::Folder => 0o700,
            Kind::File => 0o600,
            Kind::Whole => 0o644,
        };
        let mode = stat.st_mode & 0o777;
        if mode & !allowed != 0 {
            return Err(Usage::new(format!(
                "{name} has the mode {mode:04o}, with which others may read or change {what} in it"
            ))
            .hint(format!(
                "make it yours alone:\n\n    chmod {:o} {quoted}",
                allowed & 0o700
            )));
        }
        // Another name of a file may be in a place where nobody expects a change.
        if content != Content::Credentials && stat.st_nlink > 1 {
            return Err(Usage::new(format!(
                "{name} has another name, too (a hard link), under which {what} would be written to it"
            ))
            .hint(away()));
        }
        Ok(())
    }

    fn symlink(path: &Path, kind: Kind, content: Content) -> Usage {
        let quoted = quote(path);
        let mend = match (content, kind) {
            _ if !path.exists() => format!("it leads nowhere: remove it:\n\n    rm {quoted}"),
            (Content::State | Content::Users, _) => {
                "remove it, or name the file that it leads to".to_owned()
            }
            (Content::Credentials, Kind::Folder) => format!(
                "put what it leads to in its place:\n\n    cp -Rp {quoted}/. {quoted}.new && rm {quoted} && mv {quoted}.new {quoted} && chmod 700 {quoted}"
            ),
            (Content::Credentials, Kind::File | Kind::Whole) => format!(
                "put what it leads to in its place:\n\n    install -m 600 {quoted} {quoted}.new && mv {quoted}.new {quoted}"
            ),
        };
        Usage::new(format!(
            "{} is a symbolic link: what it leads to may be anyone's",
            path.display()
        ))
        .hint(mend)
    }

    fn what(content: Content) -> &'static str {
        match content {
            Content::Credentials => "the credentials",
            Content::State => "the state of the search",
            Content::Users => "the users",
        }
    }

    /// The path as a word of the shell that no command takes for a flag.
    fn quote(path: &Path) -> String {
        let path = path.display().to_string();
        let here = if path.starts_with('-') { "./" } else { "" };
        shell_word(&format!("{here}{path}")).into_owned()
    }

    #[cfg(test)]
    mod tests;
}

/// Elsewhere a user's folders are their own by default.
#[cfg(not(unix))]
mod platform {
    use super::Content;
    use crate::failure::Usage;
    use std::fs::{self, File, Metadata, OpenOptions};
    use std::io;
    use std::path::Path;

    pub(crate) fn create_folder(folder: &Path) -> io::Result<()> {
        fs::create_dir_all(folder)
    }

    pub(crate) fn open(folder: &Path, name: &str) -> Result<Option<File>, Usage> {
        let path = folder.join(name);
        found(&path, File::open(&path))
    }

    pub(crate) fn open_lock(folder: &Path, name: &str) -> Result<File, Usage> {
        let path = folder.join(name);
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(false);
        options.open(&path).map_err(|error| unopened(&path, &error))
    }

    pub(crate) fn open_or_create(path: &Path, _: Content) -> Result<File, Usage> {
        let mut options = OpenOptions::new();
        // It is cut, too, which appending alone does not allow.
        options.read(true).write(true).create(true).truncate(false);
        options.open(path).map_err(|error| unopened(path, &error))
    }

    pub(crate) fn take_back(
        path: &Path,
        is_same: impl FnOnce(&mut File) -> io::Result<bool>,
    ) -> Result<Option<File>, Usage> {
        let mut options = OpenOptions::new();
        let Some(mut file) = found(path, options.read(true).write(true).open(path))? else {
            return Ok(None);
        };
        let is_same = is_same(&mut file).is_ok_and(|is_same| is_same);
        Ok(is_same.then_some(file))
    }

    pub(crate) fn is_of_others(_: &Metadata) -> bool {
        false
    }

    pub(crate) fn is_own(_: &Metadata) -> bool {
        true
    }

    fn found(path: &Path, opened: io::Result<File>) -> Result<Option<File>, Usage> {
        match opened {
            Ok(file) => Ok(Some(file)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(unopened(path, &error)),
        }
    }

    fn unopened(path: &Path, error: &io::Error) -> Usage {
        Usage::new(format!("{} cannot be opened: {error}", path.display()))
    }
}
