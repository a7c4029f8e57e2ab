//! What tests have on their own machine, where memory is the system's.

use alloc::string::String;
use alloc::vec::Vec;

/// A string of a text, which is copied.
///
/// # Safety
///
/// None is asked for here; in a component the text is not copied.
#[must_use]
pub unsafe fn own(text: &str) -> String {
    text.into()
}

/// Adds `piece` to the end of `body`.
pub fn append(body: &mut Vec<u8>, mut piece: Vec<u8>) {
    body.append(&mut piece);
}
