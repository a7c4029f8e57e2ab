//! The network behind `wasi:http`: checks a request, sends it with a pooled client, and
//! enforces limits on the response. It replaces wasmtime's default sender, which opens a
//! connection for each request, limits neither the TLS handshake nor the body, and
//! reports many faults to the guest with the same code.

mod body;
mod client;
mod connect;
mod connection;
pub(crate) mod credential;
mod diagnosis;
mod dry_run;
mod fault;
pub mod file;

mod in_flight;
mod interim;
mod limits;
mod message_length;
mod outgoing;
pub(crate) mod policy;
mod pools;
mod proxy;
mod resolve;
mod retry_after;
mod roots;
mod seal;
pub(crate) mod secret_forms;
pub mod text;
mod throughput;
pub(crate) mod trace;
mod tunnel;
mod verify;

/// An error of any kind, as `tower` services return it.
type BoxError = Box<dyn std::error::Error + Send + Sync>;

pub use client::ClientError;
pub(crate) use client::HttpClient;
pub use diagnosis::{Connection, Probe};
pub(crate) use dry_run::Capture;
pub use dry_run::DryRun;
pub use fault::NetworkFailure;
pub(crate) use in_flight::{InFlight, Pending};
pub(crate) use limits::{Limits, MinThroughput};
pub(crate) use outgoing::{Outgoing, Response};
pub use proxy::{Proxy, ProxyError, ProxyVariableError};
pub use roots::Authorities;
pub(crate) use roots::Roots;
pub(crate) use seal::Seal;
