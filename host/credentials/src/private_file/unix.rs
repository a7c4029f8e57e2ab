//! Files on Unix: owner, permission bits and links.

use super::error::{Content, Error, Kind};
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

/// Creates a folder, and those above it, for this user alone.
pub(crate) fn create_folder(folder: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

/// Opens a file of a private folder to read it; none if it does not exist.
pub(crate) fn open(folder: &Path, name: &str) -> Result<Option<File>, Error> {
    // A pipe in the place of the file must not block.
    open_in(folder, name, OFlags::RDONLY | OFlags::NONBLOCK)
}

/// Opens a lock file, and creates it if it does not exist.
pub(crate) fn open_lock(folder: &Path, name: &str) -> Result<File, Error> {
    let file = open_in(folder, name, OFlags::RDWR | OFlags::CREATE)?;
    file.ok_or_else(|| Error::Gone(folder.to_owned()))
}

fn open_in(folder: &Path, name: &str, flags: OFlags) -> Result<Option<File>, Error> {
    let opened = rustix::fs::open(folder, OFlags::DIRECTORY | ALWAYS, Mode::empty());
    let Some(opened) = found(opened, folder, Kind::Folder, Content::Credentials)? else {
        return Ok(None);
    };
    let path = folder.join(name);
    let opened = rustix::fs::openat(&opened, name, flags | ALWAYS, PRIVATE);
    let file = found(opened, &path, Kind::File, Content::Credentials)?;
    Ok(file.map(File::from))
}

/// Opens a file to read and to append, and creates it if it does not exist.
///
/// # Errors
///
/// It is not this user's alone, or cannot be opened.
pub fn open_or_create(path: &Path, content: Content) -> Result<File, Error> {
    // Twice, since another process may create it in between.
    for _ in 0..2 {
        if let Some(file) = found(open_at_end(path), path, Kind::File, content)? {
            return Ok(file.into());
        }
        let new = OFlags::RDWR | OFlags::APPEND | OFlags::CREATE | OFlags::EXCL;
        match rustix::fs::open(path, new | ALWAYS, PRIVATE) {
            Ok(file) => return Ok(file.into()),
            Err(Errno::EXIST) => {}
            Err(error) => {
                return Err(Error::Create {
                    path: path.to_owned(),
                    error: error.into(),
                });
            }
        }
    }
    Err(unopened(path, Errno::EXIST))
}

/// Opens output that was complete, to append to it; none if the file does not exist or
/// `is_same` rejects it. If others could read it, they no longer can.
///
/// # Errors
///
/// Others can change it, or it cannot be opened.
pub fn reopen(
    path: &Path,
    is_same: impl FnOnce(&mut File) -> io::Result<bool>,
) -> Result<Option<File>, Error> {
    let found = found(open_at_end(path), path, Kind::Complete, Content::Users)?;
    let Some(mut file) = found.map(File::from) else {
        return Ok(None);
    };
    if !is_same(&mut file).is_ok_and(|is_same| is_same) {
        return Ok(None);
    }
    rustix::fs::fchmod(&file, PRIVATE).map_err(|error| unopened(path, error))?;
    Ok(Some(file))
}

/// Whether a file belongs to another user. The superuser's files do not count.
pub fn is_someone_elses(file: &Metadata) -> bool {
    let user = rustix::process::geteuid().as_raw();
    file.uid() != user && file.uid() != 0
}

/// Whether a file belongs to this user.
pub fn is_own(file: &Metadata) -> bool {
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
) -> Result<Option<F>, Error> {
    let opened = match opened {
        Ok(opened) => opened,
        Err(Errno::NOENT) => return Ok(None),
        Err(_) if path.is_symlink() => {
            return Err(Error::Symlink {
                path: path.to_owned(),
                kind,
                content,
            });
        }
        Err(error) => return Err(refused(path, kind, content, error)),
    };
    let stat = rustix::fs::fstat(&opened).map_err(|error| Error::Inspect {
        path: path.to_owned(),
        error: error.into(),
    })?;
    let user = rustix::process::geteuid().as_raw();
    check(&stat, user, path, kind, content)?;
    Ok(Some(opened))
}

fn unopened(path: &Path, error: Errno) -> Error {
    Error::Open {
        path: path.to_owned(),
        error: error.into(),
    }
}

/// Why something that exists was not opened: what the checks would find, else that its
/// owner has no permission.
fn refused(path: &Path, kind: Kind, content: Content, error: Errno) -> Error {
    let user = rustix::process::geteuid().as_raw();
    let Ok(stat) = rustix::fs::lstat(path) else {
        return unopened(path, error);
    };
    if let Err(error) = check(&stat, user, path, kind, content) {
        return error;
    }
    match error {
        Errno::ACCESS => Error::Denied {
            path: path.to_owned(),
            kind,
            error: error.into(),
        },
        _ => unopened(path, error),
    }
}

fn check(stat: &Stat, user: u32, path: &Path, kind: Kind, content: Content) -> Result<(), Error> {
    let path = || path.to_owned();
    let expected = match kind {
        Kind::Folder => FileType::Directory,
        Kind::File | Kind::Complete => FileType::RegularFile,
    };
    let found = FileType::from_raw_mode(stat.st_mode);
    if found != expected {
        return Err(Error::WrongType {
            path: path(),
            kind,
            is_device: matches!(found, FileType::CharacterDevice | FileType::BlockDevice),
        });
    }
    if stat.st_uid != user {
        return Err(Error::OtherOwner {
            path: path(),
            content,
        });
    }
    let allowed = match kind {
        Kind::Folder => 0o700,
        Kind::File => 0o600,
        Kind::Complete => 0o644,
    };
    let mode = stat.st_mode & 0o777;
    if mode & !allowed != 0 {
        return Err(Error::Permissions {
            path: path(),
            mode,
            allowed,
            content,
        });
    }
    // The other name may be in a folder where nobody expects a change.
    if content != Content::Credentials && stat.st_nlink > 1 {
        return Err(Error::HardLink {
            path: path(),
            content,
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests;
