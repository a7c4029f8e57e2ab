//! What this program adds to the errors of calls, and its own.

use std::fmt;
use std::path::PathBuf;
use stytch_credentials::shell_word;

/// A mistake in how this program was called or set up.
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

/// Says how to go on with a search of which a page failed.
#[derive(Debug)]
pub(crate) enum Unfinished {
    /// From the cursor of the page that failed.
    At {
        cursor: String,
        /// Where the users are that were found before; none is standard output.
        file: Option<PathBuf>,
    },
    /// From the file of `--resume`.
    Resumable,
    /// Not at all: the cursor leads back.
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
                    "what was found before is kept; the same command resumes from there",
                );
            }
        };
        formatter.write_str("what was found before is ")?;
        match file {
            None => formatter.write_str("printed")?,
            Some(file) => write!(formatter, "in {}", file.display())?,
        }
        match cursor {
            Some(cursor) => write!(formatter, "; resume with --cursor={}", shell_word(cursor)),
            None => formatter.write_str(
                "; its cursor leads back into the circle, so split the search, for example with --created-after and --created-before",
            ),
        }
    }
}

/// What may have been meant instead of what was refused.
#[derive(Debug)]
pub(crate) struct Suggestion(pub(crate) String);

impl fmt::Display for Suggestion {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}
