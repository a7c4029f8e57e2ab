//! The contract and the activities, generated.
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
use crate::Activities;

wit_bindgen::generate!({
    path: ["../../wit", "wit"],
    world: "stytch:activities/adapter",
    // The types are both imported and exported, and the same.
    merge_structurally_equal_types: true,
    generate_all,
});

// Native linkers reject characters in the names of the exports.
#[cfg(target_arch = "wasm32")]
export!(Activities with_types_in self);
