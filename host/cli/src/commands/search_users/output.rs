//! The output of a search that can be gone on from: a file whose end can be cut
//! off.

use super::extent::{Printed, Synced};
use crate::error::{Unwritten, Usage};
use crate::render::{Destination, beside};
use anyhow::Context;
use sha2::{Digest, Sha256};
use std::fs::{self, File, Permissions, TryLockError};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use stytch_credentials::private_file::{self, Content};
use stytch_credentials::shell_word;

/// What helps where the output of before is not there any more.
const PUT_BACK: &str = "put it back as it was; to begin anew, remove the file of --resume";

/// A file that is open for writing at its end.
pub(super) struct Target {
    file: File,
    /// Of what is on the disk; nothing of standard output, which need not be readable.
    sum: Option<Sum>,
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
    /// `FILE.partial` for `--output-file FILE`, else standard output; with only what
    /// was printed `before`, if it was begun before. A new file begins with `start`.
    pub(super) fn open(
        output_file: Option<&Path>,
        before: Option<&Printed>,
        start: &[u8],
    ) -> anyhow::Result<Self> {
        let mut target = match output_file {
            Some(path) => Self::partial_file(path, before)?,
            None => Self::standard_output()?,
        };
        if let Some(printed) = before {
            target.go_on(printed)?;
        } else {
            if let Some(place) = &target.place {
                if !begins_no_more_than(&target.file, start)? {
                    return Err(in_the_way(place).into());
                }
                target.cut(0)?;
            }
            if target.len()? == 0 {
                let written = target.file.write_all(start);
                written.map_err(|error| target.unwritten(&error))?;
            }
        }
        Ok(target)
    }

    fn partial_file(path: &Path, before: Option<&Printed>) -> anyhow::Result<Self> {
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
                .filter(|there| there.is_file() && !private_file::is_someone_elses(there))
                .map(|there| there.permissions()),
        };
        let file = place.open(before)?;
        let partial = place.partial.display();
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(
                    Usage::new(format!("another run writes to {partial} just now"))
                        .hint("wait for its end, or name another file")
                        .into(),
                );
            }
            Err(TryLockError::Error(error)) => {
                return Err(error).with_context(|| format!("{partial} cannot be locked"));
            }
        }
        Ok(Self {
            file,
            sum: Some(Sum::default()),
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
        Ok(Self {
            file,
            sum: None,
            place: None,
        })
    }

    #[cfg(not(unix))]
    fn standard_output() -> anyhow::Result<Self> {
        Err(not_a_file().into())
    }

    /// How long the output is, in bytes.
    pub(super) fn len(&self) -> io::Result<u64> {
        Ok(self.file.metadata()?.len())
    }

    /// Cuts off what came after what was printed before, if that is as it was: a file
    /// that was changed, or is another run's, would end as if all of it were right.
    fn go_on(&mut self, printed: &Printed) -> anyhow::Result<()> {
        let length = printed.users.end;
        if self.len()? < length {
            return Err(Usage::new(format!("{} is shorter than what was written to it before", self.name()))
                .hint("append to the same file again (>>), or name it with --output-file; to begin anew, remove the file of --resume")
                .into());
        }
        if let Some(sum) = &mut self.sum
            && !sum.has(&mut self.file, printed)?
        {
            let changed = format!("{} was changed since it was written", self.name());
            return Err(Usage::new(changed).hint(PUT_BACK).into());
        }
        self.cut(length)
    }

    fn cut(&mut self, length: u64) -> anyhow::Result<()> {
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

    /// Waits until what was written is on the disk, and tells what it is.
    pub(super) fn sync(&mut self) -> io::Result<Synced> {
        let synced = self.file.sync_data();
        synced.map_err(|error| self.unwritten(&error))?;
        let length = self.len()?;
        let sum = self.sum.as_mut();
        let sha256 = sum
            .map(|sum| sum.up_to(&mut self.file, length))
            .transpose()?;
        Ok(Synced { length, sha256 })
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
            let reason = match error.kind() {
                io::ErrorKind::NotFound => {
                    format!("{partial}, with all of it, was removed meanwhile")
                }
                _ => format!("all of it is in {partial}, which cannot be renamed: {error}"),
            };
            let error = io::Error::new(error.kind(), reason);
            Unwritten::new(path.display().to_string(), &error).into()
        })
    }

    /// Leaves the output as it is; the file's path.
    pub(super) fn keep_partial(self) -> Option<PathBuf> {
        self.place.map(|place| place.partial)
    }
}

/// The digest of a file that grows.
#[derive(Default)]
struct Sum {
    hash: Sha256,
    /// How much of the file is in it, in bytes.
    length: u64,
}

impl Sum {
    /// Takes in what is missing of the first `length` bytes. What is written later
    /// goes to the end of the file.
    fn up_to(&mut self, file: &mut File, length: u64) -> io::Result<String> {
        file.seek(SeekFrom::Start(self.length))?;
        let mut rest = BufReader::new(&*file).take(length.saturating_sub(self.length));
        loop {
            let part = rest.fill_buf()?;
            let read = part.len();
            if read == 0 {
                break;
            }
            self.hash.update(part);
            rest.consume(read);
            self.length += read as u64;
        }
        file.seek(SeekFrom::End(0))?;
        Ok(format!("{:x}", self.hash.clone().finalize()))
    }

    /// Whether the file begins with what was printed, as far as that is known.
    fn has(&mut self, file: &mut File, printed: &Printed) -> io::Result<bool> {
        let sha256 = self.up_to(file, printed.users.end)?;
        Ok(printed
            .sha256
            .as_ref()
            .is_none_or(|before| *before == sha256))
    }
}

impl Place {
    /// The unfinished file.
    fn open(&self, before: Option<&Printed>) -> anyhow::Result<File> {
        if let (Some(before), Err(_)) = (before, fs::symlink_metadata(&self.partial)) {
            return self.take_back(before);
        }
        Ok(private_file::open_or_create(&self.partial, Content::Users)?)
    }

    /// The file that was whole, or as much as was asked for: there may be more this
    /// time. It gets its former name again.
    fn take_back(&self, before: &Printed) -> anyhow::Result<File> {
        let (partial, path) = (self.partial.display(), self.path.display());
        let is_same = |file: &mut File| {
            Ok(file.metadata()?.len() == before.users.end && Sum::default().has(file, before)?)
        };
        let Some(file) = private_file::reopen(&self.path, is_same)? else {
            return Err(Usage::new(format!(
                "{partial} is gone, and {path} is not what was written before"
            ))
            .hint(PUT_BACK)
            .into());
        };
        fs::rename(&self.path, &self.partial)
            .with_context(|| format!("{path} cannot be gone on from"))?;
        Ok(file)
    }
}

/// Whether nothing is in a file but the beginning of what output starts with: a run that
/// was interrupted there got no further.
fn begins_no_more_than(mut file: &File, start: &[u8]) -> io::Result<bool> {
    let mut begun = Vec::new();
    file.seek(SeekFrom::Start(0))?;
    file.take(start.len() as u64 + 1).read_to_end(&mut begun)?;
    Ok(start.starts_with(&begun))
}

fn in_the_way(place: &Place) -> Usage {
    let (partial, path) = (place.partial.display().to_string(), place.path.display());
    let word = shell_word(&partial);
    Usage::new(format!(
        "{partial} has the output of another search, which this one would overwrite"
    ))
    .hint(format!(
        "go on with that search by the file that --resume named then; or name another \
         --output-file than {path}; or, if nobody needs it any more, remove it:\n\n    rm {word}"
    ))
}

fn not_a_file() -> Usage {
    Usage::new("--resume needs a file to write to: what is in a pipe or on a terminal cannot be gone on from")
        .hint("add --output-file FILE, or append to a file: … >> users.jsonl")
}
