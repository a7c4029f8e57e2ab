//! Replaces the standard library in a component: an allocator and a panic handler.

#![no_std]
#![expect(unsafe_code, reason = "an allocator is unsafe by its nature")]

extern crate alloc;
#[cfg(not(target_arch = "wasm32"))]
extern crate std;

mod memory;
mod owned;
#[cfg_attr(target_arch = "wasm32", path = "region/wasm.rs")]
#[cfg_attr(not(target_arch = "wasm32"), path = "region/native.rs")]
mod region;

pub use memory::{Bump, Mark};
pub use owned::{NeverReuses, append, own};

/// Traps. The host reports that the component failed.
#[cfg(target_arch = "wasm32")]
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}
