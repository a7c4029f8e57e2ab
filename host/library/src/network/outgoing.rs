//! What one call sends: each request is checked, and sent or kept for a dry run.

use super::body::{BoundedBody, collect, discard};
use super::dry_run::Capture;
use super::fault::{Fault, LastFault};
use super::policy::{self, Origin};
use super::trace::Exchange;
use super::{HttpClient, InFlight, Limits, Pending, Seal, framing, retry_after};
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

/// What goes on with a response after its headers.
type Trailers = Box<dyn Future<Output = Result<(), Error>> + Send>;

/// A search with thousands of IDs in it is sent in many of these.
const BODY_CHUNK: usize = 64 << 10;

/// What the component gets in the end, or the code of what went wrong.
pub(crate) type Response = Result<http::Response<WasiBody>, ErrorCode>;

/// What one call may send, and how.
pub(crate) struct Outgoing {
    sender: Sender,
    in_flight: InFlight,
    requests_left: u32,
    /// Where requests are kept in a dry run.
    capture: Option<Capture>,
}

/// The way of a request.
#[derive(Clone)]
struct Sender {
    origin: Origin,
    client: Arc<HttpClient>,
    limits: Limits,
    last_fault: LastFault,
    exchange: Exchange,
    /// The credential, where the component has none.
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

    /// Adds the credential that the component does not have.
    pub(crate) fn sealed(mut self, seal: Option<Seal>) -> Self {
        self.sender.seal = seal;
        self
    }

    /// The host's own words for the last failure of this call, if there was one.
    pub(crate) fn fault(&self) -> Option<String> {
        let text = self.sender.last_fault.text()?;
        Some(format!("{}: {text}", self.sender.origin))
    }

    /// Keeps requests instead of sending them.
    pub(crate) fn captured_by(mut self, capture: Capture) -> Self {
        self.capture = Some(capture);
        self
    }

    /// Sends a request, unless it may not go out; it runs once the call waits.
    pub(crate) fn begin(&mut self, request: http::Request<WasiBody>) -> Pending {
        let response = self.send(request);
        self.in_flight.begin(response)
    }

    /// The code of the last failure of this call, if there was one.
    pub(crate) fn error_code(&self) -> Option<ErrorCode> {
        self.sender.last_fault.code()
    }

    /// Sends a request, unless it may not go out.
    fn send(
        &mut self,
        mut request: http::Request<WasiBody>,
    ) -> impl Future<Output = Response> + Send + use<> {
        let checked = self.check(&request);
        // Left out of debug texts, and of the tables of HTTP/2.
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
            let answer = match (checked, capture) {
                (Ok(()), None) => sender.response(request).await,
                // What is rare has memory of its own: each call sets aside as much
                // as the largest of these takes.
                (Ok(()), Some(capture)) => {
                    let request = Box::pin(whole(request, sender.limits)).await;
                    request.and_then(|request| {
                        capture.keep(&request);
                        Err(Fault::DryRun)
                    })
                }
                (Err(denied), _) => {
                    // A guest whose body is closed under it learns of that
                    // instead of the denial.
                    Box::pin(discard(request.into_body(), sender.limits)).await;
                    Err(denied)
                }
            };
            answer.map_err(|fault| last_fault.report(fault))
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
        let mut request = whole(request, self.limits).await?;
        // The client writes that of the body which it sends.
        request.headers_mut().remove(CONTENT_LENGTH);
        self.exchange
            .sent(&self.origin, request.method(), self.seal.is_some());
        let mut response = self.client.request(request, self.limits.response).await?;
        self.exchange.answered(&response);
        retry_after::in_seconds(response.headers_mut(), SystemTime::now());
        let length = framing::length(response.headers())?;
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
    /// The client adds `Host` itself where the protocol has it, from the same
    /// URI that it dials.
    fn set_host_header(&mut self) -> bool {
        false
    }

    /// With a sealed credential the component may not authorize requests itself;
    /// the header is taken out of answers, too.
    fn is_forbidden_header(&mut self, name: &HeaderName) -> bool {
        DEFAULT_FORBIDDEN_HEADERS.contains(name)
            || (self.sender.seal.is_some() && *name == AUTHORIZATION)
    }

    /// What a guest may have waiting to be sent, in each body.
    fn p2_outgoing_body_chunk_size(&mut self) -> usize {
        BODY_CHUNK
    }

    /// Not called: what the sandbox links does without it.
    fn send_request(
        &mut self,
        _request: http::Request<WasiBody>,
        _options: Option<RequestOptions>,
        _result: Box<dyn Future<Output = Result<(), Error>> + Send>,
    ) -> Box<dyn Future<Output = Result<(http::Response<WasiBody>, Trailers), Error>> + Send> {
        Box::new(async { Err(Error::HttpRequestDenied) })
    }
}

/// The request with all of its body, so that it can be sent again, unless it may
/// not have one.
async fn whole(
    request: http::Request<WasiBody>,
    limits: Limits,
) -> Result<http::Request<Bytes>, Fault> {
    let (head, body) = request.into_parts();
    let body = collect(body, limits).await?;
    let request = http::Request::from_parts(head, body);
    policy::check_body(&request).map_err(Fault::Denied)?;
    Ok(request)
}

#[cfg(test)]
mod tests;
