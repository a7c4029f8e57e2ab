//! How far a search came, kept in a file: what was printed can be gone on from
//! after any interruption.
//!
//! The file has a line of JSON for the search, and one for each page, written
//! after the page's users. So it never tells of more than was printed; what was
//! printed beyond it is cut off.

use super::extent::{Printed, Synced};
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

/// The file, positioned at its end, and locked for this process.
#[derive(Debug)]
pub(super) struct Journal {
    /// The file's name, for messages.
    name: String,
    file: File,
}

/// The file's first line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Header {
    stytch_host_search: u32,
    /// Tells one search from another.
    search: String,
    /// The length of the output before its first user, in bytes.
    output_start: u64,
}

/// The line of a page.
#[derive(Debug, Serialize, Deserialize)]
struct Line {
    next_cursor: Option<String>,
    total: Option<u64>,
    /// The length of the output after its users, in bytes.
    output: u64,
    /// What stands for the IDs of its users: 16 bytes each, in Base64.
    user_ids: String,
    /// The digest of that output, where it can be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    output_sha256: Option<String>,
}

const VERSION: u32 = 1;

impl Journal {
    /// Opens the file, and makes it where there is none.
    pub(super) fn open(path: &Path) -> anyhow::Result<Self> {
        let name = path.display().to_string();
        let file = private_file::open_or_create(path, Content::State)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(
                    Usage::new(format!("another run goes on from {name} just now"))
                        .hint("wait for its end, or name another file")
                        .into(),
                );
            }
            Err(TryLockError::Error(error)) => {
                return Err(error).with_context(|| format!("{name} cannot be locked"));
            }
        }
        Ok(Self { name, file })
    }

    /// Brings `search` to where the file tells that it came, and gives what of its
    /// output was printed; none when the file tells of no search. `identity` tells one
    /// search from another.
    pub(super) fn replay(
        &mut self,
        identity: &str,
        search: &mut Pages,
    ) -> anyhow::Result<Option<Printed>> {
        let mut lines = BufReader::new(&self.file);
        let mut text = String::new();
        let mut next_line = |text: &mut String| match next_line(&mut lines, text) {
            Ok(is_whole) => Ok(is_whole),
            Err(error) => Err(damaged(&self.name, &error)),
        };
        if !next_line(&mut text)? && is_beginning(&text) {
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
                .hint("repeat the first command with the same credential, filters, cursor and output; or remove the file to begin anew")
                .into());
        }
        let mut whole = text.len() as u64;
        let mut printed = Printed {
            users: header.output_start..header.output_start,
            sha256: None,
        };
        while next_line(&mut text)? {
            let line: Line =
                serde_json::from_str(&text).map_err(|error| damaged(&self.name, &error))?;
            let user_ids = digests(&line.user_ids).map_err(|error| damaged(&self.name, &error))?;
            search.replay(Step::new(line.next_cursor, line.total, user_ids))?;
            whole += text.len() as u64;
            (printed.users.end, printed.sha256) = (line.output, line.output_sha256);
        }
        // A line that was not written to its end.
        self.cut(whole)?;
        Ok(Some(printed))
    }

    /// Begins a search whose output is `output_start` bytes long before its first
    /// user.
    pub(super) fn begin(&mut self, identity: &str, output_start: u64) -> io::Result<()> {
        // What is left of a line that was not written to its end.
        self.cut(0)?;
        self.write(&Header {
            stytch_host_search: VERSION,
            search: identity.to_owned(),
            output_start,
        })
    }

    /// Keeps what a page did, once its users are in the output, as it is now.
    pub(super) fn add(&mut self, step: &Step, output: Synced) -> io::Result<()> {
        self.write(&Line {
            next_cursor: step.next_cursor.clone(),
            total: step.total,
            output: output.length,
            user_ids: BASE64_STANDARD.encode(step.user_ids.as_flattened()),
            output_sha256: output.sha256,
        })
    }

    fn cut(&mut self, length: u64) -> io::Result<()> {
        let cut = self.file.set_len(length);
        let cut = cut.and_then(|()| self.file.seek(SeekFrom::End(0)));
        cut.map(drop).map_err(|error| self.unwritten(&error))
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
        .hint("remove it, to begin the search anew; what it printed so far is printed again")
}

/// Reads a line that was written to its end.
fn next_line(lines: &mut impl BufRead, text: &mut String) -> io::Result<bool> {
    text.clear();
    lines.read_line(text)?;
    Ok(text.ends_with('\n'))
}

/// Whether it may be part of a first line, so that nothing is lost with it.
fn is_beginning(text: &str) -> bool {
    let begun = r#"{"stytch_host_search":"#;
    text.starts_with(begun) || begun.starts_with(text)
}

fn digests(text: &str) -> anyhow::Result<Vec<Digest>> {
    let bytes = BASE64_STANDARD.decode(text)?;
    let (digests, rest) = bytes.as_chunks();
    anyhow::ensure!(rest.is_empty(), "there is part of a user in it");
    Ok(digests.to_vec())
}
