//! The output of a search that can be gone on from: a file whose end can be cut
//! off.

use crate::failure::{Unwritten, Usage};
use crate::private::{self, Content};
use crate::render::{Destination, beside};
use anyhow::Context;
use std::fs::{self, File, Permissions, TryLockError};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// A file that is open for writing at its end.
pub(super) struct Target {
    file: File,
    /// What becomes of it; nothing more, if it is standard output.
    place: Option<Place>,
}

/// Where a file has its place once it is whole.
struct Place {
    /// The file as it is called until then.
    partial: PathBuf,
    path: PathBuf,
    /// Those of the file that is replaced.
    permissions: Option<Permissions>,
}

impl Target {
    /// `FILE.partial` for `--output-file FILE`, else standard output; with only its
    /// first `before` bytes, if it was begun before. A new file begins with `start`.
    pub(super) fn open(
        output_file: Option<&Path>,
        before: Option<u64>,
        start: &[u8],
    ) -> anyhow::Result<Self> {
        let mut target = match output_file {
            Some(path) => Self::partial_file(path, before)?,
            None => Self::standard_output()?,
        };
        if let Some(length) = before {
            target.cut(length)?;
        } else {
            if target.place.is_some() {
                target.cut(0)?;
            }
            if target.len()? == 0 {
                let written = target.file.write_all(start);
                written.map_err(|error| target.unwritten(&error))?;
            }
        }
        Ok(target)
    }

    fn partial_file(path: &Path, before: Option<u64>) -> anyhow::Result<Self> {
        let there = fs::symlink_metadata(path).ok();
        if let Some(there) = &there
            && !(there.is_file() || there.is_symlink())
        {
            return Err(Usage::new(format!(
                "--output-file {} is not a file, which --resume needs to go on from",
                path.display()
            ))
            .hint("name a file, such as users.jsonl")
            .into());
        }
        let place = Place {
            partial: beside(path, ".partial"),
            path: path.to_owned(),
            permissions: there
                .filter(|there| there.is_file() && !private::is_of_others(there))
                .map(|there| there.permissions()),
        };
        let file = match place.taken_back(before)? {
            Some(file) => file,
            None => private::open_or_create(&place.partial, Content::Users)?,
        };
        let partial = place.partial.display();
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(Usage::new(format!("another run writes to {partial} just now")).into());
            }
            Err(TryLockError::Error(error)) => {
                return Err(error).with_context(|| format!("{partial} cannot be locked"));
            }
        }
        Ok(Self {
            file,
            place: Some(place),
        })
    }

    #[cfg(unix)]
    fn standard_output() -> anyhow::Result<Self> {
        use std::os::fd::AsFd;
        let file = File::from(io::stdout().as_fd().try_clone_to_owned()?);
        if !file.metadata()?.is_file() {
            return Err(not_a_file().into());
        }
        Ok(Self { file, place: None })
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
            return Err(Usage::new(format!("{} is shorter than what was written to it before", self.name()))
                .hint("append to the same file again (>>), or name it with --output-file; to begin anew, remove the file of --resume")
                .into());
        }
        self.file
            .set_len(length)
            .map_err(|error| self.unwritten(&error))?;
        self.file.seek(SeekFrom::End(0))?;
        Ok(())
    }

    fn name(&self) -> String {
        match &self.place {
            Some(place) => place.partial.display().to_string(),
            None => "standard output".to_owned(),
        }
    }

    fn unwritten(&self, error: &io::Error) -> io::Error {
        Unwritten::new(self.name(), error).into()
    }

    /// Another handle, to print with.
    pub(super) fn writer(&self) -> io::Result<Destination> {
        let name = self.name();
        Ok(Destination::open_file(
            self.file.try_clone()?,
            Path::new(&name),
        ))
    }

    /// Waits until what was written is on the disk, and tells how long it is.
    pub(super) fn sync(&self) -> io::Result<u64> {
        let synced = self.file.sync_data();
        synced.map_err(|error| self.unwritten(&error))?;
        self.len()
    }

    /// Gives the whole output its name.
    pub(super) fn finish(self) -> io::Result<()> {
        let Some(place) = &self.place else {
            return Ok(());
        };
        let (partial, path) = (&place.partial, &place.path);
        if let Some(permissions) = &place.permissions {
            let set = self.file.set_permissions(permissions.clone());
            set.map_err(|error| self.unwritten(&error))?;
        }
        fs::rename(partial, path).map_err(|error| {
            let partial = partial.display();
            let reason = format!("all of it is in {partial}, which cannot be renamed: {error}");
            let error = io::Error::new(error.kind(), reason);
            Unwritten::new(path.display().to_string(), &error).into()
        })
    }

    /// Leaves the output as it is; the file's path.
    pub(super) fn keep_partial(self) -> Option<PathBuf> {
        self.place.map(|place| place.partial)
    }
}

impl Place {
    /// The file that was whole, or as much as was asked for: there may be more this
    /// time. It gets its former name again.
    fn taken_back(&self, before: Option<u64>) -> anyhow::Result<Option<File>> {
        let (Some(before), Err(_)) = (before, fs::symlink_metadata(&self.partial)) else {
            return Ok(None);
        };
        let Some(file) = private::take_back(&self.path, before)? else {
            return Ok(None);
        };
        fs::rename(&self.path, &self.partial)
            .with_context(|| format!("{} cannot be gone on from", self.path.display()))?;
        Ok(Some(file))
    }
}

fn not_a_file() -> Usage {
    Usage::new("--resume needs a file to write to: what is in a pipe or on a terminal cannot be gone on from")
        .hint("add --output-file FILE, or append to a file: … >> users.jsonl")
}
