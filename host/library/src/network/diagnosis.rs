//! Diagnoses the connection to an origin step by step.

use super::HttpClient;
use super::fault::{Fault, NetworkFailure};
use super::proxy;
use super::resolve::{Peer, Resolver};
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

/// The steps of connecting to an origin, with their results.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Probe {
    /// The proxy that requests go through, without its credentials.
    pub proxy: Option<String>,
    /// The addresses of the origin's host, or of the proxy if there is one; or why there
    /// are none that may be dialled.
    pub addresses: Result<Vec<IpAddr>, String>,
    /// The connection on which the server responded, or why there was no response; `None`
    /// if there was no address to try.
    pub connection: Option<Result<Connection, NetworkFailure>>,
    /// The trusted certificate authorities; `None` for plain `http`.
    pub authorities: Option<Authorities>,
}

/// A connection on which the server responded.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Connection {
    /// The TLS version, such as `1.3`; `None` for plain `http`.
    pub tls: Option<String>,
    /// The HTTP version, such as `2`.
    pub http: &'static str,
    /// The time in the `Date` header of the response.
    pub server_time: Option<SystemTime>,
}

impl Probe {
    pub(crate) async fn of(client: &HttpClient, origin: &Origin, timeout: Duration) -> Self {
        let connector = client.connector();
        // An origin is always a valid URI.
        let target: Uri = origin.to_string().parse().unwrap_or_default();
        let proxy = connector.proxy_for(&target);
        let addresses = match &proxy {
            Some(proxy) => {
                let host = proxy.uri().host().unwrap_or_default();
                addresses(connector.resolver(Peer::Proxy), host, timeout).await
            }
            None => addresses(connector.resolver(Peer::Server), origin.host(), timeout).await,
        };
        let connection = match &addresses {
            Ok(_) => Some(connect(client, target, timeout).await),
            Err(_) => None,
        };
        Self {
            proxy: proxy.as_ref().map(proxy::name),
            addresses: addresses.map_err(|fault| fault.to_string()),
            connection: connection.map(|result| result.map_err(|fault| NetworkFailure::of(&fault))),
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
    timeout: Duration,
) -> Result<Vec<IpAddr>, Fault> {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    if let Ok(address) = bare.parse() {
        return Ok(vec![address]);
    }
    match tokio::time::timeout(timeout, resolver.resolve(host)).await {
        Ok(Ok(addresses)) => Ok(addresses.iter().map(SocketAddr::ip).collect()),
        Ok(Err(fault)) => Err(Fault::of_connecting(&fault)),
        Err(_) => Err(Fault::Dns(format!("no response within {timeout:?}"))),
    }
}

async fn connect(client: &HttpClient, target: Uri, timeout: Duration) -> Result<Connection, Fault> {
    let tls = match target.scheme() {
        Some(scheme) if *scheme == Scheme::HTTPS => tls_version(client, target.clone()).await?,
        _ => None,
    };
    let mut request = http::Request::new(Bytes::new());
    *request.uri_mut() = target;
    let response = client.request(request, timeout).await?;
    let date = response.headers().get(http::header::DATE);
    let server_time = date.and_then(|date| httpdate::parse_http_date(date.to_str().ok()?).ok());
    Ok(Connection {
        tls,
        http: trace::version(response.version()).unwrap_or("?"),
        server_time,
    })
}

/// Determines the TLS version with a separate connection, since pooled connections do not
/// expose it.
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
