//! Output that could not be written.

use std::error::Error;
use std::fmt;
use std::io;

/// The destination, and the reason. It is wrapped in an [`io::Error`], since that is what
/// a failed write returns.
#[derive(Debug)]
pub(crate) struct Unwritten {
    name: String,
    reason: String,
    kind: io::ErrorKind,
    pub(crate) hint: Option<&'static str>,
}

impl Unwritten {
    /// `name` is the name of the destination.
    pub(crate) fn new(name: impl Into<String>, error: &io::Error) -> Self {
        let hint = match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                Some("make room there, or write to another place")
            }
            io::ErrorKind::FileTooLarge => {
                Some("raise the limit on the size of files (ulimit -f), or ask for less")
            }
            // An error with a message of our own already says what to do.
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

    /// The destination was never writable.
    pub(crate) fn at_start(name: &str, reason: &str) -> Self {
        Self {
            name: name.to_owned(),
            reason: reason.to_owned(),
            kind: io::ErrorKind::Other,
            hint: Some("redirect it to a file or a pipe; > /dev/null discards the output"),
        }
    }

    /// Finds it in the chain of an error.
    pub(crate) fn of(error: &anyhow::Error) -> Option<&Self> {
        error.chain().find_map(|cause| {
            let carrier = cause.downcast_ref::<io::Error>()?;
            carrier.get_ref()?.downcast_ref()
        })
    }

    /// Whether the reader closed the pipe (`| head`).
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
