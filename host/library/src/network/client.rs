//! One pooled client for all calls of a plugin. Connections are kept apart by
//! origin, and carry nothing of a credential.

use super::Limits;
use super::connect::Connector;
use super::connection::{Known, bound_interim};
use super::fault::Fault;
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
use tokio::time::timeout;

/// How long an idle connection is kept: less than the 60 seconds after which
/// load balancers commonly close theirs.
const POOL_IDLE: Duration = Duration::from_secs(50);

/// How many idle connections are kept for an origin.
const POOL_SIZE: usize = 128;

/// Why a client could not be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClientError {
    /// A file of certificates cannot be read.
    #[error("no certificates could be read from {path}: {reason}", path = path.display())]
    CaFile {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// `SSL_CERT_FILE` or `SSL_CERT_DIR` is set, and names no certificate that can be
    /// used. Nobody else is trusted instead.
    #[error("{variable} names no certificates that can be trusted: {reason}")]
    CaVariable {
        /// Its name.
        variable: &'static str,
        /// What is wrong with what it names.
        reason: String,
    },
}

/// Sends requests over pooled connections: HTTP/2 where the server offers it
/// over TLS, else HTTP/1.1. It follows no redirect and decodes nothing.
pub(crate) struct HttpClient {
    pool: Client<Connector, Full<Bytes>>,
    /// Keeps no connection: each request has a new one.
    fresh: Client<Connector, Full<Bytes>>,
    connector: Connector,
    head: usize,
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
            pool: client(POOL_SIZE),
            fresh: client(0),
            connector,
            head: limits.headers,
        }
    }

    /// Sends a request and waits for so long for the head of its answer.
    ///
    /// A server may close an idle connection just when a request is written to
    /// it. That says nothing about the server, so the request is sent again, once
    /// and on a new connection: both operations only read, so twice is as good as
    /// once.
    pub(super) async fn request(
        &self,
        request: http::Request<Bytes>,
        patience: Duration,
    ) -> Result<http::Response<Incoming>, Fault> {
        let again = request.clone();
        let answer = async {
            match self.send(&self.pool, request).await {
                Err(Sent::Stale) => Box::pin(self.send(&self.fresh, again)).await,
                answer => answer,
            }
        };
        let response = match timeout(patience, answer).await {
            Ok(Ok(response)) => response,
            Ok(Err(Sent::Stale)) => return Err(Fault::Cut),
            Ok(Err(Sent::Failed(fault))) => return Err(fault),
            Err(_) => return Err(Fault::ResponseTimeout(patience)),
        };
        let sizes = response.headers().iter();
        let size: usize = sizes
            .map(|(name, value)| name.as_str().len() + value.len())
            .sum();
        if size > self.head {
            return Err(Fault::HeadersTooLarge);
        }
        Ok(response)
    }

    async fn send(
        &self,
        client: &Client<Connector, Full<Bytes>>,
        request: http::Request<Bytes>,
    ) -> Result<http::Response<Incoming>, Sent> {
        let mut request = request.map(Full::new);
        let mut used = Used {
            connection: capture_connection(&mut request),
            is_healthy: false,
        };
        bound_interim(&mut request, used.connection.clone());
        match client.request(request).await {
            Ok(response) => {
                used.is_healthy = true;
                if let Some(known) = response.extensions().get::<Known>() {
                    known.set_answered();
                }
                Ok(response)
            }
            Err(error) => {
                let known = error.connect_info().and_then(Known::of);
                match Fault::of(&error) {
                    Fault::Cut if known.is_some_and(|known| known.is_answered()) => {
                        Err(Sent::Stale)
                    }
                    fault => Err(Sent::Failed(fault)),
                }
            }
        }
    }

    pub(super) fn connector(&self) -> &Connector {
        &self.connector
    }
}

/// Why a request has no answer.
enum Sent {
    /// The server had closed the connection, which was fine before.
    Stale,
    Failed(Fault),
}

/// The connection of a request. Unless an answer comes in time, no other request
/// is sent on it: one of HTTP/2 may be dead and not know it.
struct Used {
    connection: CaptureConnection,
    is_healthy: bool,
}

impl Drop for Used {
    fn drop(&mut self) {
        if let (false, Some(connected)) = (self.is_healthy, &*self.connection.connection_metadata())
        {
            connected.poison();
        }
    }
}
