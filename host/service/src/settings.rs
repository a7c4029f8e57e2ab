//! The settings of a service, with defaults for a sidecar.

use crate::connection::Address;
use crate::tls::TlsFiles;
use crate::tokens::TokenSource;
use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::time::Duration;
use stytch_console::Options as ConsoleOptions;

/// The settings of a [`Service`](crate::Service).
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Settings {
    /// Where to listen: by default on loopback, at a free port.
    pub listen: Address,
    /// The permissions of a Unix socket.
    pub socket_mode: u32,
    /// The certificate; `None` for plain HTTP.
    pub tls: Option<TlsFiles>,
    /// The tokens of callers. If there are none, a random one is created for each run.
    pub tokens: Option<TokenSource>,
    /// Names that the `Host` header of a request may have, besides IP addresses and
    /// `localhost`.
    pub host_names: Vec<String>,
    /// What the console is told; `None` for no console.
    pub console: Option<ConsoleOptions>,
    /// How many calls the service makes at once.
    pub max_calls: NonZeroU32,
    /// How many of them may be with the same credential.
    pub max_calls_per_credential: NonZeroU32,
    /// How long a call may wait for others to finish.
    pub queue_wait: Duration,
    /// How many calls with the same credential may wait.
    pub queue_length: u32,
    /// How many connections are open at once.
    pub max_connections: u32,
    /// The tools of agents at `/mcp`; `None` for none.
    pub mcp: Option<stytch_mcp::Settings>,
    /// How long requests in flight may take after the service was told to stop.
    pub drain: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            listen: Address::Tcp(SocketAddr::from(([127, 0, 0, 1], 0))),
            socket_mode: 0o600,
            tls: None,
            tokens: None,
            host_names: Vec::new(),
            console: None,
            max_calls: NonZeroU32::new(1000).unwrap_or(NonZeroU32::MIN),
            max_calls_per_credential: NonZeroU32::new(64).unwrap_or(NonZeroU32::MIN),
            queue_wait: Duration::from_secs(1),
            queue_length: 256,
            max_connections: 10_000,
            mcp: Some(stytch_mcp::Settings::default()),
            drain: Duration::from_secs(25),
        }
    }
}
