use super::{Filters, number};
use crate::error::Start;
use clap::Args;
use std::path::PathBuf;

#[derive(Debug, Args)]
#[command(after_help = "\
A user must match every filter, or with --any at least one. A filter with a list
matches any value in it: --email a@example.com,b@example.com

Examples:
  stytch-host search-users --status pending --created-after 2026-01-01T00:00:00Z
  stytch-host search-users --oauth-provider Google,GitHub --email-verified true
  stytch-host search-users --any --email-fuzzy jane --name-fuzzy jane
  stytch-host search-users --query '{\"operator\":\"AND\",\"operands\":[]}' --limit 10
  stytch-host search-users --all --output jsonl
  stytch-host search-users --resume users.state --output-file users.csv")]
pub(crate) struct SearchUsers {
    #[command(flatten)]
    pub(crate) filters: Filters,

    /// Join the filters with OR instead of AND
    ///
    /// Example: --any --email-fuzzy jane --name-fuzzy jane
    #[arg(long)]
    pub(crate) any: bool,

    /// Stytch's own query JSON instead of filters: the text, @FILE, or - for
    /// standard input
    ///
    /// Example: --query @query.json
    #[arg(long, value_name = "JSON")]
    pub(crate) query: Option<String>,

    /// Maximum number of users per page, 1 to 1000 [default: Stytch's, which is 100]
    ///
    /// Example: --limit 10
    #[arg(
        long,
        value_name = "N",
        allow_negative_numbers = true,
        value_parser = page_size,
        help_heading = "Pages"
    )]
    pub(crate) limit: Option<u32>,

    /// Continue after an earlier page: its next_cursor, with the same filters
    ///
    /// Example: --cursor x-3azHuyoCF7sqAkx-3azA
    #[arg(long, value_name = "CURSOR", help_heading = "Pages")]
    pub(crate) cursor: Option<String>,

    /// Fetch every page, not only one
    ///
    /// A page has 1000 users unless --limit is given. A summary on standard error
    /// says how many users were found, and whether they are all of them.
    ///
    /// Example: --all --output jsonl
    #[arg(long, help_heading = "Pages")]
    pub(crate) all: bool,

    /// Fetch pages until this many users have been found
    ///
    /// Example: --max-users 5000
    #[arg(
        long,
        value_name = "N",
        allow_negative_numbers = true,
        value_parser = |text: &str| number::at_least::<u64>(text, &1),
        help_heading = "Pages"
    )]
    pub(crate) max_users: Option<u64>,

    /// Fail with exit code 8 unless every user was found
    ///
    /// For --all, --max-users and --resume. A search can end without an error and
    /// still be incomplete: it found fewer users than Stytch counts, began at
    /// --cursor, or stopped at --max-users. --output-file then leaves the users in
    /// FILE.partial.
    ///
    /// Example: --all --require-complete --output-file users.csv
    #[arg(long, help_heading = "Pages")]
    pub(crate) require_complete: bool,

    /// Fetch every page, and save the progress in this file
    ///
    /// After any interruption, the same command resumes the search: no user is
    /// written twice or left out. Users are written to --output-file, or to standard
    /// output if that is appended to a file, as lines of JSON, or as CSV with
    /// --output csv.
    ///
    /// Example: --resume users.state --output-file users.jsonl
    #[arg(long, value_name = "FILE", help_heading = "Pages")]
    pub(crate) resume: Option<PathBuf>,
}

impl SearchUsers {
    pub(crate) fn start(&self) -> Start {
        match &self.cursor {
            Some(cursor) if !cursor.is_empty() => Start::Cursor,
            _ => Start::FirstPage,
        }
    }

    /// Whether more than one page is requested.
    pub(crate) fn all_pages(&self) -> bool {
        self.all || self.max_users.is_some() || self.resume.is_some()
    }
}

/// The component rejects other sizes, too; here the message names the flag.
fn page_size(text: &str) -> Result<u32, String> {
    number::within(text, &(1..=1000))
}
