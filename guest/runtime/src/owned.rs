//! Memory that changes hands without a copy.

use alloc::string::String;
use alloc::vec::Vec;
use core::mem::{forget, take};

/// That the program allocates by [`Bump`](crate::Bump): what owns a part of an allocated
/// block may give that back by itself, at any time.
#[derive(Debug, Clone, Copy)]
pub struct NeverReuses(());

impl NeverReuses {
    /// Says so.
    ///
    /// # Safety
    ///
    /// The program's `#[global_allocator]` is a [`Bump`](crate::Bump).
    pub const unsafe fn new() -> Self {
        Self(())
    }
}

/// A string of a text that was given up for good, without a copy: the bytes stay where
/// they are. The text may be a part of another.
#[inline]
pub fn own(_: NeverReuses, text: &'static mut str) -> String {
    // SAFETY: the bytes are text, and nobody else's from now on. All that the string
    // does with them but reading and writing, it does by `Bump`: that leaves
    // them alone when they are given back, and copies them where the string grows, unless
    // they are the last that was handed out, and what is behind them is free.
    unsafe { String::from_raw_parts(text.as_mut_ptr(), text.len(), text.len()) }
}

/// Adds `piece` to the end of `body`. Where the two lie side by side, as pieces do
/// that arrive one after the other, nothing is copied.
pub fn append(_: NeverReuses, body: &mut Vec<u8>, mut piece: Vec<u8>) {
    let end = body.as_ptr().addr() + body.len();
    if piece.as_ptr().addr() == end && body.len() == body.capacity() {
        let joined = (
            body.as_mut_ptr(),
            body.len() + piece.len(),
            body.capacity() + piece.capacity(),
        );
        forget(piece);
        forget(take(body));
        // SAFETY: the two blocks are one: each is whole, the second begins where the
        // first ends, and both were given up. `Bump` does not mind where a block
        // that it gets back began.
        *body = unsafe { Vec::from_raw_parts(joined.0, joined.1, joined.2) };
    } else {
        body.append(&mut piece);
    }
}
