//! One pooled client for all calls of a plugin. Connections are kept apart by
//! origin, and carry nothing of a credential.

use crate::egress::{Denial, check_addresses};
use http::Uri;
use hyper::body::Incoming;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder, MaybeHttpsStream};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::dns::Name;
use hyper_util::client::legacy::{self, Client};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use std::error::Error as StdError;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};
use std::time::Duration;
use std::vec;
use tokio::net::TcpStream;
use tower_service::Service;
use wasmtime_wasi_http::WasiBody;

type BoxError = Box<dyn StdError + Send + Sync>;
type BoxFuture<T, E> = Pin<Box<dyn Future<Output = Result<T, E>> + Send>>;

/// How long an idle connection is kept: less than the 60 seconds after which
/// load balancers commonly close theirs.
const POOL_IDLE: Duration = Duration::from_secs(50);

/// How many idle connections are kept for an origin.
const POOL_SIZE: usize = 128;

/// The authorities that a server's certificate may come from.
#[derive(Debug, Clone, Default)]
pub(crate) struct Roots {
    /// Accepted beside those of the system.
    pub(crate) extra: Vec<CertificateDer<'static>>,
}

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

impl Roots {
    /// Adds the certificates of a PEM file.
    pub(crate) fn add_pem_file(&mut self, path: PathBuf) -> Result<(), ClientError> {
        let read = || -> Result<Vec<_>, rustls::pki_types::pem::Error> {
            CertificateDer::pem_file_iter(&path)?.collect()
        };
        match read() {
            Ok(certificates) if !certificates.is_empty() => {
                self.extra.extend(certificates);
                Ok(())
            }
            Ok(_) => Err(ClientError::CaFile {
                path,
                reason: "there is no PEM certificate in it".to_owned(),
            }),
            Err(error) => Err(ClientError::CaFile {
                path,
                reason: error.to_string(),
            }),
        }
    }

    fn store(&self) -> RootCertStore {
        let mut store = RootCertStore::empty();
        // Certificates of the system that rustls cannot read are left out; a
        // container without any gets Mozilla's.
        let system = rustls_native_certs::load_native_certs();
        store.add_parsable_certificates(system.certs);
        if store.is_empty() {
            store.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
        }
        store.add_parsable_certificates(self.extra.iter().cloned());
        store
    }
}

/// Sends requests over pooled connections: HTTP/2 where the server offers it
/// over TLS, else HTTP/1.1. It follows no redirect and decodes nothing.
#[derive(Clone)]
pub(crate) struct HttpClient(Client<Connector, WasiBody>);

impl HttpClient {
    /// `connect` bounds resolving, connecting and the TLS handshake together.
    pub(crate) fn new(roots: Roots, connect: Duration) -> Self {
        let mut tcp = HttpConnector::new_with_resolver(Resolver);
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        let connector = Connector {
            tcp,
            tls: Arc::default(),
            roots: Arc::new(roots),
            timeout: connect,
        };
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(POOL_IDLE)
            .pool_max_idle_per_host(POOL_SIZE)
            .build(connector);
        Self(client)
    }

    pub(super) async fn request(
        &self,
        request: http::Request<WasiBody>,
    ) -> Result<http::Response<Incoming>, legacy::Error> {
        self.0.request(request).await
    }
}

/// What goes wrong before there is a connection and is not an I/O error.
#[derive(Debug, thiserror::Error)]
pub(super) enum ConnectFault {
    #[error("denied: {0}")]
    Denied(Denial),
    #[error("cannot be resolved: {0}")]
    Dns(String),
    #[error("no connection within {0:?}")]
    Timeout(Duration),
}

/// Resolves a name and lets only those addresses through that it may have. They
/// are the ones that are dialled: nothing resolves the name again.
#[derive(Clone)]
struct Resolver;

impl Service<Name> for Resolver {
    type Response = vec::IntoIter<SocketAddr>;
    type Error = ConnectFault;
    type Future = BoxFuture<Self::Response, Self::Error>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Self::Future {
        Box::pin(async move {
            let resolved = tokio::net::lookup_host((name.as_str(), 0)).await;
            let addresses: Vec<_> = resolved
                .map_err(|error| ConnectFault::Dns(error.to_string()))?
                .collect();
            check_addresses(name.as_str(), &addresses).map_err(ConnectFault::Denied)?;
            Ok(addresses.into_iter())
        })
    }
}

/// Connects within a bound, TLS handshake included.
#[derive(Clone)]
struct Connector {
    tcp: HttpConnector<Resolver>,
    /// Made at the first `https` request: reading the system's certificates
    /// takes longer than a whole call over plain loopback.
    tls: Arc<OnceLock<HttpsConnector<HttpConnector<Resolver>>>>,
    roots: Arc<Roots>,
    timeout: Duration,
}

impl Connector {
    fn tls(&self) -> HttpsConnector<HttpConnector<Resolver>> {
        let make = || {
            let config = ClientConfig::builder()
                .with_root_certificates(self.roots.store())
                .with_no_client_auth();
            HttpsConnectorBuilder::new()
                .with_tls_config(config)
                .https_only()
                .enable_all_versions()
                .wrap_connector(self.tcp.clone())
        };
        self.tls.get_or_init(make).clone()
    }
}

impl Service<Uri> for Connector {
    type Response = MaybeHttpsStream<TokioIo<TcpStream>>;
    type Error = BoxError;
    type Future = BoxFuture<Self::Response, Self::Error>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let mut connector = self.clone();
        let limit = self.timeout;
        Box::pin(async move {
            let connect = async {
                if uri.scheme() == Some(&http::uri::Scheme::HTTPS) {
                    connector.tls().call(uri).await
                } else {
                    let stream = connector.tcp.call(uri).await?;
                    Ok(MaybeHttpsStream::Http(stream))
                }
            };
            match tokio::time::timeout(limit, connect).await {
                Ok(connected) => connected,
                Err(_) => Err(ConnectFault::Timeout(limit).into()),
            }
        })
    }
}
