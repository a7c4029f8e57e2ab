//! Errors of the decoder.

use alloc::borrow::ToOwned;
use alloc::string::String;
use core::fmt;
use hifijson::{Error as Syntax, Expect, escape, str::Error as Quoted};

/// Why a document could not be decoded. The message does not quote the document.
#[derive(Debug)]
pub enum DecodeError {
    /// It is not UTF-8 at this byte.
    Encoding(usize),
    /// It is not JSON.
    Syntax {
        /// The byte at which parsing stopped.
        at: usize,
        /// The parser's error.
        problem: Syntax,
    },
    /// A value is missing, or has the wrong type.
    Mismatch {
        /// Its path, such as `results[3].emails[0].verified`.
        path: String,
        /// The expected type.
        expected: &'static str,
    },
}

impl fmt::Display for DecodeError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Encoding(at) => write!(formatter, "it is not UTF-8 at byte {at}"),
            Self::Syntax { at, problem } => {
                write!(formatter, "{} at byte {at}", describe(problem))
            }
            Self::Mismatch { path, expected } if path.is_empty() => {
                write!(formatter, "expected {expected}")
            }
            Self::Mismatch { path, expected } => write!(formatter, "{path}: expected {expected}"),
        }
    }
}

/// Describes an error of the parser, whose own messages quote the document.
fn describe(problem: &Syntax) -> &'static str {
    match problem {
        Syntax::Depth => "it is nested too deeply",
        Syntax::Num(_) => "it has a malformed number",
        Syntax::Str(Quoted::Eof | Quoted::Escape(escape::Error::Eof)) => "it ends within a string",
        Syntax::Str(_) => "it has a malformed string",
        Syntax::Token(expected) => match expected {
            Expect::Value => "a value was expected",
            Expect::ValueOrEnd => "a value or the end of an array or object was expected",
            Expect::CommaOrEnd => "a comma or the end of an array or object was expected",
            Expect::String => "the name of a member was expected",
            Expect::Colon => "a colon was expected",
            Expect::Eof => "the end of the document was expected",
        },
    }
}

/// The first value that did not fit. Its path is built from its end, as the reader returns
/// from level to level.
pub(crate) struct Mismatch {
    path: String,
    expected: &'static str,
    /// The depth of the object or array whose name or index is prepended next.
    pub(crate) depth: usize,
}

impl Mismatch {
    pub(crate) fn new(expected: &'static str, path: &str, depth: usize) -> Self {
        Self {
            path: path.to_owned(),
            expected,
            depth,
        }
    }

    /// Adds a level to the front of the path.
    pub(crate) fn prepend(&mut self, level: &str) {
        if !self.path.is_empty() && !self.path.starts_with('[') {
            self.path.insert(0, '.');
        }
        self.path.insert_str(0, level);
        self.depth -= 1;
    }
}

impl From<Mismatch> for DecodeError {
    fn from(Mismatch { path, expected, .. }: Mismatch) -> Self {
        Self::Mismatch { path, expected }
    }
}
