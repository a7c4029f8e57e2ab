//! Classifies the ways in which an exchange fails, by what hyper, rustls and the
//! operating system report, and maps each of them to an error code for the guest.

mod tls;

use super::connect::ConnectError;
use super::connection::TooManyInterim;
use super::limits::MinThroughput;
use super::resolve::ResolveError;
use super::roots::NoTrust;
use super::tunnel::TunnelError;
use crate::network::policy::Denial;
use h2::Reason;
use http::StatusCode;
use std::error::Error as StdError;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use wasmtime_wasi_http::p2::bindings::http::types::{
    DnsErrorPayload, ErrorCode, TlsAlertReceivedPayload,
};

/// Why there was no complete response.
#[derive(Debug, thiserror::Error)]
pub(super) enum Fault {
    #[error("denied: {0}")]
    Denied(Denial),
    #[error("denied: a call may send only one request")]
    OneRequest,
    #[error("nothing was sent: this is a dry run")]
    DryRun,
    #[error(
        "the response contains the secret, so it was withheld from the component; is the base URL that of a Stytch API?"
    )]
    SecretRepeated,
    #[error("the server's name could not be resolved: {0}")]
    Dns(String),
    #[error("the connection was refused; is something listening there?")]
    Refused,
    #[error("the server cannot be reached from this network: {0}")]
    Unroutable(String),
    #[error("this machine has no local port left to connect from")]
    NoLocalPort,
    #[error("the connection could not be made: {0}")]
    Connect(String),
    #[error("no connection within {0:?} (name resolution, connecting and TLS handshake)")]
    ConnectTimeout(Duration),
    #[error("{0}")]
    Trust(NoTrust),
    #[error("the server's certificate was not accepted: {0}")]
    Certificate(String),
    /// With the alert's number.
    #[error("the server refused the TLS connection: {1}")]
    TlsAlert(u8, String),
    #[error("the TLS handshake failed: {0}")]
    Tls(String),
    #[error("no response within {0:?}")]
    ResponseTimeout(Duration),
    #[error("the response stalled for {0:?}")]
    IdleTimeout(Duration),
    #[error("the response was too slow: less than {} bytes in {:?}", .0.bytes, .0.window)]
    TooSlow(MinThroughput),
    #[error("the connection was cut")]
    Cut,
    #[error("the request is larger than {0} bytes")]
    RequestTooLarge(usize),
    #[error("the component did not finish its request body")]
    NoRequest,
    #[error("the response headers are too large")]
    HeadersTooLarge,
    #[error("the response is larger than {0} bytes")]
    TooLarge(usize),
    #[error(
        "the response has the transfer coding {0:?}, which was not requested; is there a proxy in front of the server, or is the base URL wrong?"
    )]
    TransferCoding(String),
    #[error("the server does not speak valid HTTP: {0}")]
    Protocol(String),
    #[error("the proxy {0} was not reached: {1}")]
    ProxyUnreached(String, Box<Fault>),
    #[error(
        "the proxy {0} requires other credentials (status 407); write them into its URL, as http://user:password@host:port"
    )]
    ProxyCredentials(String),
    #[error("the proxy {0} did not connect to the server (status {code}): {advice}", code = .1.as_u16(), advice = advice(*.1))]
    ProxyRefused(String, StatusCode),
    #[error("the proxy {0} does not respond like a proxy; is its URL right?")]
    NoProxy(String),
}

/// Explains a proxy's refusal to open a tunnel, and what to do about it.
fn advice(status: StatusCode) -> &'static str {
    match status.as_u16() {
        300..=399 => {
            "it redirects, as networks do that require a sign-in first; sign in with a browser, or check the proxy's URL"
        }
        403 | 451 => {
            "its rules do not allow this server; ask whoever runs the proxy to allow it, or name the server in NO_PROXY"
        }
        400 | 404 | 405 | 501 => {
            "it does not seem to support tunnels (CONNECT); is this the URL of a proxy?"
        }
        _ if is_transient(status) => "it cannot reach the server at the moment; try again later",
        _ => "ask whoever runs the proxy whether it allows this server",
    }
}

/// Returns whether the proxy may open the tunnel later.
fn is_transient(status: StatusCode) -> bool {
    matches!(status.as_u16(), 408 | 429 | 500 | 502 | 503 | 504)
}

impl Fault {
    /// Classifies an error of the client or of a body by the most specific error in
    /// its chain.
    pub(super) fn of(error: &(dyn StdError + 'static)) -> Self {
        if let Some(fault) = Self::of_chain(error) {
            return fault;
        }
        match error.downcast_ref::<hyper_util::client::legacy::Error>() {
            Some(client) if client.is_connect() => Self::Connect(root_text(error)),
            _ => Self::Protocol(root_text(error)),
        }
    }

    /// Classifies an error that occurred before there was a connection.
    pub(super) fn of_connecting(error: &(dyn StdError + 'static)) -> Self {
        Self::of_chain(error).unwrap_or_else(|| Self::Connect(root_text(error)))
    }

    fn of_chain(error: &(dyn StdError + 'static)) -> Option<Self> {
        let mut link = Some(error);
        while let Some(error) = link {
            if let Some(fault) = Self::of_link(error) {
                return Some(fault);
            }
            // An I/O error hides what it wraps from `source`.
            let wrapped = error
                .downcast_ref::<io::Error>()
                .and_then(io::Error::get_ref);
            link = match wrapped {
                Some(wrapped) => Some(wrapped),
                None => error.source(),
            };
        }
        None
    }

    fn of_link(error: &(dyn StdError + 'static)) -> Option<Self> {
        if let Some(error) = error.downcast_ref::<ResolveError>() {
            return Some(match error {
                ResolveError::Denied(denial) => Self::Denied(denial.clone()),
                ResolveError::Dns(text) => Self::Dns(text.clone()),
            });
        }
        if let Some(error) = error.downcast_ref::<ConnectError>() {
            return Some(match error {
                ConnectError::Timeout(after) => Self::ConnectTimeout(*after),
                ConnectError::Trust(error) => Self::Trust(error.clone()),
                ConnectError::Proxy { proxy, error } => Self::of_proxy(proxy.clone(), error),
            });
        }
        if error.is::<TooManyInterim>() {
            return Some(Self::Protocol(error.to_string()));
        }
        if let Some(error) = error.downcast_ref::<rustls::Error>() {
            return Some(tls::fault(error));
        }
        if let Some(error) = error.downcast_ref::<hyper::Error>() {
            if error.is_parse_too_large() {
                return Some(Self::HeadersTooLarge);
            }
            if error.is_parse() {
                return Some(Self::Protocol(root_text(error)));
            }
            if error.is_incomplete_message() || error.is_closed() || error.is_canceled() {
                return Some(Self::Cut);
            }
        }
        if let Some(error) = error.downcast_ref::<h2::Error>() {
            return Self::of_http2(error);
        }
        let error = error.downcast_ref::<io::Error>()?;
        match error.kind() {
            io::ErrorKind::ConnectionRefused => Some(Self::Refused),
            io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::BrokenPipe
            | io::ErrorKind::UnexpectedEof => Some(Self::Cut),
            io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => {
                Some(Self::Unroutable(error.to_string()))
            }
            io::ErrorKind::AddrNotAvailable => Some(Self::NoLocalPort),
            _ => None,
        }
    }

    /// HTTP/2 reports in its own frames what HTTP/1.1 reports by closing the connection.
    fn of_http2(error: &h2::Error) -> Option<Self> {
        if let Some(error) = error.get_io() {
            return Self::of_chain(error);
        }
        let reason = error.reason()?;
        let is_cut = error.is_remote()
            && matches!(
                reason,
                Reason::NO_ERROR
                    | Reason::INTERNAL_ERROR
                    | Reason::REFUSED_STREAM
                    | Reason::CANCEL
                    | Reason::ENHANCE_YOUR_CALM
            );
        is_cut.then_some(Self::Cut)
    }

    fn of_proxy(proxy: String, error: &TunnelError) -> Self {
        match error {
            TunnelError::Unreached(error) => {
                Self::ProxyUnreached(proxy, Box::new(Self::of_connecting(&**error)))
            }
            TunnelError::Refused(StatusCode::PROXY_AUTHENTICATION_REQUIRED) => {
                Self::ProxyCredentials(proxy)
            }
            TunnelError::Refused(status) => Self::ProxyRefused(proxy, *status),
            TunnelError::NotHttp => Self::NoProxy(proxy),
        }
    }

    fn is_of_tls(&self) -> bool {
        match self {
            Self::Certificate(_) | Self::TlsAlert(..) | Self::Tls(_) | Self::Trust(_) => true,
            Self::ProxyUnreached(_, fault) => fault.is_of_tls(),
            _ => false,
        }
    }

    /// Returns whether the proxy could not be reached, or did not open a tunnel.
    fn is_of_proxy(&self) -> bool {
        matches!(
            self,
            Self::ProxyUnreached(..)
                | Self::ProxyCredentials(_)
                | Self::ProxyRefused(..)
                | Self::NoProxy(_)
        )
    }

    /// The error code for the guest.
    fn code(&self) -> ErrorCode {
        match self {
            Self::Denied(_) | Self::OneRequest | Self::DryRun => ErrorCode::HttpRequestDenied,
            Self::Dns(_) => ErrorCode::DnsError(DnsErrorPayload {
                rcode: None,
                info_code: None,
            }),
            Self::Refused => ErrorCode::ConnectionRefused,
            Self::Unroutable(_) => ErrorCode::DestinationIpUnroutable,
            Self::NoLocalPort => ErrorCode::ConnectionLimitReached,
            Self::Connect(_) => ErrorCode::DestinationUnavailable,
            Self::ProxyRefused(_, status) if is_transient(*status) => {
                ErrorCode::DestinationUnavailable
            }
            Self::ConnectTimeout(_) => ErrorCode::ConnectionTimeout,
            Self::Certificate(_) => ErrorCode::TlsCertificateError,
            Self::TlsAlert(id, message) => ErrorCode::TlsAlertReceived(TlsAlertReceivedPayload {
                alert_id: Some(*id),
                alert_message: Some(message.clone()),
            }),
            Self::Tls(_) => ErrorCode::TlsProtocolError,
            Self::ResponseTimeout(_) => ErrorCode::HttpResponseTimeout,
            Self::IdleTimeout(_) | Self::TooSlow(_) => ErrorCode::ConnectionReadTimeout,
            Self::Cut => ErrorCode::ConnectionTerminated,
            Self::RequestTooLarge(limit) => {
                ErrorCode::HttpRequestBodySize(u64::try_from(*limit).ok())
            }
            Self::HeadersTooLarge => ErrorCode::HttpResponseHeaderSectionSize(None),
            Self::TooLarge(limit) => ErrorCode::HttpResponseBodySize(u64::try_from(*limit).ok()),
            Self::TransferCoding(coding) => {
                ErrorCode::HttpResponseTransferCoding(Some(coding.clone()))
            }
            Self::Protocol(_) | Self::NoRequest | Self::SecretRepeated => {
                ErrorCode::HttpProtocolError
            }
            Self::ProxyUnreached(_, fault) => fault.code(),
            // A retry would not help.
            Self::ProxyCredentials(_)
            | Self::ProxyRefused(..)
            | Self::NoProxy(_)
            | Self::Trust(_) => ErrorCode::ConfigurationError,
        }
    }
}

/// Why there was no complete response from a server.
#[derive(Debug, Clone, Default, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
#[non_exhaustive]
pub struct NetworkFailure {
    /// A description of the failure.
    pub message: String,
    /// Whether TLS failed, such as for a certificate that is not trusted. The network is
    /// then fine, and the message says what to do.
    pub is_of_tls: bool,
    /// Whether the proxy failed: it could not be reached, or it did not open a tunnel.
    pub is_of_proxy: bool,
}

impl NetworkFailure {
    pub(super) fn of(fault: &Fault) -> Self {
        Self {
            message: fault.to_string(),
            is_of_tls: fault.is_of_tls(),
            is_of_proxy: fault.is_of_proxy(),
        }
    }
}

/// The last fault of a call: its description for the host's own error, since the guest gets
/// only a code, and its code for [`http-error-code`](super::add_to_linker).
#[derive(Clone, Default)]
pub(super) struct LastFault(Arc<Mutex<Option<Fault>>>);

impl LastFault {
    /// Records `fault` and returns the error code for the guest.
    pub(super) fn report(&self, fault: Fault) -> ErrorCode {
        let code = fault.code();
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(fault);
        code
    }

    pub(super) fn failure(&self) -> Option<NetworkFailure> {
        let fault = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        fault.as_ref().map(NetworkFailure::of)
    }

    pub(super) fn code(&self) -> Option<ErrorCode> {
        let fault = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        fault.as_ref().map(Fault::code)
    }
}

/// Returns the message of the innermost error, which is the most specific one.
fn root_text(mut error: &(dyn StdError + 'static)) -> String {
    while let Some(source) = error.source() {
        error = source;
    }
    error.to_string()
}
