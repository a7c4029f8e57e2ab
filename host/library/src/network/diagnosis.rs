//! The way to an origin, looked at step by step.

use super::HttpClient;
use super::fault::Fault;
use super::proxy;
use super::resolve::{Resolver, Whose};
use super::roots::Authorities;
use crate::network::policy::Origin;
use crate::network::trace;
use bytes::Bytes;
use http::Uri;
use http::uri::Scheme;
use hyper_rustls::MaybeHttpsStream;
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, SystemTime};
use tower_service::Service;

/// What there is on the way to an origin, or why the way ends.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Probe {
    /// The proxy that requests go through, without its credentials.
    pub proxy: Option<String>,
    /// The addresses of the origin's host, or those of the proxy where there is
    /// one; or why there are none that may be dialled.
    pub addresses: Result<Vec<IpAddr>, String>,
    /// How the server was spoken to, or why it was not; not tried without an
    /// address.
    pub connection: Option<Result<Connection, ConnectionFailure>>,
    /// The authorities that certificates may come from; of no use to plain
    /// `http`.
    pub authorities: Option<Authorities>,
}

/// Why the server was not spoken to.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{message}")]
#[non_exhaustive]
pub struct ConnectionFailure {
    /// What happened.
    pub message: String,
    /// Whether it is TLS that failed, such as a certificate: then it is not about the
    /// network, and the message says what to do.
    pub is_of_tls: bool,
}

/// A connection that a request was answered on.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Connection {
    /// The version of TLS, such as `1.3`; none with plain `http`.
    pub tls: Option<String>,
    /// The version of HTTP, such as `2`.
    pub http: &'static str,
    /// The time that the server's answer carries.
    pub server_time: Option<SystemTime>,
}

impl Probe {
    pub(crate) async fn of(client: &HttpClient, origin: &Origin, patience: Duration) -> Self {
        let connector = client.connector();
        // An origin is always the beginning of a URL.
        let target: Uri = origin.to_string().parse().unwrap_or_default();
        let proxy = connector.proxy_for(&target);
        let addresses = match &proxy {
            Some(proxy) => {
                let host = proxy.uri().host().unwrap_or_default();
                addresses(connector.resolver(Whose::Proxy), host, patience).await
            }
            None => addresses(connector.resolver(Whose::Server), origin.host(), patience).await,
        };
        let connection = match &addresses {
            Ok(_) => Some(connect(client, target, patience).await),
            Err(_) => None,
        };
        Self {
            proxy: proxy.as_ref().map(proxy::name),
            addresses: addresses.map_err(|fault| fault.to_string()),
            connection: connection.map(|tried| {
                tried.map_err(|fault| ConnectionFailure {
                    message: fault.to_string(),
                    is_of_tls: fault.is_of_tls(),
                })
            }),
            authorities: if origin.is_tls() {
                connector.authorities()
            } else {
                None
            },
        }
    }
}

async fn addresses(
    resolver: Resolver,
    host: &str,
    patience: Duration,
) -> Result<Vec<IpAddr>, Fault> {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    if let Ok(address) = bare.parse() {
        return Ok(vec![address]);
    }
    match tokio::time::timeout(patience, resolver.resolve(host)).await {
        Ok(Ok(addresses)) => Ok(addresses.iter().map(SocketAddr::ip).collect()),
        Ok(Err(fault)) => Err(Fault::of_connecting(&fault)),
        Err(_) => Err(Fault::Dns(format!("no answer within {patience:?}"))),
    }
}

async fn connect(
    client: &HttpClient,
    target: Uri,
    patience: Duration,
) -> Result<Connection, Fault> {
    let tls = match target.scheme() {
        Some(scheme) if *scheme == Scheme::HTTPS => tls_version(client, target.clone()).await?,
        _ => None,
    };
    let mut request = http::Request::new(Bytes::new());
    *request.uri_mut() = target;
    let response = client.request(request, patience).await?;
    let date = response.headers().get(http::header::DATE);
    let server_time = date.and_then(|date| httpdate::parse_http_date(date.to_str().ok()?).ok());
    Ok(Connection {
        tls,
        http: trace::version(response.version()).unwrap_or("?"),
        server_time,
    })
}

/// Of a connection of its own, since those of the pool do not tell.
async fn tls_version(client: &HttpClient, target: Uri) -> Result<Option<String>, Fault> {
    let connected = client.connector().clone().call(target).await;
    let version = match connected
        .map_err(|error| Fault::of_connecting(&*error))?
        .stream
    {
        MaybeHttpsStream::Https(stream) => stream.inner().get_ref().1.protocol_version(),
        MaybeHttpsStream::Http(_) => None,
    };
    let name = version.and_then(|version| version.as_str());
    Ok(name.map(|name| name.replace("TLSv", "").replace('_', ".")))
}
