//! The output of a search that can be gone on from: a file whose end can be cut
//! off.

use crate::failure::Usage;
use crate::render::Destination;
use anyhow::Context;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// A file that is open for writing at its end.
pub(super) struct Target {
    file: File,
    /// The file as it is called until it is whole, and then.
    names: Option<(PathBuf, PathBuf)>,
}

impl Target {
    /// `FILE.partial` for `--output-file FILE`, else standard output; with only its
    /// first `before` bytes, if it was begun before.
    pub(super) fn open(output_file: Option<&Path>, before: Option<u64>) -> anyhow::Result<Self> {
        let mut target = match output_file {
            Some(path) => Self::partial_file(path, before)?,
            None => Self::standard_output()?,
        };
        if let Some(length) = before {
            target.cut(length)?;
        } else if target.names.is_some() {
            target.cut(0)?;
        }
        Ok(target)
    }

    fn partial_file(path: &Path, before: Option<u64>) -> anyhow::Result<Self> {
        let mut partial = path.as_os_str().to_owned();
        partial.push(".partial");
        let partial = PathBuf::from(partial);
        // Whole, or as much as was asked for: there may be more this time.
        if !partial.exists() && before.is_some_and(|length| has_length(path, length)) {
            fs::rename(path, &partial)
                .with_context(|| format!("{} cannot be gone on from", path.display()))?;
        }
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(false);
        // Users are personal data.
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(&partial).map_err(|error| {
            Usage::new(format!("{} cannot be written: {error}", partial.display()))
        })?;
        Ok(Self {
            file,
            names: Some((partial, path.to_owned())),
        })
    }

    #[cfg(unix)]
    fn standard_output() -> anyhow::Result<Self> {
        use std::os::fd::AsFd;
        let file = File::from(io::stdout().as_fd().try_clone_to_owned()?);
        if !file.metadata()?.is_file() {
            return Err(not_a_file().into());
        }
        Ok(Self { file, names: None })
    }

    #[cfg(not(unix))]
    fn standard_output() -> anyhow::Result<Self> {
        Err(not_a_file().into())
    }

    /// How long the output is, in bytes.
    pub(super) fn len(&self) -> io::Result<u64> {
        Ok(self.file.metadata()?.len())
    }

    fn cut(&mut self, length: u64) -> anyhow::Result<()> {
        if self.len()? < length {
            let name = match &self.names {
                Some((partial, _)) => partial.display().to_string(),
                None => "standard output".to_owned(),
            };
            return Err(Usage::new(format!("{name} is shorter than what was written to it before"))
                .hint("append to the same file again (>>), or name it with --output-file; to begin anew, remove the file of --resume")
                .into());
        }
        self.file.set_len(length)?;
        self.file.seek(SeekFrom::End(0))?;
        Ok(())
    }

    /// Another handle, to print with.
    pub(super) fn writer(&self) -> io::Result<Destination> {
        let path = match &self.names {
            Some((partial, _)) => partial,
            None => Path::new("standard output"),
        };
        Ok(Destination::open_file(self.file.try_clone()?, path))
    }

    /// Waits until what was written is on the disk, and tells how long it is.
    pub(super) fn sync(&self) -> anyhow::Result<u64> {
        self.file.sync_data().context("the output cannot be kept")?;
        Ok(self.len()?)
    }

    /// Gives the whole output its name.
    pub(super) fn finish(self) -> anyhow::Result<()> {
        if let Some((partial, path)) = &self.names {
            fs::rename(partial, path).with_context(|| {
                let (partial, path) = (partial.display(), path.display());
                format!("{partial} is whole, but cannot be renamed to {path}")
            })?;
        }
        Ok(())
    }
}

fn has_length(path: &Path, length: u64) -> bool {
    fs::metadata(path).is_ok_and(|file| file.is_file() && file.len() == length)
}

fn not_a_file() -> Usage {
    Usage::new("--resume needs a file to write to: what is in a pipe or on a terminal cannot be gone on from")
        .hint("add --output-file FILE, or append to a file: … >> users.jsonl")
}
