//! The network behind `wasi:http`: a request is checked, sent by a pooled client
//! and answered within bounds. It replaces wasmtime's default sender, which
//! opens a connection for each request, bounds neither the TLS handshake nor
//! the body, and gives a guest one code for many faults.

mod body;
mod client;
mod connect;
mod dry_run;
mod fault;
mod framing;
mod heads;
mod link;
mod pace;
mod probe;
mod proxy;
mod resolve;
mod retry_after;
mod roots;
mod seal;
mod tracked;
mod tunnel;
mod under_way;
mod verify;

pub use client::ClientError;
pub(crate) use client::HttpClient;
pub(crate) use dry_run::Capture;
pub use dry_run::DryRun;
pub(crate) use link::add_to_linker;
pub(crate) use pace::SlowestPace;
pub use probe::{Connection, ConnectionFailure, Probe};
pub use proxy::{Proxy, ProxyError};
pub use roots::Authorities;
pub(crate) use roots::Roots;
pub(crate) use seal::Seal;
pub(crate) use under_way::UnderWay;

use crate::egress::{self, Origin};
use crate::limits::Limits;
use crate::trace::Exchange;
use body::{BoundedBody, collect, discard};
use bytes::Bytes;
use fault::{Fault, LastFault};
use http::HeaderName;
use http::header::{AUTHORIZATION, CONTENT_LENGTH};
use http_body_util::BodyExt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use wasmtime_wasi_http::p2::bindings::http::types::ErrorCode;
use wasmtime_wasi_http::{
    DEFAULT_FORBIDDEN_HEADERS, Error, RequestOptions, WasiBody, WasiHttpHooks,
};

type Response = (
    http::Response<WasiBody>,
    Box<dyn Future<Output = Result<(), Error>> + Send>,
);

/// A search with thousands of IDs in it is sent in many of these.
const BODY_CHUNK: usize = 64 << 10;

/// What the component gets in the end, or the code of what went wrong.
type Answer = Result<http::Response<WasiBody>, ErrorCode>;

/// What one call may send, and how.
pub(crate) struct Outgoing {
    sender: Sender,
    under_way: UnderWay,
    requests_left: u32,
    /// Where requests go instead of the network in a dry run.
    capture: Option<Capture>,
}

/// The way of a request.
#[derive(Clone)]
struct Sender {
    origin: Origin,
    client: Arc<HttpClient>,
    bounds: Bounds,
    last_fault: LastFault,
    exchange: Exchange,
    /// The credential, where the component has none.
    seal: Option<Seal>,
}

#[derive(Clone, Copy)]
struct Bounds {
    request_body: usize,
    response: Duration,
    idle: Duration,
    slowest: SlowestPace,
    body: usize,
}

impl Bounds {
    fn of(limits: &Limits) -> Self {
        Self {
            request_body: limits.request_body,
            response: limits.response,
            idle: limits.idle,
            slowest: limits.slowest,
            body: limits.body,
        }
    }
}

impl Outgoing {
    pub(crate) fn new(
        origin: Origin,
        client: Arc<HttpClient>,
        limits: &Limits,
        exchange: Exchange,
        under_way: UnderWay,
        capture: Option<Capture>,
    ) -> Self {
        Self {
            sender: Sender {
                origin,
                client,
                bounds: Bounds::of(limits),
                last_fault: LastFault::default(),
                exchange,
                seal: None,
            },
            under_way,
            requests_left: limits.requests,
            capture,
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

    /// The request that was not sent because this is a dry run.
    pub(crate) fn captured(&self) -> Option<DryRun> {
        self.capture.as_ref()?.take()
    }

    /// Sends a request, unless it may not go out.
    fn send(
        &mut self,
        mut request: http::Request<WasiBody>,
    ) -> impl Future<Output = Answer> + Send + use<> {
        let checked = self.check(&request);
        // Left out of debug texts, and of the tables of HTTP/2.
        for (name, value) in request.headers_mut() {
            if *name == AUTHORIZATION {
                value.set_sensitive(true);
            }
        }
        egress::keep_allowed(request.headers_mut());
        let (sender, capture) = (self.sender.clone(), self.capture.clone());
        if let (Ok(()), Some(seal)) = (&checked, &sender.seal) {
            seal.authorize(request.headers_mut());
        }
        async move {
            let last_fault = sender.last_fault.clone();
            let answer = match (checked, capture) {
                (Ok(()), None) => sender.answer(request).await,
                // What is rare has memory of its own: each call sets aside as much
                // as the largest of these takes.
                (Ok(()), Some(capture)) => {
                    let request = Box::pin(whole(request, sender.bounds)).await;
                    request.and_then(|request| {
                        capture.keep(&request);
                        Err(Fault::DryRun)
                    })
                }
                (Err(denied), _) => {
                    // A guest whose body is closed under it learns of that
                    // instead of the denial.
                    Box::pin(discard(request.into_body(), sender.bounds)).await;
                    Err(denied)
                }
            };
            answer.map_err(|fault| last_fault.report(fault))
        }
    }

    fn check(&mut self, request: &http::Request<WasiBody>) -> Result<(), Fault> {
        egress::check_request(&self.sender.origin, request).map_err(Fault::Denied)?;
        self.requests_left = self.requests_left.checked_sub(1).ok_or(Fault::OneRequest)?;
        Ok(())
    }
}

impl Sender {
    async fn answer(
        self,
        request: http::Request<WasiBody>,
    ) -> Result<http::Response<WasiBody>, Fault> {
        let mut request = whole(request, self.bounds).await?;
        // The client writes that of the body which it sends.
        request.headers_mut().remove(CONTENT_LENGTH);
        self.exchange
            .sent(&self.origin, request.method(), self.seal.is_some());
        let mut response = self.client.request(request, self.bounds.response).await?;
        self.exchange.answered(&response);
        retry_after::in_seconds(response.headers_mut(), SystemTime::now());
        let length = framing::length(response.headers())?;
        let response = response.map(|body| {
            BoundedBody::new(body, length, self.bounds, self.last_fault, self.exchange)
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

    /// Not called: [`link`] does without it.
    fn send_request(
        &mut self,
        _request: http::Request<WasiBody>,
        _options: Option<RequestOptions>,
        _result: Box<dyn Future<Output = Result<(), Error>> + Send>,
    ) -> Box<dyn Future<Output = Result<Response, Error>> + Send> {
        Box::new(async { Err(Error::HttpRequestDenied) })
    }
}

/// The request with all of its body, so that it can be sent again, unless it may
/// not have one.
async fn whole(
    request: http::Request<WasiBody>,
    bounds: Bounds,
) -> Result<http::Request<Bytes>, Fault> {
    let (head, body) = request.into_parts();
    let body = collect(body, bounds).await?;
    let request = http::Request::from_parts(head, body);
    egress::check_body(&request).map_err(Fault::Denied)?;
    Ok(request)
}

#[cfg(test)]
mod tests;
