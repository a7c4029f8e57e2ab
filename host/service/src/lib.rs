//! Stytch's user lookup and search as an HTTP service, for platforms in any language.
//!
//! A [`Service`] makes the calls of a [`Plugin`] with credentials that its callers name.
//! [`Service::bind`] listens; [`Listening::run`] serves until it is told to stop, and then
//! finishes the requests that are in flight.
//!
//! Agents call the operations as tools of the Model Context Protocol, at `/mcp`; see
//! [`stytch_mcp`].
//!
//! The paths, the request bodies and the responses are described by the service itself, at
//! `/openapi.json` and, for people, at `/docs`. Errors are problem documents (RFC 9457)
//! with the codes of [`stytch_host::ErrorKind`].
//!
//! [`Plugin`]: stytch_host::Plugin

mod access_log;
mod bulkhead;
mod bulkheads;
mod caller;
mod config_errors;
mod connection;
mod console;
mod headers;
mod host;
mod line_log;
mod metrics;
mod observation;
mod openapi;
mod problem;
mod reference;
mod reload;
mod routes;
mod server;
mod settings;
mod tls;
mod tokens;
mod traces;

pub use connection::Address;
pub use line_log::LineLog;
pub use server::{Error, Listening, Service};
pub use settings::Settings;
pub use stytch_console::{Given, Options as ConsoleOptions};
pub use tls::{TlsError, TlsFiles};
pub use tokens::{Operation, Scope, StoredToken, Token, TokenError, TokenSource, TokenStore};
pub use traces::{Traces, TracesError};
