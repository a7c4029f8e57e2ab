//! The allocator.

use crate::region;
use core::alloc::{GlobalAlloc, Layout};
use core::ptr::{copy_nonoverlapping, null_mut};
use core::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// Hands memory out from one end to the other and takes none back but all of it at
/// the end of a call, by [`forget_all`](Self::forget_all). That makes allocating and
/// freeing nearly free, and the component a tenth smaller.
///
/// So it does not mind where a block that it gets back began, or ended: a part of
/// a block, or two that lie side by side, are as good.
#[derive(Debug)]
pub struct Bump(());

/// How much was handed out at some time.
#[derive(Debug, Clone, Copy)]
pub struct Mark(usize);

/// Where free memory begins; 0 before the first allocation.
static NEXT: AtomicUsize = AtomicUsize::new(0);

impl Bump {
    /// That of a program, which declares it itself: only so is it known where memory
    /// is given back that there is nothing to do.
    #[expect(clippy::new_without_default, reason = "there is one of it")]
    pub const fn new() -> Self {
        Self(())
    }

    /// Takes all memory back: a call has ended, and the host has read its result.
    ///
    /// # Safety
    ///
    /// Nothing that was allocated is used again: what the component has of the host's
    /// is given back before its result, and it has no state.
    pub unsafe fn forget_all(&self) {
        NEXT.store(0, Relaxed);
    }

    /// How much is handed out now.
    pub fn mark(&self) -> Mark {
        let _alone = region::alone();
        Mark(next())
    }

    /// Takes back what was handed out since, as [`forget_all`](Self::forget_all) does
    /// with all of it.
    ///
    /// # Safety
    ///
    /// Nothing that was allocated or grown since is used again.
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

/// Takes memory up to `end`; false when there is no more to be had.
fn extend(end: usize) -> bool {
    let is_there = region::reaches(end);
    if is_there {
        NEXT.store(end, Relaxed);
    }
    is_there
}

/// A new block.
fn cut(layout: Layout) -> *mut u8 {
    let start = next().next_multiple_of(layout.align());
    match start.checked_add(layout.size()) {
        Some(end) if extend(end) => region::pointer(start),
        _ => null_mut(),
    }
}

// SAFETY: blocks are cut from a region that nothing else uses, are aligned as asked,
// and never overlap: `NEXT` only goes back where nothing is left of a call, or over the
// end of a block that was shrunk. Whoever changes it is alone.
unsafe impl GlobalAlloc for Bump {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let _alone = region::alone();
        cut(layout)
    }

    /// Nothing, which lets the compiler leave out all that would end in it.
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
        // The last block grows where it is, as a body does that is being read.
        if is_last {
            return match block.addr().checked_add(new_size) {
                Some(end) if extend(end) => block,
                _ => null_mut(),
            };
        }
        // SAFETY: the caller keeps the contract of `realloc`: `new_size` fits
        // the alignment, and `block` has `layout.size()` bytes. The new block is
        // another one.
        unsafe {
            let moved = cut(Layout::from_size_align_unchecked(new_size, layout.align()));
            if !moved.is_null() {
                copy_nonoverlapping(block, moved, layout.size());
            }
            moved
        }
    }
}
