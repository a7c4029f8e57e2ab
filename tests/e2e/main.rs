//! The real component in the real host, against the emulator and against
//! servers that answer as no server should.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that fails panics"
)]

mod answers;
mod component;
mod emulator;
mod limits;
mod requests;
mod tls;

use std::sync::OnceLock;
use stytch_host::{Credential, Plugin, PluginBuilder, Secret};

/// Settings that take compiled components from runs before.
fn builder() -> PluginBuilder {
    Plugin::builder().compilation_cache(concat!(env!("CARGO_TARGET_TMPDIR"), "/compiled"))
}

/// One plugin for all tests of this process: compiling it is what takes time.
fn plugin() -> Plugin {
    static PLUGIN: OnceLock<Plugin> = OnceLock::new();
    PLUGIN.get_or_init(|| builder().build().unwrap()).clone()
}

fn credential(base_url: &str) -> Credential {
    Credential::new("project-test-1", Secret::new("secret-test-1".into()))
        .with_base_url(base_url)
        .unwrap()
}
