//! The memory of a test or a fuzz target: one block from the system, of which only the used
//! part takes memory.

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

/// Exclusive access to the allocator: tests run in threads.
pub(crate) struct Alone;

/// Waits for exclusive access. The standard library's mutex might allocate.
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

/// Returns the start of the block; if the system has no memory, no allocation fits after it.
pub(crate) fn start() -> usize {
    if BLOCK.load(Relaxed).is_null() {
        // SAFETY: its size is not zero.
        BLOCK.store(
            unsafe { System.alloc(Layout::new::<[u8; SIZE]>()) },
            Relaxed,
        );
    }
    // As in a component, nothing is adjacent to the first block.
    BLOCK.load(Relaxed).addr() + 1
}

/// Returns whether there is memory up to `end`.
pub(crate) fn reaches(end: usize) -> bool {
    let block = BLOCK.load(Relaxed);
    !block.is_null() && end <= block.addr() + SIZE
}

pub(crate) fn pointer(address: usize) -> *mut u8 {
    BLOCK.load(Relaxed).with_addr(address)
}

/// Overwrites freed memory, so that a later use is noticed.
pub(crate) fn spoil(start: usize, end: usize) {
    // SAFETY: all allocated memory is within the block, and not in use.
    unsafe { write_bytes(pointer(start), 0xdd, end - start) }
}
