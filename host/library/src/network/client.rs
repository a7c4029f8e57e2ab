//! The pooled client for all calls of a plugin. Connections are pooled per origin and
//! not tied to a credential.

use super::Limits;
use super::connect::Connector;
use super::connection::{ConnectionState, limit_interim};
use super::fault::Fault;
use super::pools::{Place, Pools};
use super::proxy::Proxy;
use super::roots::Roots;
use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::{CaptureConnection, capture_connection};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use std::path::PathBuf;
use std::time::Duration;

/// How long an idle connection is kept: less than the 60 seconds after which
/// load balancers commonly close theirs.
const POOL_IDLE: Duration = Duration::from_secs(50);

/// Why a client could not be created.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClientError {
    /// A certificate file cannot be read.
    #[error("no certificates could be read from {path}: {reason}", path = path.display())]
    CaFile {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// `SSL_CERT_FILE` or `SSL_CERT_DIR` is set, but contains no usable certificate. No
    /// other authority is trusted instead.
    #[error("{variable} names no certificates that can be trusted: {reason}")]
    CaVariable {
        /// The variable.
        variable: &'static str,
        /// What is wrong with its value, or with the files that it names.
        reason: String,
    },
}

/// A client with its own connections.
type Pool = Client<Connector, Full<Bytes>>;

/// Sends requests over pooled connections: HTTP/2 if the server negotiates it over TLS,
/// otherwise HTTP/1.1. It neither follows redirects nor decodes bodies.
pub(crate) struct HttpClient {
    pools: Pools<Pool>,
    connector: Connector,
    max_headers: usize,
}

impl HttpClient {
    pub(crate) fn new(roots: Roots, proxy: Option<Proxy>, limits: &Limits) -> Self {
        let connector = Connector::new(roots, proxy, limits.connect);
        let client = |pool_size| {
            Client::builder(TokioExecutor::new())
                .pool_timer(TokioTimer::new())
                .pool_idle_timeout(POOL_IDLE)
                .pool_max_idle_per_host(pool_size)
                .http2_max_header_list_size(u32::try_from(limits.headers).unwrap_or(u32::MAX))
                .build(connector.clone())
        };
        Self {
            pools: Pools::new(client),
            connector,
            max_headers: limits.headers,
        }
    }

    /// Sends a request and waits up to `timeout` for the response headers.
    ///
    /// A server may close an idle connection just when a request is written to it. The
    /// server is then fine, so the request is sent once more on a new connection. Both
    /// operations only read, so sending a request twice does no harm.
    pub(super) async fn request(
        &self,
        request: http::Request<Bytes>,
        timeout: Duration,
    ) -> Result<http::Response<(Incoming, Place)>, Fault> {
        let again = request.clone();
        let (pool, place) = self.pools.choose();
        let response = async {
            match send(pool, request).await {
                Err(SendError::Stale) => Box::pin(send(&self.pools.none, again)).await,
                result => result,
            }
        };
        let response = match tokio::time::timeout(timeout, response).await {
            Ok(Ok(response)) => response,
            Ok(Err(SendError::Stale)) => return Err(Fault::Cut),
            Ok(Err(SendError::Failed(fault))) => return Err(fault),
            Err(_) => return Err(Fault::ResponseTimeout(timeout)),
        };
        let sizes = response.headers().iter();
        let size: usize = sizes
            .map(|(name, value)| name.as_str().len() + value.len())
            .sum();
        if size > self.max_headers {
            return Err(Fault::HeadersTooLarge);
        }
        Ok(response.map(|body| (body, place)))
    }

    pub(super) fn connector(&self) -> &Connector {
        &self.connector
    }
}

async fn send(
    pool: &Pool,
    request: http::Request<Bytes>,
) -> Result<http::Response<Incoming>, SendError> {
    let mut request = request.map(Full::new);
    let mut guard = ConnectionGuard {
        connection: capture_connection(&mut request),
        is_healthy: false,
    };
    limit_interim(&mut request, guard.connection.clone());
    match pool.request(request).await {
        Ok(response) => {
            guard.is_healthy = true;
            if let Some(state) = response.extensions().get::<ConnectionState>() {
                state.set_responded();
            }
            Ok(response)
        }
        Err(error) => {
            let state = error.connect_info().and_then(ConnectionState::of);
            match Fault::of(&error) {
                Fault::Cut if state.is_some_and(|state| state.has_responded()) => {
                    Err(SendError::Stale)
                }
                fault => Err(SendError::Failed(fault)),
            }
        }
    }
}

/// Why a request has no response.
enum SendError {
    /// The server had closed a connection on which it had responded before.
    Stale,
    Failed(Fault),
}

/// Removes the connection of a request from the pool unless a response arrives in time:
/// an HTTP/2 connection may be dead without being closed.
struct ConnectionGuard {
    connection: CaptureConnection,
    is_healthy: bool,
}

impl Drop for ConnectionGuard {
    fn drop(&mut self) {
        if let (false, Some(connected)) = (self.is_healthy, &*self.connection.connection_metadata())
        {
            connected.poison();
        }
    }
}
