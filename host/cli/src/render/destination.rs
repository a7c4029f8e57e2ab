//! Where data goes: standard output, or a file that is written atomically.

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

/// The prefix of temporary files; letters and digits follow.
const PREFIX: &str = ".stytch-host-";

/// A temporary file of this age is not in use by a run.
const STALE: Duration = Duration::from_hours(24);

/// The temporary file, for `discard`.
static TEMPORARY: OnceLock<PathBuf> = OnceLock::new();

/// Removes the temporary file, before an exit that does not run destructors.
pub(crate) fn discard() {
    if let Some(path) = TEMPORARY.get() {
        // It may already be renamed or removed.
        let _ = fs::remove_file(path);
    }
}

pub(crate) enum Destination {
    Standard(Stdout),
    /// A device or a pipe, which cannot be replaced, or a file that is appended to.
    InPlace(BufWriter<File>, PathBuf),
    /// A temporary file that replaces `path` once it is complete.
    Replacement {
        out: BufWriter<NamedTempFile>,
        path: PathBuf,
    },
}

impl Destination {
    /// `None` and `-` are standard output.
    pub(super) fn open(path: Option<&Path>) -> anyhow::Result<Self> {
        let Some(path) = path.filter(|path| path.as_os_str() != "-") else {
            return Ok(Self::Standard(Stdout::open()?));
        };
        let not_writable = |error: &io::Error| cannot_write(path, error);
        // Another user may have put a link there, or a pipe that they read.
        if fs::symlink_metadata(path)
            .is_ok_and(|found| !found.is_file() && private_file::is_someone_elses(&found))
        {
            return Err(Usage::new(format!(
                "--output-file {} is not a file, and belongs to another user",
                path.display()
            ))
            .hint("remove it, or name a file in a folder that only you can write to")
            .into());
        }
        let (target, permissions) = match fs::metadata(path) {
            Ok(found) if found.is_file() => {
                // Replaces the file that a link points to, and not the link.
                let target = fs::canonicalize(path).map_err(|error| not_writable(&error))?;
                // Not copied from another user's file, which may be readable by others.
                let permissions =
                    (!private_file::is_someone_elses(&found)).then(|| found.permissions());
                (target, permissions)
            }
            Ok(found) if found.is_dir() => {
                return Err(cannot_write(path, &io::ErrorKind::IsADirectory.into()).into());
            }
            Ok(_) => {
                let device = OpenOptions::new().write(true).open(path);
                let device = device.map_err(|error| not_writable(&error))?;
                let out = BufWriter::with_capacity(BUFFER, device);
                return Ok(Self::InPlace(out, path.to_owned()));
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => (path.to_owned(), None),
            Err(error) => return Err(not_writable(&error).into()),
        };
        if target.file_name().is_none() {
            return Err(cannot_write(path, &io::ErrorKind::IsADirectory.into()).into());
        }
        let folder = match target.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        fs::metadata(folder).map_err(|error| not_writable(&error))?;
        remove_stale_files(folder);
        // Readable by its owner only.
        let file =
            NamedTempFile::with_prefix_in(PREFIX, folder).map_err(|error| not_writable(&error))?;
        // Marks it as in use for `remove_stale_files`, if the file system can lock files.
        let _ = file.as_file().try_lock();
        let _ = TEMPORARY.set(file.path().to_owned());
        if let Some(permissions) = permissions {
            let set = file.as_file().set_permissions(permissions);
            set.map_err(|error| not_writable(&error))?;
        }
        Ok(Self::Replacement {
            out: BufWriter::with_capacity(BUFFER, file),
            path: target,
        })
    }

    /// Writes to a file that is already open.
    pub(crate) fn open_file(file: File, path: &Path) -> Self {
        Self::InPlace(BufWriter::with_capacity(BUFFER, file), path.to_owned())
    }

    /// Ends the output; a temporary file gets its final name.
    pub(crate) fn finish(mut self) -> anyhow::Result<()> {
        self.flush()?;
        match self {
            Self::Standard(_) | Self::InPlace(..) => Ok(()),
            Self::Replacement { out, path } => Ok(persist(out, &path)?),
        }
    }

    /// Ends incomplete output: a temporary file is kept beside the final path under a
    /// name of its own, which is returned.
    pub(crate) fn keep_partial(mut self) -> anyhow::Result<Option<PathBuf>> {
        self.flush()?;
        match self {
            Self::Standard(_) | Self::InPlace(..) => Ok(None),
            Self::Replacement { out, path } => Ok(Some(persist_partial(out, &path)?)),
        }
    }

    fn out(&mut self) -> &mut dyn Write {
        match self {
            Self::Standard(out) => out,
            Self::InPlace(out, _) => out,
            Self::Replacement { out, .. } => out,
        }
    }

    /// Adds the name of the file to an error.
    fn with_name(&self, error: io::Error) -> io::Error {
        match self {
            // It already names standard output.
            Self::Standard(_) => error,
            Self::InPlace(_, path) | Self::Replacement { path, .. } => unwritten(path, &error),
        }
    }
}

impl Write for Destination {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out().write(bytes);
        written.map_err(|error| self.with_name(error))
    }

    fn flush(&mut self) -> io::Result<()> {
        let flushed = self.out().flush();
        flushed.map_err(|error| self.with_name(error))
    }
}

fn persist(out: BufWriter<NamedTempFile>, path: &Path) -> io::Result<()> {
    let persist = || {
        let file = out.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.as_file().sync_all()?;
        file.persist(path).map_err(|failed| failed.error)
    };
    match persist() {
        Ok(_) => Ok(()),
        Err(error) => Err(unwritten(path, &error)),
    }
}

/// Removes temporary files that killed runs left behind, since they hold user data: only
/// old ones that belong to this user and are not locked.
fn remove_stale_files(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let is_temporary = name
            .to_str()
            .and_then(|name| name.strip_prefix(PREFIX))
            .is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_alphanumeric()));
        if is_temporary && entry.metadata().is_ok_and(|found| is_stale(&found)) {
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

/// Persists it under an unused name: an existing `.partial` holds the users of another
/// search, which may still be needed, for example to resume.
fn persist_partial(out: BufWriter<NamedTempFile>, path: &Path) -> io::Result<PathBuf> {
    let mut partial = beside(path, ".partial");
    let persist = || {
        let mut file = out.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.as_file().sync_all()?;
        for number in 2u32.. {
            match file.persist_noclobber(&partial) {
                Ok(_) => break,
                Err(failed) if failed.error.kind() == io::ErrorKind::AlreadyExists => {
                    file = failed.file;
                    partial = beside(path, &format!(".partial.{number}"));
                }
                Err(failed) => return Err(failed.error),
            }
        }
        Ok(())
    };
    let persisted: io::Result<()> = persist();
    persisted.map_err(|error| unwritten(path, &error))?;
    Ok(partial)
}

fn unwritten(path: &Path, error: &io::Error) -> io::Error {
    let name = path.display().to_string();
    match error.get_ref() {
        // Its message would name the temporary file, which no longer exists.
        Some(_) => Unwritten::new(name, &error.kind().into()),
        None => Unwritten::new(name, error),
    }
    .into()
}

/// The path with a suffix appended to its name.
pub(crate) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

fn cannot_write(path: &Path, error: &io::Error) -> Usage {
    let error = match error.get_ref() {
        // Its message would name the temporary file.
        Some(_) => error.kind().to_string(),
        None => error.to_string(),
    };
    Usage::new(format!(
        "--output-file {} cannot be written: {error}",
        path.display()
    ))
    .hint("a temporary file is created beside it first, so its folder must be writable")
}
