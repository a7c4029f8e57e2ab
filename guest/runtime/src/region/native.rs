//! The memory of a test or a fuzz target: one block of the system's, of which only what
//! is used costs anything.

use core::alloc::{GlobalAlloc as _, Layout};
use core::ptr::{null_mut, write_bytes};
use core::sync::atomic::{
    AtomicBool, AtomicPtr,
    Ordering::{Acquire, Relaxed, Release},
};
use std::alloc::System;

const SIZE: usize = 1 << 30;

static BLOCK: AtomicPtr<u8> = AtomicPtr::new(null_mut());

static IS_TAKEN: AtomicBool = AtomicBool::new(false);

/// That nobody else allocates meanwhile: tests run in threads.
pub(crate) struct Alone;

/// Waits for that. A mutex of the standard library's may allocate.
pub(crate) fn alone() -> Alone {
    while IS_TAKEN.swap(true, Acquire) {
        std::thread::yield_now();
    }
    Alone
}

impl Drop for Alone {
    fn drop(&mut self) {
        IS_TAKEN.store(false, Release);
    }
}

/// Where it begins, or so that there is no room, where the system has none.
pub(crate) fn start() -> usize {
    if BLOCK.load(Relaxed).is_null() {
        // SAFETY: it has a size.
        BLOCK.store(
            unsafe { System.alloc(Layout::new::<[u8; SIZE]>()) },
            Relaxed,
        );
    }
    // As in a component: nothing is right before the first block.
    BLOCK.load(Relaxed).addr() + 1
}

/// Whether there is memory up to `end`.
pub(crate) fn reaches(end: usize) -> bool {
    let block = BLOCK.load(Relaxed);
    !block.is_null() && end <= block.addr() + SIZE
}

pub(crate) fn pointer(address: usize) -> *mut u8 {
    BLOCK.load(Relaxed).with_addr(address)
}

/// Overwrites what was forgotten, so that whatever uses it all the same is noticed.
pub(crate) fn spoil(start: usize, end: usize) {
    // SAFETY: all that was handed out is within the block, and nobody uses it.
    unsafe { write_bytes(pointer(start), 0xdd, end - start) }
}
