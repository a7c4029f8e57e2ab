//! The requests of one call: each is checked, and sent or captured for a dry run.

use super::body::{BoundedBody, collect, discard};
use super::dry_run::Capture;
use super::fault::{Fault, LastFault, NetworkFailure};
use super::policy::{self, Origin};
use super::trace::Exchange;
use super::{HttpClient, InFlight, Limits, Pending, Seal, message_length, retry_after};
use bytes::Bytes;
use http::HeaderName;
use http::header::{AUTHORIZATION, CONTENT_LENGTH};
use http_body_util::BodyExt;
use std::sync::Arc;
use std::time::SystemTime;
use wasmtime_wasi_http::p2::bindings::http::types::ErrorCode;
use wasmtime_wasi_http::{
    DEFAULT_FORBIDDEN_HEADERS, Error, RequestOptions, WasiBody, WasiHttpHooks,
};

/// The part of an exchange after the response headers.
type Trailers = Box<dyn Future<Output = Result<(), Error>> + Send>;

/// The chunk size of request bodies. A search for thousands of IDs has many chunks.
const BODY_CHUNK: usize = 64 << 10;

/// The response for the component, or an error code.
pub(crate) type Response = Result<http::Response<WasiBody>, ErrorCode>;

/// Checks and sends the requests of one call.
pub(crate) struct Outgoing {
    sender: Sender,
    in_flight: InFlight,
    requests_left: u32,
    /// Captures requests in a dry run.
    capture: Option<Capture>,
}

/// Sends a request.
#[derive(Clone)]
struct Sender {
    origin: Origin,
    client: Arc<HttpClient>,
    limits: Limits,
    last_fault: LastFault,
    exchange: Exchange,
    /// The credential, if it is kept from the component.
    seal: Option<Seal>,
}

impl Outgoing {
    pub(crate) fn new(
        origin: Origin,
        client: Arc<HttpClient>,
        limits: &Limits,
        exchange: Exchange,
        in_flight: InFlight,
    ) -> Self {
        Self {
            sender: Sender {
                origin,
                client,
                limits: *limits,
                last_fault: LastFault::default(),
                exchange,
                seal: None,
            },
            in_flight,
            requests_left: limits.requests,
            capture: None,
        }
    }

    /// Lets the host authorize requests with a sealed credential.
    pub(crate) fn sealed(mut self, seal: Option<Seal>) -> Self {
        self.sender.seal = seal;
        self
    }

    /// Returns the host's description of the last fault of this call, if any.
    pub(crate) fn fault(&self) -> Option<NetworkFailure> {
        let mut failure = self.sender.last_fault.failure()?;
        failure.message = format!("{}: {}", self.sender.origin, failure.message);
        Some(failure)
    }

    /// Captures requests instead of sending them.
    pub(crate) fn captured_by(mut self, capture: Capture) -> Self {
        self.capture = Some(capture);
        self
    }

    /// Sends a request if it is permitted. It runs when the call waits.
    pub(crate) fn begin(&mut self, request: http::Request<WasiBody>) -> Pending {
        let response = self.send(request);
        self.in_flight.begin(response)
    }

    /// Returns the code of the last fault of this call, if any.
    pub(crate) fn error_code(&self) -> Option<ErrorCode> {
        self.sender.last_fault.code()
    }

    /// Sends a request if it is permitted.
    fn send(
        &mut self,
        mut request: http::Request<WasiBody>,
    ) -> impl Future<Output = Response> + Send + use<> {
        let checked = self.check(&request);
        // Keeps the value out of debug output and of HTTP/2's header tables.
        for (name, value) in request.headers_mut() {
            if *name == AUTHORIZATION {
                value.set_sensitive(true);
            }
        }
        policy::keep_allowed(request.headers_mut());
        let (sender, capture) = (self.sender.clone(), self.capture.clone());
        if let (Ok(()), Some(seal)) = (&checked, &sender.seal) {
            seal.authorize(request.headers_mut());
        }
        async move {
            let last_fault = sender.last_fault.clone();
            let result = match (checked, capture) {
                (Ok(()), None) => sender.response(request).await,
                // Rare branches are boxed: the future of each call is as large as its
                // largest branch.
                (Ok(()), Some(capture)) => {
                    let request = Box::pin(with_full_body(request, sender.limits)).await;
                    request.and_then(|request| {
                        capture.keep(&request);
                        Err(Fault::DryRun)
                    })
                }
                (Err(denied), _) => {
                    // If the body were dropped unread, the guest would see a write error
                    // instead of the denial.
                    Box::pin(discard(request.into_body(), sender.limits)).await;
                    Err(denied)
                }
            };
            result.map_err(|fault| last_fault.report(fault))
        }
    }

    fn check(&mut self, request: &http::Request<WasiBody>) -> Result<(), Fault> {
        policy::check_request(&self.sender.origin, request).map_err(Fault::Denied)?;
        self.requests_left = self.requests_left.checked_sub(1).ok_or(Fault::OneRequest)?;
        Ok(())
    }
}

impl Sender {
    async fn response(
        self,
        request: http::Request<WasiBody>,
    ) -> Result<http::Response<WasiBody>, Fault> {
        let mut request = with_full_body(request, self.limits).await?;
        // The client sets it from the body that it sends.
        request.headers_mut().remove(CONTENT_LENGTH);
        self.exchange
            .sent(&self.origin, request.method(), self.seal.is_some());
        let mut response = self.client.request(request, self.limits.response).await?;
        self.exchange.responded(&response);
        retry_after::in_seconds(response.headers_mut(), SystemTime::now());
        let length = message_length::body_length(response.headers())?;
        let response = response.map(|body| {
            BoundedBody::new(body, length, self.limits, self.last_fault, self.exchange)
        });
        match self.seal {
            None => Ok(response.map(BodyExt::boxed_unsync)),
            Some(seal) => Box::pin(seal.open(response)).await,
        }
    }
}

impl WasiHttpHooks for Outgoing {
    /// The client adds `Host` itself if the protocol version requires it, from the URI
    /// that it dials.
    fn set_host_header(&mut self) -> bool {
        false
    }

    /// With a sealed credential the component may not authorize requests itself. The
    /// header is also removed from responses.
    fn is_forbidden_header(&mut self, name: &HeaderName) -> bool {
        DEFAULT_FORBIDDEN_HEADERS.contains(name)
            || (self.sender.seal.is_some() && *name == AUTHORIZATION)
    }

    /// How much of each body the host buffers.
    fn p2_outgoing_body_chunk_size(&mut self) -> usize {
        BODY_CHUNK
    }

    /// Not called: the functions that the sandbox links do not use it.
    fn send_request(
        &mut self,
        _request: http::Request<WasiBody>,
        _options: Option<RequestOptions>,
        _result: Box<dyn Future<Output = Result<(), Error>> + Send>,
    ) -> Box<dyn Future<Output = Result<(http::Response<WasiBody>, Trailers), Error>> + Send> {
        Box::new(async { Err(Error::HttpRequestDenied) })
    }
}

/// Reads the full body of a request, so that it can be sent again, and checks whether the
/// request may have one.
async fn with_full_body(
    request: http::Request<WasiBody>,
    limits: Limits,
) -> Result<http::Request<Bytes>, Fault> {
    let (parts, body) = request.into_parts();
    let body = collect(body, limits).await?;
    let request = http::Request::from_parts(parts, body);
    policy::check_body(&request).map_err(Fault::Denied)?;
    Ok(request)
}

#[cfg(test)]
mod tests;
