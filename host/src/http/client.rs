//! One pooled client for all calls of a plugin. Connections are kept apart by
//! origin, and carry nothing of a credential.

use super::connect::Connector;
use super::proxy::Proxy;
use super::roots::Roots;
use hyper::body::Incoming;
use hyper_util::client::legacy::{self, Client};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use std::path::PathBuf;
use std::time::Duration;
use wasmtime_wasi_http::WasiBody;

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
}

/// Sends requests over pooled connections: HTTP/2 where the server offers it
/// over TLS, else HTTP/1.1. It follows no redirect and decodes nothing.
#[derive(Clone)]
pub(crate) struct HttpClient {
    pool: Client<Connector, WasiBody>,
    connector: Connector,
}

impl HttpClient {
    /// `connect` bounds resolving, connecting and the TLS handshake together.
    pub(crate) fn new(roots: Roots, proxy: Option<Proxy>, connect: Duration) -> Self {
        let connector = Connector::new(roots, proxy, connect);
        let pool = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(POOL_IDLE)
            .pool_max_idle_per_host(POOL_SIZE)
            .build(connector.clone());
        Self { pool, connector }
    }

    pub(super) async fn request(
        &self,
        request: http::Request<WasiBody>,
    ) -> Result<http::Response<Incoming>, legacy::Error> {
        self.pool.request(request).await
    }

    pub(super) fn connector(&self) -> &Connector {
        &self.connector
    }
}
