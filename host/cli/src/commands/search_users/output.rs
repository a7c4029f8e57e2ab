//! The output of a resumable search: a file that can be truncated to the last
//! complete page.

use super::checkpoint::{Printed, Synced};
use crate::error::{Unwritten, Usage};
use crate::render::{Destination, beside};
use anyhow::Context;
use sha2::{Digest, Sha256};
use std::fs::{self, File, Permissions, TryLockError};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use stytch_credentials::private_file::{self, Content};
use stytch_credentials::shell_word;

/// The hint when the earlier output is missing or was changed.
const RESTORE: &str = "restore it; or, to start over, remove the --resume file";

/// A file that is open for appending.
pub(super) struct ResumableOutput {
    file: File,
    /// The checksum of what is on disk; `None` for standard output, which need not be
    /// readable.
    checksum: Option<Checksum>,
    /// `None` for standard output.
    paths: Option<Paths>,
}

/// The names of an output file before and after it is complete.
struct Paths {
    partial: PathBuf,
    complete: PathBuf,
    /// Copied from the file that is replaced.
    permissions: Option<Permissions>,
}

impl ResumableOutput {
    /// Opens `FILE.partial` for `--output-file FILE`, or else standard output. When
    /// resuming, truncates it to what was printed `before`; a new file begins with
    /// `start`.
    pub(super) fn open(
        output_file: Option<&Path>,
        before: Option<&Printed>,
        start: &[u8],
    ) -> anyhow::Result<Self> {
        let mut output = match output_file {
            Some(path) => Self::partial_file(path, before)?,
            None => Self::standard_output()?,
        };
        if let Some(printed) = before {
            output.truncate_to(printed)?;
        } else {
            if let Some(paths) = &output.paths {
                if !holds_at_most(&output.file, start)? {
                    return Err(partial_file_exists(paths).into());
                }
                output.truncate(0)?;
            }
            if output.len()? == 0 {
                let written = output.file.write_all(start);
                written.map_err(|error| output.unwritten(&error))?;
            }
        }
        Ok(output)
    }

    fn partial_file(path: &Path, before: Option<&Printed>) -> anyhow::Result<Self> {
        let existing = fs::symlink_metadata(path).ok();
        if let Some(existing) = &existing
            && !(existing.is_file() || existing.is_symlink())
        {
            return Err(Usage::new(format!(
                "--output-file {} is not a regular file, which --resume needs",
                path.display()
            ))
            .hint("name a file, such as users.jsonl")
            .into());
        }
        let paths = Paths {
            partial: beside(path, ".partial"),
            complete: path.to_owned(),
            permissions: existing
                .filter(|existing| existing.is_file() && !private_file::is_someone_elses(existing))
                .map(|existing| existing.permissions()),
        };
        let file = paths.open_partial(before)?;
        let partial = paths.partial.display();
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(Usage::new(format!("another run is writing to {partial}"))
                    .hint("wait until that run ends, or name another file")
                    .into());
            }
            Err(TryLockError::Error(error)) => {
                return Err(error).with_context(|| format!("{partial} cannot be locked"));
            }
        }
        Ok(Self {
            file,
            checksum: Some(Checksum::default()),
            paths: Some(paths),
        })
    }

    #[cfg(unix)]
    fn standard_output() -> anyhow::Result<Self> {
        use std::os::fd::AsFd;
        let file = File::from(io::stdout().as_fd().try_clone_to_owned()?);
        if !file.metadata()?.is_file() {
            return Err(stdout_not_a_file().into());
        }
        Ok(Self {
            file,
            checksum: None,
            paths: None,
        })
    }

    #[cfg(not(unix))]
    fn standard_output() -> anyhow::Result<Self> {
        Err(stdout_not_a_file().into())
    }

    /// The length of the output in bytes.
    pub(super) fn len(&self) -> io::Result<u64> {
        Ok(self.file.metadata()?.len())
    }

    /// Truncates the output to what was printed before, after checking that this part
    /// is unchanged: otherwise a file that was edited, or that another run wrote, would
    /// pass as a complete result.
    fn truncate_to(&mut self, printed: &Printed) -> anyhow::Result<()> {
        let length = printed.users.end;
        if self.len()? < length {
            return Err(Usage::new(format!("{} is shorter than the earlier output", self.name()))
                .hint("append to the same file again (>>), or name it with --output-file; to start over, remove the --resume file")
                .into());
        }
        if let Some(checksum) = &mut self.checksum
            && !checksum.matches(&mut self.file, printed)?
        {
            let changed = format!("{} was changed after it was written", self.name());
            return Err(Usage::new(changed).hint(RESTORE).into());
        }
        self.truncate(length)
    }

    fn truncate(&mut self, length: u64) -> anyhow::Result<()> {
        self.file
            .set_len(length)
            .map_err(|error| self.unwritten(&error))?;
        self.file.seek(SeekFrom::End(0))?;
        Ok(())
    }

    fn name(&self) -> String {
        match &self.paths {
            Some(paths) => paths.partial.display().to_string(),
            None => "standard output".to_owned(),
        }
    }

    fn unwritten(&self, error: &io::Error) -> io::Error {
        Unwritten::new(self.name(), error).into()
    }

    /// A second handle to the file, for printing.
    pub(super) fn writer(&self) -> io::Result<Destination> {
        let name = self.name();
        Ok(Destination::open_file(
            self.file.try_clone()?,
            Path::new(&name),
        ))
    }

    /// Syncs the output to disk, and returns its length and digest.
    pub(super) fn sync(&mut self) -> io::Result<Synced> {
        let synced = self.file.sync_data();
        synced.map_err(|error| self.unwritten(&error))?;
        let length = self.len()?;
        let checksum = self.checksum.as_mut();
        let sha256 = checksum
            .map(|checksum| checksum.update_to(&mut self.file, length))
            .transpose()?;
        Ok(Synced { length, sha256 })
    }

    /// Renames the complete output to its final name.
    pub(super) fn finish(self) -> io::Result<()> {
        let Some(paths) = &self.paths else {
            return Ok(());
        };
        let (partial, complete) = (&paths.partial, &paths.complete);
        if let Some(permissions) = &paths.permissions {
            let set = self.file.set_permissions(permissions.clone());
            set.map_err(|error| self.unwritten(&error))?;
        }
        fs::rename(partial, complete).map_err(|error| {
            let partial = partial.display();
            let reason = match error.kind() {
                io::ErrorKind::NotFound => {
                    format!("{partial}, which held the complete output, was removed")
                }
                _ => {
                    format!("the complete output is in {partial}, which cannot be renamed: {error}")
                }
            };
            let error = io::Error::new(error.kind(), reason);
            Unwritten::new(complete.display().to_string(), &error).into()
        })
    }

    /// Keeps the incomplete output, and returns its path.
    pub(super) fn keep_partial(self) -> Option<PathBuf> {
        self.paths.map(|paths| paths.partial)
    }
}

/// The incremental digest of a growing file.
#[derive(Default)]
struct Checksum {
    hash: Sha256,
    /// How much of the file was hashed, in bytes.
    length: u64,
}

impl Checksum {
    /// Extends the digest to the first `length` bytes, and leaves the file positioned
    /// at its end for the next write.
    fn update_to(&mut self, file: &mut File, length: u64) -> io::Result<String> {
        file.seek(SeekFrom::Start(self.length))?;
        let mut rest = BufReader::new(&*file).take(length.saturating_sub(self.length));
        loop {
            let chunk = rest.fill_buf()?;
            let read = chunk.len();
            if read == 0 {
                break;
            }
            self.hash.update(chunk);
            rest.consume(read);
            self.length += read as u64;
        }
        file.seek(SeekFrom::End(0))?;
        Ok(format!("{:x}", self.hash.clone().finalize()))
    }

    /// Whether the file begins with what was printed; true if no digest was recorded.
    fn matches(&mut self, file: &mut File, printed: &Printed) -> io::Result<bool> {
        let sha256 = self.update_to(file, printed.users.end)?;
        Ok(printed
            .sha256
            .as_ref()
            .is_none_or(|before| *before == sha256))
    }
}

impl Paths {
    fn open_partial(&self, before: Option<&Printed>) -> anyhow::Result<File> {
        if let (Some(before), Err(_)) = (before, fs::symlink_metadata(&self.partial)) {
            return self.reopen_complete(before);
        }
        Ok(private_file::open_or_create(&self.partial, Content::Users)?)
    }

    /// Reopens output that an earlier run completed, and renames it back to `.partial`:
    /// with a larger `--max-users`, there may be more users to add.
    fn reopen_complete(&self, before: &Printed) -> anyhow::Result<File> {
        let (partial, complete) = (self.partial.display(), self.complete.display());
        let is_same = |file: &mut File| {
            Ok(file.metadata()?.len() == before.users.end
                && Checksum::default().matches(file, before)?)
        };
        let Some(file) = private_file::reopen(&self.complete, is_same)? else {
            return Err(Usage::new(format!(
                "{partial} is missing, and {complete} was changed after it was written"
            ))
            .hint(RESTORE)
            .into());
        };
        fs::rename(&self.complete, &self.partial)
            .with_context(|| format!("{complete} cannot be renamed to {partial}"))?;
        Ok(file)
    }
}

/// Whether a file holds nothing beyond a prefix of `start`, as after a run that was
/// interrupted before its first user.
fn holds_at_most(mut file: &File, start: &[u8]) -> io::Result<bool> {
    let mut content = Vec::new();
    file.seek(SeekFrom::Start(0))?;
    file.take(start.len() as u64 + 1)
        .read_to_end(&mut content)?;
    Ok(start.starts_with(&content))
}

fn partial_file_exists(paths: &Paths) -> Usage {
    let (partial, complete) = (
        paths.partial.display().to_string(),
        paths.complete.display(),
    );
    let word = shell_word(&partial);
    Usage::new(format!(
        "{partial} holds the output of another search, which this one would overwrite"
    ))
    .hint(format!(
        "resume that search with its own --resume file; or name an --output-file other \
         than {complete}; or, if nobody needs it any more, remove it:\n\n    rm {word}"
    ))
}

fn stdout_not_a_file() -> Usage {
    Usage::new(
        "--resume needs a file to write to: output to a pipe or a terminal cannot be resumed",
    )
    .hint("add --output-file FILE, or append to a file: … >> users.jsonl")
}
