//! A component's memory.

use alloc::string::String;
use alloc::vec::Vec;
use core::alloc::{GlobalAlloc, Layout};
use core::arch::wasm32::{memory_grow, memory_size};
use core::ptr::{copy_nonoverlapping, null_mut};
use core::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// Hands memory out from one end to the other and takes none back but all of it at
/// the end of a call, by [`forget_all`](Self::forget_all). That makes allocating and
/// freeing nearly free, and the component a tenth smaller.
#[derive(Debug)]
pub struct Bump {
    /// Where free memory begins; 0 before the first allocation.
    next: AtomicUsize,
}

/// Adds `piece` to the end of `body`. Where the two lie side by side, as pieces do
/// that arrive one after the other, nothing is copied.
pub fn append(body: &mut Vec<u8>, mut piece: Vec<u8>) {
    let end = body.as_ptr().addr() + body.len();
    if piece.as_ptr().addr() == end && body.len() == body.capacity() {
        let joined = (
            body.as_mut_ptr(),
            body.len() + piece.len(),
            body.capacity() + piece.capacity(),
        );
        core::mem::forget(piece);
        core::mem::forget(core::mem::take(body));
        // SAFETY: the two blocks are one: each is whole, the second begins where the
        // first ends, and both were given up. [`Bump`] does not mind where a block
        // that it gets back began.
        *body = unsafe { Vec::from_raw_parts(joined.0, joined.1, joined.2) };
    } else {
        body.append(&mut piece);
    }
}

/// A string of a text, without a copy: the bytes stay where they are.
///
/// # Safety
///
/// The component allocates by [`Bump`]. Nobody else writes to the text, nor reads it
/// after this: it may be in the middle of an allocated block whose owner gave it up, and
/// is in no other string.
#[inline]
pub unsafe fn own(text: &str) -> String {
    // SAFETY: the bytes are text, and remain: [`Bump`] takes nothing back, so that it
    // does not matter to it where a block began. Nobody else uses them. Growing the
    // string would move it, unless it is at the very end of what was handed out, and
    // then what is behind it is free.
    unsafe { String::from_raw_parts(text.as_ptr().cast_mut(), text.len(), text.len()) }
}

const PAGE: usize = 64 << 10;

/// The least that memory grows by, in pages: each growing is a system call of
/// the host.
const LEAST_GROWTH: usize = 32;

unsafe extern "C" {
    /// The linker's: behind the stack and the static data.
    static __heap_base: u8;
}

impl Bump {
    /// That of a component, which declares it itself: only so is it known where memory
    /// is given back that there is nothing to do.
    #[expect(clippy::new_without_default, reason = "there is one of it")]
    pub const fn new() -> Self {
        Self {
            next: AtomicUsize::new(0),
        }
    }

    /// Takes all memory back: a call has ended, and the host has read its result.
    ///
    /// # Safety
    ///
    /// Nothing that was allocated is used again: what the component has of the host's
    /// is given back before its result, and it has no state.
    pub unsafe fn forget_all(&self) {
        self.next.store(0, Relaxed);
    }

    fn next(&self) -> usize {
        match self.next.load(Relaxed) {
            0 => (&raw const __heap_base).addr(),
            next => next,
        }
    }

    /// Takes memory up to `end`; false when there is no more to be had.
    fn extend(&self, end: usize) -> bool {
        let pages = memory_size::<0>();
        let missing = end.div_ceil(PAGE).saturating_sub(pages);
        if missing > 0
            && memory_grow::<0>(missing.max(LEAST_GROWTH)) == usize::MAX
            && memory_grow::<0>(missing) == usize::MAX
        {
            return false;
        }
        self.next.store(end, Relaxed);
        true
    }
}

// SAFETY: blocks are cut from memory beyond `__heap_base`, which nothing else
// uses, are aligned as asked, and never overlap: `next` only goes back where nothing
// is left of a call. There is one thread: the target has no other.
unsafe impl GlobalAlloc for Bump {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let start = self.next().next_multiple_of(layout.align());
        match start.checked_add(layout.size()) {
            Some(end) if self.extend(end) => start as *mut u8,
            _ => null_mut(),
        }
    }

    /// Nothing, which lets the compiler leave out all that would end in it.
    #[inline]
    unsafe fn dealloc(&self, _block: *mut u8, _layout: Layout) {}

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        let is_last = block.addr() + layout.size() == self.next();
        if new_size <= layout.size() {
            if is_last {
                self.next.store(block.addr() + new_size, Relaxed);
            }
            return block;
        }
        // The last block grows where it is, as a body does that is being read.
        if is_last {
            return match block.addr().checked_add(new_size) {
                Some(end) if self.extend(end) => block,
                _ => null_mut(),
            };
        }
        // SAFETY: the caller keeps the contract of `realloc`: `new_size` fits
        // the alignment, and `block` has `layout.size()` bytes. The new block is
        // another one.
        unsafe {
            let moved = self.alloc(Layout::from_size_align_unchecked(new_size, layout.align()));
            if !moved.is_null() {
                copy_nonoverlapping(block, moved, layout.size());
            }
            moved
        }
    }
}
