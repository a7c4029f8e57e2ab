//! A folder of files that others cannot change. Checks apply to open files, not to paths,
//! which may lead to something else a moment later.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

pub(super) use platform::Folder;

/// The length of an entry's name without its extension: a SHA-256 in hexadecimal.
const STEM: usize = 64;

/// Why a folder, or a file in it, is not used.
#[derive(Debug, thiserror::Error)]
pub(super) enum Refusal {
    #[error("it is a symbolic link, and its target may belong to anyone")]
    Link,
    #[error("it is not a regular file")]
    Kind,
    #[error("it belongs to another user (ID {0}), who can change it")]
    Owner(u32),
    #[error("others may write to it (mode {0:04o})")]
    Mode(u32),
    #[error("it is damaged: its content does not match its digest")]
    Damaged,
    #[error(transparent)]
    Io(#[from] io::Error),
}

fn content(mut file: File) -> Result<Vec<u8>, Refusal> {
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Returns a name for an entry while it is written. It is random, since a process of an
/// earlier boot, or in another container, may have had the same ID.
fn unfinished(name: &str) -> String {
    let stem = name.split('.').next().unwrap_or(name);
    format!("{stem}.{:016x}", fastrand::u64(..))
}

/// Returns whether it is a name of an unfinished entry, including those of earlier
/// versions, which ended in a process ID.
fn is_unfinished(name: &str) -> bool {
    let hexadecimal = |text: &str| text.bytes().all(|byte| byte.is_ascii_hexdigit());
    name.split_once('.').is_some_and(|(stem, ending)| {
        stem.len() == STEM && hexadecimal(stem) && !ending.is_empty() && hexadecimal(ending)
    })
}

#[cfg(unix)]
mod platform {
    use super::{File, Path, Refusal, content, io, is_unfinished, unfinished};
    use rustix::fs::{AtFlags, Dir, FileType, FlockOperation, Mode, OFlags, Stat};
    use rustix::io::Errno;
    use std::fs::DirBuilder;
    use std::io::Write;
    use std::os::fd::{AsFd, OwnedFd};
    use std::os::unix::fs::DirBuilderExt;

    /// Flags for everything that is opened: symlinks are not followed, and opening a pipe
    /// in place of a file does not block.
    const ALWAYS: OFlags = OFlags::NOFOLLOW
        .union(OFlags::CLOEXEC)
        .union(OFlags::NONBLOCK);

    /// An open folder. Files are opened relative to it, even if its path changes.
    pub(in super::super) struct Folder(OwnedFd);

    impl Folder {
        /// Opens a folder, and creates it if it is missing.
        pub(in super::super) fn open(path: &Path) -> Result<Self, Refusal> {
            let created = DirBuilder::new().recursive(true).mode(0o700).create(path);
            let opened = match created {
                Ok(()) => rustix::fs::open(path, OFlags::DIRECTORY | ALWAYS, Mode::empty()),
                Err(_) if path.is_symlink() => Err(Errno::LOOP),
                Err(error) => return Err(error.into()),
            };
            match opened {
                Ok(folder) => {
                    check_owner_and_mode(
                        &rustix::fs::fstat(&folder).map_err(io::Error::from)?,
                        user(),
                    )?;
                    Ok(Self(folder))
                }
                Err(_) if path.is_symlink() => Err(Refusal::Link),
                Err(error) => Err(io::Error::from(error).into()),
            }
        }

        /// Reads a file; returns `None` if it is missing.
        pub(in super::super) fn read(&self, name: &str) -> Result<Option<Vec<u8>>, Refusal> {
            let file =
                match rustix::fs::openat(&self.0, name, OFlags::RDONLY | ALWAYS, Mode::empty()) {
                    Ok(file) => file,
                    Err(Errno::NOENT) => return Ok(None),
                    Err(Errno::LOOP) => return Err(Refusal::Link),
                    // Such as a socket.
                    Err(Errno::NXIO) => return Err(Refusal::Kind),
                    Err(error) => return Err(io::Error::from(error).into()),
                };
            let stat = rustix::fs::fstat(&file).map_err(io::Error::from)?;
            if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
                return Err(Refusal::Kind);
            }
            check_owner_and_mode(&stat, user())?;
            content(file.into()).map(Some)
        }

        /// Writes a file atomically, even if power is lost, and readable for this user
        /// only.
        pub(in super::super) fn write(&self, name: &str, parts: &[&[u8]]) -> io::Result<()> {
            let length: usize = parts.iter().map(|part| part.len()).sum();
            // A larger write would kill the embedding process (SIGXFSZ).
            let largest = rustix::process::getrlimit(rustix::process::Resource::Fsize).current;
            if largest.is_some_and(|largest| largest < length as u64) {
                return Err(Errno::FBIG.into());
            }
            let unfinished = unfinished(name);
            let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | ALWAYS;
            let mode = Mode::RUSR | Mode::WUSR;
            let mut file = File::from(rustix::fs::openat(&self.0, &*unfinished, flags, mode)?);
            // Tells `sweep` that the file is being written. Without the lock, `sweep` may
            // remove it as a leftover.
            let _ = rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive);
            let written = parts
                .iter()
                .try_for_each(|part| file.write_all(part))
                .and_then(|()| file.sync_data())
                .and_then(|()| Ok(rustix::fs::renameat(&self.0, &*unfinished, &self.0, name)?));
            written.inspect_err(|_| self.remove(&unfinished))
        }

        /// Removes a file, and ignores errors.
        pub(in super::super) fn remove(&self, name: &str) {
            let _ = rustix::fs::unlinkat(&self.0, name, AtFlags::empty());
        }

        /// Removes unfinished files of processes that ended while they wrote them.
        pub(in super::super) fn sweep(&self) {
            let Ok(files) = Dir::read_from(&self.0) else {
                return;
            };
            for file in files.flatten() {
                let Ok(name) = file.file_name().to_str() else {
                    continue;
                };
                if is_unfinished(name) && !self.is_written(name) {
                    self.remove(name);
                }
            }
        }

        fn is_written(&self, name: &str) -> bool {
            rustix::fs::openat(&self.0, name, OFlags::RDONLY | ALWAYS, Mode::empty()).and_then(
                |file| rustix::fs::flock(file.as_fd(), FlockOperation::NonBlockingLockExclusive),
            ) == Err(Errno::WOULDBLOCK)
        }
    }

    fn user() -> u32 {
        rustix::process::geteuid().as_raw()
    }

    /// Checks that only `user` can change it, apart from root.
    fn check_owner_and_mode(stat: &Stat, user: u32) -> Result<(), Refusal> {
        if stat.st_uid != user {
            return Err(Refusal::Owner(stat.st_uid));
        }
        let mode = stat.st_mode & 0o7777;
        if mode & 0o022 != 0 {
            return Err(Refusal::Mode(mode));
        }
        Ok(())
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn refuses_what_belongs_to_another_user() {
            let folder = tempfile::tempdir().unwrap();
            let stat = rustix::fs::stat(folder.path()).unwrap();
            assert!(check_owner_and_mode(&stat, stat.st_uid).is_ok());
            let refusal = check_owner_and_mode(&stat, stat.st_uid + 1).unwrap_err();
            assert!(refusal.to_string().contains("another user"), "{refusal}");
        }

        #[test]
        fn sweep_keeps_files_that_are_being_written() {
            let folder = tempfile::tempdir().unwrap();
            let path = |ending: &str| folder.path().join(format!("{}.{ending}", "a".repeat(STEM)));
            for ending in ["4711", "00112233aabbccdd", "cwasm"] {
                std::fs::write(path(ending), "").unwrap();
            }
            let busy = File::open(path("00112233aabbccdd")).unwrap();
            rustix::fs::flock(&busy, FlockOperation::NonBlockingLockExclusive).unwrap();
            let opened = Folder::open(folder.path()).unwrap();
            opened.sweep();
            let left = |ending| path(ending).exists();
            assert!(!left("4711") && left("00112233aabbccdd") && left("cwasm"));
            drop(busy);
            opened.sweep();
            assert!(!left("00112233aabbccdd") && left("cwasm"));
        }

        use super::super::STEM;
    }
}

/// On other systems, a user's folders are private by default.
#[cfg(not(unix))]
mod platform {
    use super::{File, Path, Refusal, content, io, is_unfinished, unfinished};
    use std::fs;
    use std::io::Write;
    use std::path::PathBuf;

    pub(in super::super) struct Folder(PathBuf);

    impl Folder {
        pub(in super::super) fn open(path: &Path) -> Result<Self, Refusal> {
            fs::create_dir_all(path)?;
            Ok(Self(path.to_owned()))
        }

        pub(in super::super) fn read(&self, name: &str) -> Result<Option<Vec<u8>>, Refusal> {
            match File::open(self.0.join(name)) {
                Ok(file) => content(file).map(Some),
                Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
                Err(error) => Err(error.into()),
            }
        }

        pub(in super::super) fn write(&self, name: &str, parts: &[&[u8]]) -> io::Result<()> {
            let unfinished = self.0.join(unfinished(name));
            let written = File::create_new(&unfinished).and_then(|mut file| {
                parts.iter().try_for_each(|part| file.write_all(part))?;
                file.sync_data()
            });
            written
                .and_then(|()| fs::rename(&unfinished, self.0.join(name)))
                .inspect_err(|_| drop(fs::remove_file(&unfinished)))
        }

        pub(in super::super) fn remove(&self, name: &str) {
            let _ = fs::remove_file(self.0.join(name));
        }

        /// A file that another process has open cannot be removed on these systems.
        pub(in super::super) fn sweep(&self) {
            let files = fs::read_dir(&self.0).into_iter().flatten().flatten();
            for name in files.filter_map(|file| file.file_name().into_string().ok()) {
                if is_unfinished(&name) {
                    self.remove(&name);
                }
            }
        }
    }
}
