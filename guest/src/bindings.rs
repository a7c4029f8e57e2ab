//! The contract of `wit/`, generated.
#![allow(
    missing_docs,
    unsafe_code,
    unreachable_pub,
    clippy::all,
    clippy::pedantic,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::panic,
    clippy::allow_attributes_without_reason,
    reason = "generated code"
)]

#[cfg(target_arch = "wasm32")]
use crate::Integration;

wit_bindgen::generate!({
    path: "../wit",
    world: "integration",
    generate_all,
});

// The exports' names have characters that a native linker refuses.
#[cfg(target_arch = "wasm32")]
export!(Integration with_types_in self);
