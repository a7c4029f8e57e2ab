//! The two interfaces, generated.
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
use crate::Environment;

wit_bindgen::generate!({
    path: "../../wit",
    inline: "
        package stytch:environment@0.1.0;

        world configuration {
            import wasi:cli/environment@0.2.0;
            export wasi:config/store@0.2.0-rc.1;
        }
    ",
    generate_all,
});

// The exports' names have characters that a native linker refuses.
#[cfg(target_arch = "wasm32")]
export!(Environment with_types_in self);
