//! The memory of a component: all of it that is behind its static data.

use core::arch::wasm32::{memory_grow, memory_size};

const PAGE: usize = 64 << 10;

/// The least that memory grows by, in pages: each growing is a system call of
/// the host.
const LEAST_GROWTH: usize = 32;

unsafe extern "C" {
    /// The linker's: behind the stack and the static data.
    static __heap_base: u8;
}

/// That nobody else allocates meanwhile: the target has one thread.
pub(crate) struct Alone;

pub(crate) fn alone() -> Alone {
    Alone
}

/// Where it begins. Not right behind the static data, so that no part of that is taken
/// for the last block.
pub(crate) fn start() -> usize {
    (&raw const __heap_base).addr() + 1
}

/// Whether there is memory up to `end`, if need be after growing.
pub(crate) fn reaches(end: usize) -> bool {
    let pages = memory_size::<0>();
    let missing = end.div_ceil(PAGE).saturating_sub(pages);
    missing == 0
        || memory_grow::<0>(missing.max(LEAST_GROWTH)) != usize::MAX
        || memory_grow::<0>(missing) != usize::MAX
}

pub(crate) fn pointer(address: usize) -> *mut u8 {
    core::ptr::with_exposed_provenance_mut(address)
}

/// Nothing: a component trusts itself.
pub(crate) fn spoil(_: usize, _: usize) {}
