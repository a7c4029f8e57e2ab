//! End-to-end tests of the component in the host, against the emulator and misbehaving
//! servers.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that fails panics"
)]

mod cancellation;
mod component;
mod config;
mod contract;
mod emulator;
mod faults;
mod handshakes;
mod hostile;
mod leaks;
mod limits;
mod probe;
mod properties;
mod proxy;
mod requests;
mod responses;
mod retry;
mod reuse;
mod schema;
mod sealed;
mod search;
mod security;
mod tls;

use std::sync::OnceLock;
use stytch_emulator::{Emulator, Options, PROJECT_ID, SECRET};
use stytch_host::types::{self, SearchRequest, TransportCause};
use stytch_host::{Credential, Error, Plugin, PluginBuilder, Secret};
use stytch_testkit::{Answer, ScriptedServer};

/// Settings with a compilation cache and without retries, since most tests are about a
/// single attempt.
fn builder() -> PluginBuilder {
    Plugin::builder()
        .compilation_cache(concat!(env!("CARGO_TARGET_TMPDIR"), "/compiled"))
        .max_attempts(1)
}

/// One plugin for all tests of this process, since compiling is slow.
fn plugin() -> Plugin {
    static PLUGIN: OnceLock<Plugin> = OnceLock::new();
    PLUGIN.get_or_init(|| builder().build().unwrap()).clone()
}

fn credential(base_url: &str) -> Credential {
    Credential::new("project-test-1", Secret::new("secret-test-1".into()))
        .with_base_url(base_url)
        .unwrap()
}

/// An emulator, and a credential for it.
async fn emulated(options: Options) -> (Emulator, Credential) {
    let emulator = Emulator::start(([127, 0, 0, 1], 0).into(), options)
        .await
        .unwrap();
    let credential = Credential::new(PROJECT_ID, Secret::new(SECRET.into()))
        .with_base_url(&emulator.base_url())
        .unwrap();
    (emulator, credential)
}

fn everyone() -> SearchRequest {
    SearchRequest {
        query: None,
        limit: None,
        cursor: None,
    }
}

/// The error of a search that gets this response.
async fn error_of(plugin: &Plugin, answer: Answer) -> Error {
    let server = ScriptedServer::start(answer);
    let credential = credential(&server.base_url());
    plugin
        .search_users(&credential, &everyone())
        .await
        .unwrap_err()
}

/// Why there was no response.
fn cause(error: &Error) -> TransportCause {
    match error {
        Error::Plugin {
            error: types::Error::Unreachable(problem),
            ..
        } => problem.cause,
        other => panic!("{other:?}"),
    }
}
