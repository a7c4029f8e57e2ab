//! The contract in `wit/`: its records in Rust and as Stytch's JSON, its schemas, and
//! the same read from the bytes of any component. Nothing here runs a component.

pub(crate) mod bindings;
pub(crate) mod description;
pub mod json;
pub mod schema;

/// The records and errors of the contract, generated from `wit/`.
pub mod types {
    pub use super::bindings::exports::stytch::users::credential::{CredentialReport, Environment};
    pub use super::bindings::exports::stytch::users::types::*;
}
