//! Where data goes: standard output, or a file that appears whole or not at all.

use crate::error::{Unwritten, Usage};
use crate::streams::Stdout;
use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::Duration;
use stytch_credentials::private_file;
use tempfile::NamedTempFile;

const BUFFER: usize = 1 << 16;

/// How the names of unfinished files begin. Behind it are letters and digits.
const PREFIX: &str = ".stytch-host-";

/// An unfinished file that is as old belongs to no run that goes on.
const STALE: Duration = Duration::from_hours(24);

/// The file that is being written, for `discard`.
static TEMPORARY: OnceLock<PathBuf> = OnceLock::new();

/// Removes the file that is being written: for an end without destructors.
pub(crate) fn discard() {
    if let Some(path) = TEMPORARY.get() {
        // It may have its right name by now, or be removed.
        let _ = fs::remove_file(path);
    }
}

pub(crate) enum Destination {
    Standard(Stdout),
    /// A device or a pipe, which has nothing to replace; or a file that grows.
    InPlace(BufWriter<File>, PathBuf),
    /// A file that is kept beside its place until it is whole.
    Replacement {
        out: BufWriter<NamedTempFile>,
        place: PathBuf,
    },
}

impl Destination {
    /// `None` and `-` are standard output.
    pub(super) fn open(path: Option<&Path>) -> anyhow::Result<Self> {
        let Some(path) = path.filter(|path| path.as_os_str() != "-") else {
            return Ok(Self::Standard(Stdout::open()?));
        };
        let refuse = |error: &io::Error| refused(path, error);
        // A link, or a pipe that somebody else reads, may have been put there by them.
        if fs::symlink_metadata(path)
            .is_ok_and(|found| !found.is_file() && private_file::is_someone_elses(&found))
        {
            return Err(Usage::new(format!(
                "--output-file {} is not a file, and belongs to another user",
                path.display()
            ))
            .hint("remove it, or name a file in a folder that only you may write to")
            .into());
        }
        let (place, permissions) = match fs::metadata(path) {
            Ok(found) if found.is_file() => {
                // Behind a link, the file is replaced and not the link.
                let place = fs::canonicalize(path).map_err(|error| refuse(&error))?;
                // With those of another user's file, others might read this one.
                let permissions =
                    (!private_file::is_someone_elses(&found)).then(|| found.permissions());
                (place, permissions)
            }
            Ok(found) if found.is_dir() => {
                return Err(refused(path, &io::ErrorKind::IsADirectory.into()).into());
            }
            Ok(_) => {
                let device = OpenOptions::new().write(true).open(path);
                let device = device.map_err(|error| refuse(&error))?;
                let out = BufWriter::with_capacity(BUFFER, device);
                return Ok(Self::InPlace(out, path.to_owned()));
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => (path.to_owned(), None),
            Err(error) => return Err(refuse(&error).into()),
        };
        if place.file_name().is_none() {
            return Err(refused(path, &io::ErrorKind::IsADirectory.into()).into());
        }
        let folder = match place.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        fs::metadata(folder).map_err(|error| refuse(&error))?;
        // Readable for its owner only.
        sweep(folder);
        let file = NamedTempFile::with_prefix_in(PREFIX, folder).map_err(|error| refuse(&error))?;
        // Tells `sweep` that it is being written. Not every file system can.
        let _ = file.as_file().try_lock();
        let _ = TEMPORARY.set(file.path().to_owned());
        if let Some(permissions) = permissions {
            let set = file.as_file().set_permissions(permissions);
            set.map_err(|error| refuse(&error))?;
        }
        Ok(Self::Replacement {
            out: BufWriter::with_capacity(BUFFER, file),
            place,
        })
    }

    /// A file that is open already, and written to where it is.
    pub(crate) fn open_file(file: File, path: &Path) -> Self {
        Self::InPlace(BufWriter::with_capacity(BUFFER, file), path.to_owned())
    }

    /// Ends the output: from now on, a file is in its place.
    pub(crate) fn finish(mut self) -> anyhow::Result<()> {
        self.flush()?;
        match self {
            Self::Standard(_) | Self::InPlace(..) => Ok(()),
            Self::Replacement { out, place } => Ok(put(out, &place)?),
        }
    }

    /// Ends output that is not all there: in a file beside its place, whose path is
    /// given back. What was on standard output is there.
    pub(crate) fn keep_partial(mut self) -> anyhow::Result<Option<PathBuf>> {
        self.flush()?;
        match self {
            Self::Standard(_) | Self::InPlace(..) => Ok(None),
            Self::Replacement { out, place } => Ok(Some(put_beside(out, &place)?)),
        }
    }

    fn out(&mut self) -> &mut dyn Write {
        match self {
            Self::Standard(out) => out,
            Self::InPlace(out, _) => out,
            Self::Replacement { out, .. } => out,
        }
    }

    /// Says which file could not be written.
    fn named(&self, error: io::Error) -> io::Error {
        match self {
            // It says so itself.
            Self::Standard(_) => error,
            Self::InPlace(_, path) | Self::Replacement { place: path, .. } => {
                unwritten(path, &error)
            }
        }
    }
}

impl Write for Destination {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out().write(bytes);
        written.map_err(|error| self.named(error))
    }

    fn flush(&mut self) -> io::Result<()> {
        let flushed = self.out().flush();
        flushed.map_err(|error| self.named(error))
    }
}

fn put(out: BufWriter<NamedTempFile>, place: &Path) -> io::Result<()> {
    let put = || {
        let file = out.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.as_file().sync_all()?;
        file.persist(place).map_err(|failed| failed.error)
    };
    match put() {
        Ok(_) => Ok(()),
        Err(error) => Err(unwritten(place, &error)),
    }
}

/// Removes what a run that was killed left unfinished: there are users in it. It is
/// old, this user's own, and no process has it locked.
fn sweep(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let is_unfinished = name
            .to_str()
            .and_then(|name| name.strip_prefix(PREFIX))
            .is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_alphanumeric()));
        if is_unfinished && entry.metadata().is_ok_and(|found| is_stale(&found)) {
            let path = entry.path();
            if File::open(&path).is_ok_and(|file| file.try_lock().is_ok()) {
                let _ = fs::remove_file(path);
            }
        }
    }
}

fn is_stale(found: &Metadata) -> bool {
    let age = found.modified().ok().and_then(|time| time.elapsed().ok());
    found.is_file() && private_file::is_own(found) && age.is_some_and(|age| age >= STALE)
}

/// Puts it where nothing is: another `.partial` has users, too, that somebody was told
/// of, or that --resume goes on from.
fn put_beside(out: BufWriter<NamedTempFile>, place: &Path) -> io::Result<PathBuf> {
    let mut partial = beside(place, ".partial");
    let put = || {
        let mut file = out.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.as_file().sync_all()?;
        for number in 2u32.. {
            match file.persist_noclobber(&partial) {
                Ok(_) => break,
                Err(failed) if failed.error.kind() == io::ErrorKind::AlreadyExists => {
                    file = failed.file;
                    partial = beside(place, &format!(".partial.{number}"));
                }
                Err(failed) => return Err(failed.error),
            }
        }
        Ok(())
    };
    let put: io::Result<()> = put();
    put.map_err(|error| unwritten(place, &error))?;
    Ok(partial)
}

fn unwritten(path: &Path, error: &io::Error) -> io::Error {
    let name = path.display().to_string();
    match error.get_ref() {
        // It would name the temporary file, which is gone.
        Some(_) => Unwritten::new(name, &error.kind().into()),
        None => Unwritten::new(name, error),
    }
    .into()
}

/// The path with this behind it.
pub(crate) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

fn refused(path: &Path, error: &io::Error) -> Usage {
    let error = match error.get_ref() {
        // It would name the temporary file.
        Some(_) => error.kind().to_string(),
        None => error.to_string(),
    };
    Usage::new(format!(
        "--output-file {} cannot be written: {error}",
        path.display()
    ))
    .hint("the file is made beside its place first, so its folder must be writable")
}
