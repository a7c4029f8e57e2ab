//! The contract in `wit/`: its records as Rust types and as Stytch's JSON, and its schemas,
//! read from the bytes of a component. This module does not run components.

pub(crate) mod bindings;
pub(crate) mod description;
pub mod json;
pub mod schema;

/// The records and errors of the contract, generated from `wit/`.
pub mod types {
    pub use super::bindings::exports::stytch::users::credential::{CredentialReport, Environment};
    pub use super::bindings::exports::stytch::users::types::*;
}
