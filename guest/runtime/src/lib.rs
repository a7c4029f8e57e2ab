//! What the standard library would bring to a component: an allocator, and an end to
//! panics.

#![no_std]
#![expect(unsafe_code, reason = "an allocator is unsafe by its nature")]

extern crate alloc;

#[cfg_attr(not(target_arch = "wasm32"), path = "native.rs")]
mod memory;

pub use memory::*;

/// A trap. The host tells its caller that the component failed.
#[cfg(target_arch = "wasm32")]
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}
