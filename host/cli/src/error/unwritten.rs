//! Output that could not be written.

use std::error::Error;
use std::fmt;
use std::io;

/// Where to it was, and why not. It is carried by an [`io::Error`], as whatever
/// fails to write has one.
#[derive(Debug)]
pub(crate) struct Unwritten {
    name: String,
    reason: String,
    kind: io::ErrorKind,
    pub(crate) hint: Option<&'static str>,
}

impl Unwritten {
    /// `name` is that of what was written to.
    pub(crate) fn new(name: impl Into<String>, error: &io::Error) -> Self {
        let hint = match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                Some("make room there, or write to another place")
            }
            io::ErrorKind::FileTooLarge => {
                Some("raise the limit on the size of files (ulimit -f), or ask for less")
            }
            // What is said in other words says what to do.
            io::ErrorKind::NotFound
            | io::ErrorKind::IsADirectory
            | io::ErrorKind::NotADirectory
            | io::ErrorKind::InvalidFilename
            | io::ErrorKind::PermissionDenied
            | io::ErrorKind::ReadOnlyFilesystem
                if error.get_ref().is_none() =>
            {
                Some("name a file, in a folder that is there and that you can write to")
            }
            _ => None,
        };
        Self {
            name: name.into(),
            reason: error.to_string(),
            kind: error.kind(),
            hint,
        }
    }

    /// For what nothing can be written to from the beginning.
    pub(crate) fn at_start(name: &str, reason: &str) -> Self {
        Self {
            name: name.to_owned(),
            reason: reason.to_owned(),
            kind: io::ErrorKind::Other,
            hint: Some("give it a file or a pipe; > /dev/null throws the output away"),
        }
    }

    /// The one that an error is about.
    pub(crate) fn of(error: &anyhow::Error) -> Option<&Self> {
        error.chain().find_map(|cause| {
            let carrier = cause.downcast_ref::<io::Error>()?;
            carrier.get_ref()?.downcast_ref()
        })
    }

    /// Whether its reader has had enough of it (`| head`).
    pub(crate) fn is_broken_pipe(&self) -> bool {
        self.kind == io::ErrorKind::BrokenPipe
    }
}

impl fmt::Display for Unwritten {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{} cannot be written: {}",
            self.name, self.reason
        )
    }
}

impl Error for Unwritten {}

impl From<Unwritten> for io::Error {
    fn from(unwritten: Unwritten) -> Self {
        Self::new(unwritten.kind, unwritten)
    }
}
