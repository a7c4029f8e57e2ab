//! The memory of a component after its static data.

use core::arch::wasm32::{memory_grow, memory_size};

const PAGE: usize = 64 << 10;

/// The minimum growth of memory, in pages: each growth is a system call of the host.
const LEAST_GROWTH: usize = 32;

unsafe extern "C" {
    /// The end of the stack and the static data, set by the linker.
    static __heap_base: u8;
}

/// Exclusive access to the allocator: the target has one thread.
pub(crate) struct Alone;

pub(crate) fn alone() -> Alone {
    Alone
}

/// Returns the start of the memory. It is not adjacent to the static data, so that no part
/// of that is mistaken for the last block.
pub(crate) fn start() -> usize {
    (&raw const __heap_base).addr() + 1
}

/// Returns whether there is memory up to `end`, and grows it if necessary.
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

/// Does nothing: a component trusts itself.
pub(crate) fn spoil(_: usize, _: usize) {}
