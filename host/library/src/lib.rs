//! Stytch's user lookup and search, run as a WebAssembly component in a sandbox:
//! each call has a fresh instance, one credential, a network of exactly one
//! origin, and nothing else.
//!
//! A [`Plugin`] is a component, compiled and linked once. A [`Credential`] is a
//! project ID, its secret and the API that they belong to. The operations and
//! their records are those of the contract in `wit/`; [`types`] has them in Rust,
//! and [`json`] turns them into Stytch's own JSON and back. The crate
//! `stytch-emulator` is a local Stytch to try them on.
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
//! `wasi:config` only; where its requests may go is decided outside of it, on
//! the URI that is dialled and on the addresses that a name resolved to; and
//! every call is bounded in time, memory and size.
//!
//! [`PluginBuilder::sealed`] keeps the secret out of it, too: it is told the
//! project ID only, and the host adds the credential to requests on their way
//! out.
//!
//! # Tracing
//!
//! Each call is told through [`tracing`], with the names of OpenTelemetry's
//! semantic conventions and nothing secret or personal: at the level `DEBUG` its
//! request (target `stytch_host::request`) and how it ended
//! (`stytch_host::response`, with Stytch's request ID), at `TRACE` each new
//! connection (`stytch_host::connection`).

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
    Authorities, ClientError, Connection, ConnectionFailure, DryRun, Probe, Proxy, ProxyError,
    file, text,
};
pub use plugin::{Call, Function, Inspection, Item, Plugin, PluginBuilder};
pub use sandbox::{COMPONENT, COMPONENT_WITH_ENVIRONMENT, CacheProblem, Error, ErrorKind, Limit};

/// The Rust of the READMEs is compiled and run with the documentation tests.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
#[doc = include_str!("../README.md")]
struct Readme;

/// What embedders move between threads stays so.
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
