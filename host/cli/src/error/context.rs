//! Errors in how the program is used, and context for the errors of calls.

use std::fmt;
use std::path::PathBuf;
use stytch_credentials::shell_word;

/// The hint for an address that a server cannot listen on.
pub(crate) const LISTEN_HINT: &str =
    "name an address of this machine and a free port with --listen; port 0 takes any free one";

/// The program was called or set up incorrectly.
#[derive(Debug)]
pub(crate) struct Usage {
    message: String,
    pub(crate) hint: Option<String>,
}

impl Usage {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            hint: None,
        }
    }

    pub(crate) fn hint(self, hint: impl Into<String>) -> Self {
        Self {
            hint: Some(hint.into()),
            ..self
        }
    }
}

impl fmt::Display for Usage {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl std::error::Error for Usage {}

/// How to continue a search that failed at a page.
#[derive(Debug)]
pub(crate) enum Unfinished {
    /// Resume from the cursor of the page that failed.
    At {
        cursor: String,
        /// The file with the users that were found before; `None` for standard output.
        file: Option<PathBuf>,
    },
    /// Resume from the state file of `--resume`.
    Resumable,
    /// It cannot be resumed: the cursor leads back to an earlier page.
    Circle {
        /// As above.
        file: Option<PathBuf>,
    },
}

impl fmt::Display for Unfinished {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (cursor, file) = match self {
            Self::At { cursor, file } => (Some(cursor), file),
            Self::Circle { file } => (None, file),
            Self::Resumable => {
                return formatter.write_str(
                    "the users found so far are kept; run the same command again to resume",
                );
            }
        };
        formatter.write_str("the users found so far are ")?;
        match file {
            None => formatter.write_str("printed")?,
            Some(file) => write!(formatter, "in {}", file.display())?,
        }
        match cursor {
            Some(cursor) => write!(formatter, "; resume with --cursor={}", shell_word(cursor)),
            None => formatter.write_str(
                "; the cursor leads back to an earlier page, so split the search, for example with --created-after and --created-before",
            ),
        }
    }
}

/// A suggestion for a value that Stytch rejected.
#[derive(Debug)]
pub(crate) struct Suggestion(pub(crate) String);

impl fmt::Display for Suggestion {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}
