//! Opens connections: name resolution, dialling, a proxy's tunnel and the TLS handshake,
//! all within one timeout.

use super::BoxError;
use super::connection::TrackedConnection;
use super::proxy::{self, Intercept, Proxy};
use super::resolve::{Lookup, Peer, Resolver};
use super::roots::{Authorities, NoTrust, Roots};
use super::tunnel::{self, TunnelError};
use super::verify::Verifier;
use crate::network::trace;
use http::Uri;
use http::uri::Scheme;
use hyper_rustls::{HttpsConnectorBuilder, MaybeHttpsStream};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};
use tokio::net::TcpStream;
use tower_service::Service;

type BoxFuture<T, E> = Pin<Box<dyn Future<Output = Result<T, E>> + Send>>;

/// The transport to the server: TCP, or TLS to an `https` proxy.
type Transport = MaybeHttpsStream<TokioIo<TcpStream>>;

/// Why a connection could not be opened, apart from I/O errors and
/// [`ResolveError`](super::resolve::ResolveError).
#[derive(Debug, thiserror::Error)]
pub(super) enum ConnectError {
    #[error("no connection within {0:?}")]
    Timeout(Duration),
    #[error(transparent)]
    Trust(#[from] NoTrust),
    #[error("the proxy {proxy}: {error}")]
    Proxy {
        /// Without its credentials.
        proxy: String,
        error: TunnelError,
    },
}

/// Connects within a timeout that includes the TLS handshake.
#[derive(Clone)]
pub(super) struct Connector {
    route: Route,
    timeout: Duration,
}

impl Connector {
    pub(super) fn new(roots: Roots, proxy: Option<Proxy>, timeout: Duration) -> Self {
        Self {
            route: Route {
                tls: Arc::new(Tls {
                    roots,
                    config: OnceLock::new(),
                }),
                proxy: proxy.map(Arc::new),
                lookup: Lookup::of_system(),
            },
            timeout,
        }
    }

    #[cfg(test)]
    fn with_lookup(mut self, lookup: Lookup) -> Self {
        self.route.lookup = lookup;
        self
    }

    /// Returns a resolver for names of `peer`.
    pub(super) fn resolver(&self, peer: Peer) -> Resolver {
        self.route.resolver(peer)
    }

    /// Returns the trusted authorities, unless the system's trust store is damaged.
    pub(super) fn authorities(&self) -> Option<Authorities> {
        let (_, authorities) = self.route.tls.config().ok()?;
        Some(authorities)
    }

    /// Returns the proxy for `target`.
    pub(super) fn proxy_for(&self, target: &Uri) -> Option<Intercept> {
        self.route.proxy_for(target)
    }
}

impl Service<Uri> for Connector {
    type Response = TrackedConnection<MaybeHttpsStream<Transport>>;
    type Error = BoxError;
    type Future = BoxFuture<Self::Response, Self::Error>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let Self { mut route, timeout } = self.clone();
        Box::pin(async move {
            let started = Instant::now();
            let target = uri.clone();
            let proxy = route.proxy_for(&uri);
            let connect = async {
                if uri.scheme() == Some(&Scheme::HTTPS) {
                    let mut tls = HttpsConnectorBuilder::new()
                        .with_tls_config(route.tls.config()?.0)
                        .https_only()
                        .enable_all_versions()
                        .wrap_connector(route);
                    tls.call(uri).await
                } else {
                    Ok(MaybeHttpsStream::Http(route.call(uri).await?))
                }
            };
            let connected = match tokio::time::timeout(timeout, connect).await {
                Ok(connected) => connected?,
                Err(_) => return Err(ConnectError::Timeout(timeout).into()),
            };
            let proxy = proxy.as_ref().map(proxy::name);
            trace::connected(&target, proxy.as_deref(), started.elapsed());
            Ok(TrackedConnection::new(connected))
        })
    }
}

/// The TLS configuration, created at the first `https` request: reading the system's
/// certificates takes longer than a complete call over plain loopback.
struct Tls {
    roots: Roots,
    config: OnceLock<Result<(ClientConfig, Authorities), NoTrust>>,
}

impl Tls {
    fn config(&self) -> Result<(ClientConfig, Authorities), NoTrust> {
        self.config.get_or_init(|| self.create()).clone()
    }

    fn create(&self) -> Result<(ClientConfig, Authorities), NoTrust> {
        let (store, authorities) = self.roots.store()?;
        let config = ClientConfig::builder();
        let verifier = Verifier::new(store, authorities.extra > 0, config.crypto_provider())
            .map_err(|error| NoTrust::Settings(error.to_string()))?;
        let config = config
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier))
            .with_no_client_auth();
        Ok((config, authorities))
    }
}

/// The route to a server: directly, or through a proxy's tunnel.
#[derive(Clone)]
struct Route {
    tls: Arc<Tls>,
    proxy: Option<Arc<Proxy>>,
    lookup: Lookup,
}

impl Route {
    fn resolver(&self, peer: Peer) -> Resolver {
        Resolver::new(peer, self.lookup.clone())
    }

    fn proxy_for(&self, target: &Uri) -> Option<Intercept> {
        self.proxy.as_ref()?.intercept(target).cloned()
    }

    async fn through(&self, intercept: &Intercept, target: &Uri) -> Result<Transport, BoxError> {
        // The tunnel is requested with HTTP/1.1.
        let mut to_proxy = HttpsConnectorBuilder::new()
            .with_tls_config(self.tls.config()?.0)
            .https_or_http()
            .enable_http1()
            .wrap_connector(tcp(self.resolver(Peer::Proxy)));
        let tunnel = async {
            let connected = to_proxy.call(intercept.uri().clone()).await;
            let mut transport = connected.map_err(TunnelError::Unreached)?;
            tunnel::open(&mut transport, target, intercept.basic_auth()).await?;
            Ok(transport)
        };
        tunnel.await.map_err(|error| {
            ConnectError::Proxy {
                proxy: proxy::name(intercept),
                error,
            }
            .into()
        })
    }
}

fn tcp(resolver: Resolver) -> HttpConnector<Resolver> {
    let mut tcp = HttpConnector::new_with_resolver(resolver);
    tcp.enforce_http(false);
    tcp.set_nodelay(true);
    tcp
}

impl Service<Uri> for Route {
    type Response = Transport;
    type Error = BoxError;
    type Future = BoxFuture<Self::Response, Self::Error>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let route = self.clone();
        Box::pin(async move {
            match route.proxy_for(&uri) {
                Some(intercept) => route.through(&intercept, &uri).await,
                None => Ok(MaybeHttpsStream::Http(
                    tcp(route.resolver(Peer::Server)).call(uri).await?,
                )),
            }
        })
    }
}

#[cfg(test)]
mod tests;
