//! How much of the output there is, and its digest.

use std::ops::Range;

/// The output that is on the disk.
pub(super) struct Synced {
    /// Its length in bytes.
    pub(super) length: u64,
    /// Its digest, if the output can be read.
    pub(super) sha256: Option<String>,
}

/// What an earlier run printed.
#[derive(Debug)]
pub(super) struct Printed {
    /// The range of the users in the output, in bytes.
    pub(super) users: Range<u64>,
    /// The digest of the output up to their end, if it is known.
    pub(super) sha256: Option<String>,
}
