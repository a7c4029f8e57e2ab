//! Generated bindings for the imports and exports of the workflow.
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
use crate::Workflow;

wit_bindgen::generate!({
    path: ["../../../wit", "../../../guest/activities/wit", "wit"],
    world: "acme:cases/investigation",
    generate_all,
});

// Native linkers reject characters in the names of the exports.
#[cfg(target_arch = "wasm32")]
export!(Workflow with_types_in self);
