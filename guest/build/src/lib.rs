//! Builds `guest/` into the component that the library embeds, composes it with others,
//! and lists the packages in a binary.

mod component;
mod compose;
mod dependencies;
mod documentation;
mod metadata;

pub use component::{Guest, component};
pub use compose::plug;
pub use dependencies::dependencies;
use documentation::documentation;
use metadata::metadata;

use std::env;
use std::error::Error;
use std::ffi::OsString;
use std::process::Command;

/// The error is a message for people.
type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// The cargo that runs this build.
fn cargo() -> Command {
    Command::new(tool("CARGO", "cargo"))
}

fn tool(variable: &str, name: &str) -> OsString {
    env::var_os(variable).unwrap_or_else(|| name.into())
}
