//! Elsewhere a user's folders are private by default.

use super::error::{Content, Error};
use std::fs::{self, File, Metadata, OpenOptions};
use std::io;
use std::path::Path;

pub(crate) fn create_folder(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)
}

pub(crate) fn open(folder: &Path, name: &str) -> Result<Option<File>, Error> {
    let path = folder.join(name);
    found(&path, File::open(&path))
}

pub(crate) fn open_lock(folder: &Path, name: &str) -> Result<File, Error> {
    let path = folder.join(name);
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    options.open(&path).map_err(|error| unopened(&path, error))
}

/// Opens a file to read and to append, and creates it if it does not exist.
///
/// # Errors
///
/// It cannot be opened.
pub fn open_or_create(path: &Path, _: Content) -> Result<File, Error> {
    let mut options = OpenOptions::new();
    // It is cut, too, which appending alone does not allow.
    options.read(true).write(true).create(true).truncate(false);
    options.open(path).map_err(|error| unopened(path, error))
}

/// Opens output that was complete, to append to it; none if the file does not exist or
/// `is_same` rejects it.
///
/// # Errors
///
/// It cannot be opened.
pub fn reopen(
    path: &Path,
    is_same: impl FnOnce(&mut File) -> io::Result<bool>,
) -> Result<Option<File>, Error> {
    let mut options = OpenOptions::new();
    let Some(mut file) = found(path, options.read(true).write(true).open(path))? else {
        return Ok(None);
    };
    let is_same = is_same(&mut file).is_ok_and(|is_same| is_same);
    Ok(is_same.then_some(file))
}

/// Whether a file belongs to another user, which is not checked here.
pub fn is_someone_elses(_: &Metadata) -> bool {
    false
}

/// Whether a file belongs to this user, which is not checked here.
pub fn is_own(_: &Metadata) -> bool {
    true
}

fn found(path: &Path, opened: io::Result<File>) -> Result<Option<File>, Error> {
    match opened {
        Ok(file) => Ok(Some(file)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(unopened(path, error)),
    }
}

fn unopened(path: &Path, error: io::Error) -> Error {
    Error::Open {
        path: path.to_owned(),
        error,
    }
}
