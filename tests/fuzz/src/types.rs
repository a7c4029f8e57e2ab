//! As the library has them.

pub use crate::bindings::exports::stytch::users::credential::{CredentialReport, Environment};
pub use crate::bindings::exports::stytch::users::types::*;
