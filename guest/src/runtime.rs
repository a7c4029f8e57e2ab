//! What the standard library would bring: an allocator, and an end to panics.

#![expect(unsafe_code, reason = "an allocator is unsafe by its nature")]

use alloc::vec::Vec;
use core::alloc::{GlobalAlloc, Layout};
use core::arch::wasm32::{memory_grow, memory_size};
use core::panic::PanicInfo;
use core::ptr::{copy_nonoverlapping, null_mut};
use core::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// A trap. The host tells its caller that the component failed.
#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}

/// Hands memory out from one end to the other and takes none back but by
/// [`give_back`]: an instance lives for a call, and its memory goes with it. That
/// makes allocating and freeing nearly free, and the component a tenth smaller.
struct Bump {
    /// Where free memory begins; 0 before the first allocation.
    next: AtomicUsize,
}

#[global_allocator]
static ALLOCATOR: Bump = Bump {
    next: AtomicUsize::new(0),
};

/// Frees what was allocated last, such as a part of a body that was copied to the
/// rest of it: to touch memory again costs less than to touch more of it.
pub(crate) fn give_back(bytes: Vec<u8>) {
    let start = bytes.as_ptr().addr();
    if start + bytes.capacity() == ALLOCATOR.next() {
        drop(bytes);
        ALLOCATOR.next.store(start, Relaxed);
    }
}

const PAGE: usize = 64 << 10;

/// The least that memory grows by, in pages: each growing is a system call of
/// the host.
const LEAST_GROWTH: usize = 16;

unsafe extern "C" {
    /// The linker's: behind the stack and the static data.
    static __heap_base: u8;
}

impl Bump {
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
// uses, are aligned as asked, and never overlap: `next` only goes back over a block
// that its owner gave back. There is one thread: the target has no other.
unsafe impl GlobalAlloc for Bump {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let start = self.next().next_multiple_of(layout.align());
        match start.checked_add(layout.size()) {
            Some(end) if self.extend(end) => start as *mut u8,
            _ => null_mut(),
        }
    }

    /// Nothing, which lets the compiler leave out all that would end in it.
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
