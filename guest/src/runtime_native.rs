//! What tests have on their own machine, where memory is the system's.

use alloc::string::String;
use alloc::vec::Vec;

/// A string of its own.
pub(crate) fn own(text: &str) -> String {
    text.into()
}

/// Adds `piece` to the end of `body`.
pub(crate) fn append(body: &mut Vec<u8>, mut piece: Vec<u8>) {
    body.append(&mut piece);
}
