//! The progress of a search, recorded in a file so that the search can be resumed
//! after any interruption.
//!
//! The file has one line of JSON for the search, and one for each page, written
//! after the page's users. So it never claims more than was printed; output beyond
//! the last recorded page is truncated on resume.

use super::checkpoint::{Printed, Synced};
use crate::error::{Unwritten, Usage};
use anyhow::Context;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::{Deserialize, Serialize};
use std::fs::{File, TryLockError};
use std::io::{self, BufRead, BufReader, Seek, SeekFrom, Write};
use std::path::Path;
use stytch_credentials::private_file::{self, Content};
use stytch_host::search::{Digest, Pages, Step};

/// The file, positioned at its end and locked by this process.
#[derive(Debug)]
pub(super) struct Journal {
    /// For error messages.
    name: String,
    file: File,
}

/// The file's first line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Header {
    stytch_host_search: u32,
    /// A hash that identifies the search.
    search: String,
    /// The length of the output before its first user, in bytes.
    output_start: u64,
}

/// The line for a page.
#[derive(Debug, Serialize, Deserialize)]
struct Line {
    next_cursor: Option<String>,
    total: Option<u64>,
    /// The length of the output after its users, in bytes.
    output: u64,
    /// Digests of its users' IDs: 16 bytes each, in Base64.
    user_ids: String,
    /// The digest of that output, if it is readable.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    output_sha256: Option<String>,
}

const VERSION: u32 = 1;

impl Journal {
    /// Opens or creates the file.
    pub(super) fn open(path: &Path) -> anyhow::Result<Self> {
        let name = path.display().to_string();
        let file = private_file::open_or_create(path, Content::State)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(Usage::new(format!("{name} is in use by another run"))
                    .hint("wait until that run ends, or name another file")
                    .into());
            }
            Err(TryLockError::Error(error)) => {
                return Err(error).with_context(|| format!("{name} cannot be locked"));
            }
        }
        Ok(Self { name, file })
    }

    /// Advances `search` to the last recorded page, and returns how much output was
    /// printed, or `None` if the file records no search. `identity` identifies the
    /// search.
    pub(super) fn replay(
        &mut self,
        identity: &str,
        search: &mut Pages,
    ) -> anyhow::Result<Option<Printed>> {
        let mut lines = BufReader::new(&self.file);
        let mut text = String::new();
        let mut next_line = |text: &mut String| match next_line(&mut lines, text) {
            Ok(is_complete) => Ok(is_complete),
            Err(error) => Err(damaged(&self.name, &error)),
        };
        if !next_line(&mut text)? && is_partial_header(&text) {
            return Ok(None);
        }
        let header: Header = serde_json::from_str(&text).map_err(|_| {
            let name = &self.name;
            Usage::new(format!(
                "{name} was not written by --resume; name another file"
            ))
        })?;
        if header.stytch_host_search != VERSION || header.search != identity {
            return Err(Usage::new(format!("{} belongs to another search", self.name))
                .hint("repeat the first command with the same credential, filters, cursor and output; or remove the file to start over")
                .into());
        }
        let mut valid_length = text.len() as u64;
        let mut printed = Printed {
            users: header.output_start..header.output_start,
            sha256: None,
        };
        while next_line(&mut text)? {
            let line: Line =
                serde_json::from_str(&text).map_err(|error| damaged(&self.name, &error))?;
            let user_ids = digests(&line.user_ids).map_err(|error| damaged(&self.name, &error))?;
            search.replay(Step::new(line.next_cursor, line.total, user_ids))?;
            valid_length += text.len() as u64;
            (printed.users.end, printed.sha256) = (line.output, line.output_sha256);
        }
        // The last line may be incomplete.
        self.truncate(valid_length)?;
        Ok(Some(printed))
    }

    /// Starts a new journal. `output_start` is the length of the output, in bytes,
    /// before the first user.
    pub(super) fn begin(&mut self, identity: &str, output_start: u64) -> io::Result<()> {
        // Drop an incomplete header.
        self.truncate(0)?;
        self.write(&Header {
            stytch_host_search: VERSION,
            search: identity.to_owned(),
            output_start,
        })
    }

    /// Records a page whose users are in the `output`.
    pub(super) fn add(&mut self, step: &Step, output: Synced) -> io::Result<()> {
        self.write(&Line {
            next_cursor: step.next_cursor.clone(),
            total: step.total,
            output: output.length,
            user_ids: BASE64_STANDARD.encode(step.user_ids.as_flattened()),
            output_sha256: output.sha256,
        })
    }

    fn truncate(&mut self, length: u64) -> io::Result<()> {
        let truncated = self.file.set_len(length);
        let truncated = truncated.and_then(|()| self.file.seek(SeekFrom::End(0)));
        truncated.map(drop).map_err(|error| self.unwritten(&error))
    }

    fn write(&mut self, line: &impl Serialize) -> io::Result<()> {
        let mut text = serde_json::to_string(line)?;
        text.push('\n');
        let written = self.file.write_all(text.as_bytes());
        written.map_err(|error| self.unwritten(&error))
    }

    fn unwritten(&self, error: &io::Error) -> io::Error {
        Unwritten::new(&self.name, error).into()
    }
}

fn damaged(name: &str, error: &dyn std::fmt::Display) -> Usage {
    Usage::new(format!("{name} is damaged: {error}"))
        .hint("remove it to start the search over; users printed so far are printed again")
}

/// Reads a line; returns whether it is complete.
fn next_line(lines: &mut impl BufRead, text: &mut String) -> io::Result<bool> {
    text.clear();
    lines.read_line(text)?;
    Ok(text.ends_with('\n'))
}

/// Whether the text can be an incomplete header, which is safe to overwrite.
fn is_partial_header(text: &str) -> bool {
    let start = r#"{"stytch_host_search":"#;
    text.starts_with(start) || start.starts_with(text)
}

fn digests(text: &str) -> anyhow::Result<Vec<Digest>> {
    let bytes = BASE64_STANDARD.decode(text)?;
    let (digests, rest) = bytes.as_chunks();
    anyhow::ensure!(rest.is_empty(), "it has an incomplete user ID");
    Ok(digests.to_vec())
}
