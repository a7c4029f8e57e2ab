//! Runs the Stytch component in a sandbox: a fresh instance for each call, one
//! credential, a network of exactly one origin, and nothing else.
mod bindings;
mod config;
mod credential;
mod egress;
pub mod emulator;
mod error;
mod http;
mod inspect;
pub mod json;
mod limits;
mod plugin;
mod state;

pub use bindings::exports::stytch::users::{credential as check, types};
pub use credential::{Credential, Environment, Secret};
pub use egress::{Origin, OriginError};
pub use error::Error;
pub use http::ClientError;
pub use inspect::{Inspection, Item};
pub use limits::Limit;
pub use plugin::{COMPONENT, Plugin, PluginBuilder};
