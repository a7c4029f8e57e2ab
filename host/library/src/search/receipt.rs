//! What a search came to.

use serde::{Deserialize, Serialize};

/// What a search has read, and whether that is all there is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Receipt {
    /// How many pages came, empty ones included.
    pub pages: u64,
    /// How many users came, each time that they came.
    pub users: u64,
    /// How many different user IDs came.
    pub unique_users: u64,
    /// How many users the query finds, as the first page told; `None` when it did
    /// not.
    pub total_at_start: Option<u64>,
    /// The same, as the last page told that told it.
    pub total_at_end: Option<u64>,
    /// Why there were no more pages.
    pub stopped: Stopped,
    /// Whether the search ran from Stytch's first page to its last, and as many
    /// different users came as the query finds in the end, where that is known.
    pub complete: bool,
    /// Where to go on; `None` at the end, and when not even the first page came.
    pub next_cursor: Option<String>,
}

/// Why a search stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stopped {
    /// Stytch sent no further cursor.
    End,
    /// As many users came as were asked for.
    MaxUsers,
    /// Stytch sent a cursor again.
    Circle,
    /// A page failed, or nobody asked for the rest.
    Early,
}
