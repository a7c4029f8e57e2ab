//! The allocator.

use crate::region;
use core::alloc::{GlobalAlloc, Layout};
use core::ptr::{copy_nonoverlapping, null_mut};
use core::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// A bump allocator, which frees memory only as a whole, at the end of a call, with
/// [`forget_all`](Self::forget_all). Allocating and freeing costs almost nothing, and the
/// component is a tenth smaller.
///
/// It accepts any part of a block, or two adjacent blocks, as a block to free.
#[derive(Debug)]
pub struct Bump(());

/// How much memory was allocated at some time.
#[derive(Debug, Clone, Copy)]
pub struct Mark(usize);

/// The start of free memory; 0 before the first allocation.
static NEXT: AtomicUsize = AtomicUsize::new(0);

impl Bump {
    /// Creates the allocator of a program. The program has to declare it itself, so that the
    /// compiler knows that freeing does nothing.
    #[expect(clippy::new_without_default, reason = "there is one of it")]
    pub const fn new() -> Self {
        Self(())
    }

    /// Frees all memory after a call, when the host has read its result.
    ///
    /// # Safety
    ///
    /// Nothing that was allocated may be used again: the component drops its host resources
    /// before it returns its result, and has no state.
    pub unsafe fn forget_all(&self) {
        NEXT.store(0, Relaxed);
    }

    /// Returns how much memory is allocated.
    pub fn mark(&self) -> Mark {
        let _alone = region::alone();
        Mark(next())
    }

    /// Frees what was allocated since `mark`.
    ///
    /// # Safety
    ///
    /// Nothing that was allocated or grown since `mark` may be used again.
    pub unsafe fn forget_since(&self, mark: Mark) {
        let _alone = region::alone();
        region::spoil(mark.0, next());
        NEXT.store(mark.0, Relaxed);
    }
}

fn next() -> usize {
    match NEXT.load(Relaxed) {
        0 => region::start(),
        next => next,
    }
}

/// Allocates memory up to `end`; returns false if there is not enough.
fn extend(end: usize) -> bool {
    let is_there = region::reaches(end);
    if is_there {
        NEXT.store(end, Relaxed);
    }
    is_there
}

/// Allocates a new block.
fn cut(layout: Layout) -> *mut u8 {
    let start = next().next_multiple_of(layout.align());
    match start.checked_add(layout.size()) {
        Some(end) if extend(end) => region::pointer(start),
        _ => null_mut(),
    }
}

// SAFETY: blocks come from a region that nothing else uses, are aligned as requested, and
// never overlap: `NEXT` only decreases when nothing of a call is in use, or for the end of
// a block that was shrunk. Changes to it are exclusive.
unsafe impl GlobalAlloc for Bump {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let _alone = region::alone();
        cut(layout)
    }

    /// Does nothing, so that the compiler can remove all code that only leads here.
    #[inline]
    unsafe fn dealloc(&self, _block: *mut u8, _layout: Layout) {}

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        let _alone = region::alone();
        let is_last = block.addr() + layout.size() == next();
        if new_size <= layout.size() {
            if is_last {
                NEXT.store(block.addr() + new_size, Relaxed);
            }
            return block;
        }
        // The last block grows in place, such as a body that is being read.
        if is_last {
            return match block.addr().checked_add(new_size) {
                Some(end) if extend(end) => block,
                _ => null_mut(),
            };
        }
        // SAFETY: the caller upholds the contract of `realloc`: `new_size` fits the
        // alignment, and `block` has `layout.size()` bytes. The new block does not overlap
        // it.
        unsafe {
            let moved = cut(Layout::from_size_align_unchecked(new_size, layout.align()));
            if !moved.is_null() {
                copy_nonoverlapping(block, moved, layout.size());
            }
            moved
        }
    }
}
