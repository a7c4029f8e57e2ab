//! A folder of files that nobody else can change. What is checked is what was opened,
//! not a path that may be another thing a moment later.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

pub(super) use platform::Folder;

/// The length of an entry's name without its ending: a SHA-256 in hexadecimal digits.
const STEM: usize = 64;

/// Why a folder, or a file in it, is not used.
#[derive(Debug, thiserror::Error)]
pub(super) enum Refusal {
    #[error("it is a symbolic link, and what it leads to may be anyone's")]
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

/// A name for an entry while it is written; a random one, since a process of an earlier
/// boot, or of another container, may have had the same ID.
fn unfinished(name: &str) -> String {
    let stem = name.split('.').next().unwrap_or(name);
    format!("{stem}.{:016x}", fastrand::u64(..))
}

/// Whether it is such a name, also one of an earlier version, which ended in a process ID.
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

    /// Of everything that is opened here: a link is not followed, and a pipe in a
    /// file's place is not waited for.
    const ALWAYS: OFlags = OFlags::NOFOLLOW
        .union(OFlags::CLOEXEC)
        .union(OFlags::NONBLOCK);

    /// An open folder; every file is opened in it, whatever its path leads to by then.
    pub(in super::super) struct Folder(OwnedFd);

    impl Folder {
        /// Opens a folder, and makes it where it is missing.
        pub(in super::super) fn open(path: &Path) -> Result<Self, Refusal> {
            let created = DirBuilder::new().recursive(true).mode(0o700).create(path);
            let opened = match created {
                Ok(()) => rustix::fs::open(path, OFlags::DIRECTORY | ALWAYS, Mode::empty()),
                Err(_) if path.is_symlink() => Err(Errno::LOOP),
                Err(error) => return Err(error.into()),
            };
            match opened {
                Ok(folder) => {
                    ours(
                        &rustix::fs::fstat(&folder).map_err(io::Error::from)?,
                        user(),
                    )?;
                    Ok(Self(folder))
                }
                Err(_) if path.is_symlink() => Err(Refusal::Link),
                Err(error) => Err(io::Error::from(error).into()),
            }
        }

        /// The content of a file; none where it is missing.
        pub(in super::super) fn read(&self, name: &str) -> Result<Option<Vec<u8>>, Refusal> {
            let file =
                match rustix::fs::openat(&self.0, name, OFlags::RDONLY | ALWAYS, Mode::empty()) {
                    Ok(file) => file,
                    Err(Errno::NOENT) => return Ok(None),
                    Err(Errno::LOOP) => return Err(Refusal::Link),
                    // A socket, for one.
                    Err(Errno::NXIO) => return Err(Refusal::Kind),
                    Err(error) => return Err(io::Error::from(error).into()),
                };
            let stat = rustix::fs::fstat(&file).map_err(io::Error::from)?;
            if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
                return Err(Refusal::Kind);
            }
            ours(&stat, user())?;
            content(file.into()).map(Some)
        }

        /// Writes a file so that it appears whole or not at all, also after a loss of
        /// power, and for this user only.
        pub(in super::super) fn write(&self, name: &str, parts: &[&[u8]]) -> io::Result<()> {
            let length: usize = parts.iter().map(|part| part.len()).sum();
            // Beyond it, a write ends the process of whoever embeds this (SIGXFSZ).
            let largest = rustix::process::getrlimit(rustix::process::Resource::Fsize).current;
            if largest.is_some_and(|largest| largest < length as u64) {
                return Err(Errno::FBIG.into());
            }
            let unfinished = unfinished(name);
            let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | ALWAYS;
            let mode = Mode::RUSR | Mode::WUSR;
            let mut file = File::from(rustix::fs::openat(&self.0, &*unfinished, flags, mode)?);
            // Tells `sweep` that it is being written; without it, it may be taken for a
            // leftover, and is not kept.
            let _ = rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive);
            let written = parts
                .iter()
                .try_for_each(|part| file.write_all(part))
                .and_then(|()| file.sync_data())
                .and_then(|()| Ok(rustix::fs::renameat(&self.0, &*unfinished, &self.0, name)?));
            written.inspect_err(|_| self.remove(&unfinished))
        }

        /// Removes a file, if that can be done.
        pub(in super::super) fn remove(&self, name: &str) {
            let _ = rustix::fs::unlinkat(&self.0, name, AtFlags::empty());
        }

        /// Removes what was not finished by those who were ended while they wrote it.
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

    /// Whether only `user` can change it. Root can in any case.
    fn ours(stat: &Stat, user: u32) -> Result<(), Refusal> {
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
        fn what_belongs_to_another_user_is_refused() {
            let folder = tempfile::tempdir().unwrap();
            let stat = rustix::fs::stat(folder.path()).unwrap();
            assert!(ours(&stat, stat.st_uid).is_ok());
            let refusal = ours(&stat, stat.st_uid + 1).unwrap_err();
            assert!(refusal.to_string().contains("another user"), "{refusal}");
        }

        #[test]
        fn what_is_being_written_is_not_swept() {
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

/// Elsewhere a user's folders are their own by default.
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

        /// A file that another process has open cannot be removed here.
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
