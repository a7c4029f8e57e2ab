//! How much output was written, and its digest.

use std::ops::Range;

/// The output that has been synced to disk.
pub(super) struct Synced {
    /// Its length in bytes.
    pub(super) length: u64,
    /// Its digest, if the output is readable.
    pub(super) sha256: Option<String>,
}

/// The output of an earlier run.
#[derive(Debug)]
pub(super) struct Printed {
    /// The byte range of the users within the output.
    pub(super) users: Range<u64>,
    /// The digest of the output up to the end of that range, if known.
    pub(super) sha256: Option<String>,
}
