//! Runs Stytch's user lookup and search as a WebAssembly component in a sandbox.
//! Each call gets a fresh instance, one credential, network access to exactly one
//! origin, and nothing else.
//!
//! A [`Plugin`] is a component, compiled and linked once. A [`Credential`] is a
//! project ID, its secret and the API that they belong to. The contract in `wit/`
//! defines the operations and their records; [`types`] contains them as Rust types,
//! and [`json`] converts them to and from Stytch's own JSON. The crate
//! `stytch-emulator` is a local Stytch for tests.
//!
//! # Example
//!
//! ```
//! use stytch_emulator::{Emulator, Options, PROJECT_ID, SECRET};
//! use stytch_host::search::Search;
//! use stytch_host::{Credential, Plugin, Secret};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let stytch = Emulator::start(([127, 0, 0, 1], 0).into(), Options::default()).await?;
//! let credential = Credential::new(PROJECT_ID, Secret::new(SECRET.into()))
//!     .with_base_url(&stytch.base_url())?;
//!
//! let plugin = Plugin::new()?;
//! let request = Search::new().status("pending").limit(2).build();
//! let page = plugin.search_users(&credential, &request).await?;
//! assert_eq!(page.users.len(), 2);
//! assert!(page.next_cursor.is_some());
//! # Ok(())
//! # }
//! ```
//!
//! # Trust
//!
//! The component is not trusted. It is linked with `wasi:io`, `wasi:http` and
//! `wasi:config` only. The host decides where its requests may go, by the URI that
//! it dials and by the addresses that the name resolved to. Every call is limited
//! in time, memory and size.
//!
//! [`PluginBuilder::sealed`] also keeps the secret out of the component: it gets
//! only the project ID, and the host adds the credential to outgoing requests.
//!
//! # Tracing
//!
//! Each call emits [`tracing`] events, named after OpenTelemetry's semantic
//! conventions, without secrets or personal data: its request (target
//! `stytch_host::request`) and its result (`stytch_host::response`, with Stytch's
//! request ID) at the level `DEBUG`, and each new connection
//! (`stytch_host::connection`) at `TRACE`. A call (`stytch_host::call`) and each of its
//! attempts (`stytch_host::attempt`) are spans at `DEBUG`, with the `otel.` fields of
//! [`tracing-opentelemetry`](https://docs.rs/tracing-opentelemetry).

#![deny(missing_docs)]

mod contract;
mod network;
mod plugin;
mod retry;
mod sandbox;
pub mod search;

pub use contract::description::Metadata;
pub use contract::{json, schema, types};
pub use network::credential::{Credential, Environment, Secret};
pub use network::policy::{Origin, OriginError};
pub use network::{
    Authorities, ClientError, Connection, DryRun, NetworkFailure, Probe, Proxy, ProxyError,
    ProxyVariableError, file, text,
};
pub use plugin::{Call, Function, Inspection, Item, Plugin, PluginBuilder, PoolUse, Statistics};
pub use sandbox::{
    COMPONENT, COMPONENT_WITH_ENVIRONMENT, CacheProblem, Error, ErrorKind, ErrorReport, Limit,
};

/// Compiles and runs the Rust examples of the READMEs as documentation tests.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
#[doc = include_str!("../README.md")]
struct Readme;

/// Embedders may move the public types between threads.
#[cfg(test)]
mod tests {
    use super::*;

    fn assert_send_sync<T: Send + Sync + std::fmt::Debug>() {}

    #[test]
    fn public_types_are_send_and_sync() {
        assert_send_sync::<Plugin>();
        assert_send_sync::<PluginBuilder>();
        assert_send_sync::<Credential>();
        assert_send_sync::<Secret>();
        assert_send_sync::<Origin>();
        assert_send_sync::<Error>();
        assert_send_sync::<ErrorKind>();
        assert_send_sync::<ErrorReport>();
        assert_send_sync::<DryRun>();
        assert_send_sync::<Probe>();
        assert_send_sync::<Inspection>();
        assert_send_sync::<CacheProblem>();
        assert_send_sync::<schema::Description>();
        assert_send_sync::<search::Search>();
        assert_send_sync::<search::Pages>();
        assert_send_sync::<search::SearchError>();
        assert_send_sync::<types::SearchPage>();
    }
}
