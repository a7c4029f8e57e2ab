//! Transfers ownership of memory without copying.

use alloc::string::String;
use alloc::vec::Vec;
use core::mem::{forget, take};

/// Proof that the program's allocator is [`Bump`](crate::Bump): parts of an allocated block
/// may be freed separately, at any time.
#[derive(Debug, Clone, Copy)]
pub struct NeverReuses(());

impl NeverReuses {
    /// Creates the proof.
    ///
    /// # Safety
    ///
    /// The program's `#[global_allocator]` must be a [`Bump`](crate::Bump).
    pub const unsafe fn new() -> Self {
        Self(())
    }
}

/// Creates a string from leaked text without copying it. The text may be a part of another.
#[inline]
pub fn own(_: NeverReuses, text: &'static mut str) -> String {
    // SAFETY: the bytes are text, and from now on owned by the string alone. Apart from
    // reading and writing, it passes them only to `Bump`, which ignores them when they are
    // freed, and copies them when the string grows, unless they are at the end of the
    // allocated memory, and the memory after them is free.
    unsafe { String::from_raw_parts(text.as_mut_ptr(), text.len(), text.len()) }
}

/// Appends `chunk` to `body`. If the two are adjacent, like chunks that arrive one after the
/// other, nothing is copied.
pub fn append(_: NeverReuses, body: &mut Vec<u8>, mut chunk: Vec<u8>) {
    let end = body.as_ptr().addr() + body.len();
    if chunk.as_ptr().addr() == end && body.len() == body.capacity() {
        let joined = (
            body.as_mut_ptr(),
            body.len() + chunk.len(),
            body.capacity() + chunk.capacity(),
        );
        forget(chunk);
        forget(take(body));
        // SAFETY: the two blocks form one: each is complete, the second starts where the
        // first ends, and both were leaked. `Bump` accepts any block to free.
        *body = unsafe { Vec::from_raw_parts(joined.0, joined.1, joined.2) };
    } else {
        body.append(&mut chunk);
    }
}
