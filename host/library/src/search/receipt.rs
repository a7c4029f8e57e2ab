//! The summary of a search.

use serde::{Deserialize, Serialize};

/// What a search has read, and whether it is complete.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Receipt {
    /// The number of pages, including empty ones.
    pub pages: u64,
    /// The number of users, including duplicates.
    pub users: u64,
    /// The number of distinct user IDs.
    pub unique_users: u64,
    /// How many users match the query, according to the first page; `None` if it did not
    /// contain a total.
    pub total_at_start: Option<u64>,
    /// How many users match the query, according to the last page that contained a total.
    pub total_at_end: Option<u64>,
    /// Why the search stopped.
    pub stopped: Stopped,
    /// Whether the search ran from Stytch's first page to its last, and read at least as
    /// many distinct users as `total_at_end`, if that is known.
    pub complete: bool,
    /// The cursor to resume from; `None` at the end, and if the first page failed.
    pub next_cursor: Option<String>,
}

/// Why a search stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stopped {
    /// Stytch sent no further cursor.
    End,
    /// The maximum number of users was reached.
    MaxUsers,
    /// Stytch repeated a cursor.
    Circle,
    /// A page failed, or the caller stopped reading.
    Early,
}
