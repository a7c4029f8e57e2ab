//! What the standard library would bring to a component: an allocator, and an end to
//! panics.

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

/// A trap. The host tells its caller that the component failed.
#[cfg(target_arch = "wasm32")]
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}
