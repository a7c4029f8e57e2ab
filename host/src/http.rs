//! The network behind `wasi:http`: a request is checked, sent by a pooled client
//! and answered within bounds. It replaces wasmtime's default sender, which
//! opens a connection for each request, bounds neither the TLS handshake nor
//! the body, and gives a guest one code for many faults.

mod body;
mod client;
mod connect;
mod dry_run;
mod fault;
mod heads;
mod pace;
mod probe;
mod proxy;
mod resolve;
mod roots;
mod seal;
mod tracked;

pub use client::ClientError;
pub(crate) use client::HttpClient;
pub(crate) use dry_run::Capture;
pub use dry_run::DryRun;
pub(crate) use pace::SlowestPace;
pub use probe::{Connection, Probe};
pub use proxy::{Proxy, ProxyError};
pub use roots::Authorities;
pub(crate) use roots::Roots;
pub(crate) use seal::Seal;

use crate::egress::{self, Origin};
use crate::limits::Limits;
use crate::state::State;
use crate::trace::Exchange;
use body::{BoundedBody, collect, discard};
use bytes::Bytes;
use fault::{Fault, LastFault};
use http::HeaderName;
use http::header::AUTHORIZATION;
use http_body_util::BodyExt;
use std::time::Duration;
use wasmtime::component::{Linker, Resource};
use wasmtime_wasi_http::p2::bindings::http::types::{ErrorCode, IoError};
use wasmtime_wasi_http::{
    DEFAULT_FORBIDDEN_HEADERS, Error, RequestOptions, WasiBody, WasiHttpHooks,
};
use wasmtime_wasi_io::IoView;

type Response = (
    http::Response<WasiBody>,
    Box<dyn Future<Output = Result<(), Error>> + Send>,
);

/// A search with thousands of IDs in it is sent in many of these.
const BODY_CHUNK: usize = 64 << 10;

/// What one call may send, and how.
pub(crate) struct Outgoing {
    origin: Origin,
    client: HttpClient,
    bounds: Bounds,
    requests_left: u32,
    last_fault: LastFault,
    exchange: Exchange,
    /// Where requests go instead of the network in a dry run.
    capture: Option<Capture>,
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

impl Outgoing {
    pub(crate) fn new(
        origin: Origin,
        client: HttpClient,
        limits: &Limits,
        exchange: Exchange,
        capture: Option<Capture>,
    ) -> Self {
        Self {
            origin,
            client,
            bounds: Bounds {
                request_body: limits.request_body,
                response: limits.response,
                idle: limits.idle,
                slowest: limits.slowest,
                body: limits.body,
            },
            requests_left: limits.requests,
            last_fault: LastFault::default(),
            exchange,
            capture,
            seal: None,
        }
    }

    /// Adds the credential that the component does not have.
    pub(crate) fn sealed(self, seal: Option<Seal>) -> Self {
        Self { seal, ..self }
    }

    /// The host's own words for the last failure of this call, if there was one.
    pub(crate) fn fault(&self) -> Option<String> {
        let text = self.last_fault.text()?;
        Some(format!("{}: {text}", self.origin))
    }

    /// The request that was not sent because this is a dry run.
    pub(crate) fn captured(&self) -> Option<DryRun> {
        self.capture.as_ref()?.take()
    }

    fn check(&mut self, request: &http::Request<WasiBody>) -> Result<(), Fault> {
        egress::check_request(&self.origin, request).map_err(Fault::Denied)?;
        self.requests_left = self.requests_left.checked_sub(1).ok_or(Fault::OneRequest)?;
        Ok(())
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
        DEFAULT_FORBIDDEN_HEADERS.contains(name) || (self.seal.is_some() && *name == AUTHORIZATION)
    }

    /// What a guest may have waiting to be sent, in each body.
    fn p2_outgoing_body_chunk_size(&mut self) -> usize {
        BODY_CHUNK
    }

    fn send_request(
        &mut self,
        mut request: http::Request<WasiBody>,
        _options: Option<RequestOptions>,
        _result: Box<dyn Future<Output = Result<(), Error>> + Send>,
    ) -> Box<dyn Future<Output = Result<Response, Error>> + Send> {
        let checked = self.check(&request);
        // Left out of debug texts, and of the tables of HTTP/2.
        for (name, value) in request.headers_mut() {
            if *name == AUTHORIZATION {
                value.set_sensitive(true);
            }
        }
        let seal = self.seal.clone();
        if let (Ok(()), Some(seal)) = (&checked, &seal) {
            seal.authorize(request.headers_mut());
        }
        let (client, bounds, last) = (self.client.clone(), self.bounds, self.last_fault.clone());
        let (exchange, capture) = (self.exchange.clone(), self.capture.clone());
        let origin = self.origin.clone();
        Box::new(async move {
            let answer = match (checked, capture) {
                (Ok(()), None) => match whole(request, bounds).await {
                    Ok(request) => {
                        exchange.sent(&origin, request.method(), seal.is_some());
                        client.request(request, bounds.response).await
                    }
                    Err(fault) => Err(fault),
                },
                (Ok(()), Some(capture)) => {
                    capture
                        .keep(request, bounds.request_body, bounds.idle)
                        .await;
                    Err(Fault::DryRun)
                }
                (Err(denied), _) => {
                    // A guest whose body is closed under it learns of that
                    // instead of the denial.
                    discard(request.into_body(), bounds.request_body, bounds.idle).await;
                    Err(denied)
                }
            };
            let answer = match answer {
                Ok(response) => {
                    exchange.answered(&response);
                    let response =
                        response.map(|body| BoundedBody::new(body, bounds, last.clone(), exchange));
                    match seal {
                        None => Ok(response.map(BodyExt::boxed_unsync)),
                        Some(seal) => seal.open(response).await,
                    }
                }
                Err(fault) => Err(fault),
            };
            match answer {
                Ok(response) => {
                    let no_more: Box<dyn Future<Output = _> + Send> = Box::new(async { Ok(()) });
                    Ok((response, no_more))
                }
                Err(fault) => Err(last.report(fault)),
            }
        })
    }
}

/// Links `wasi:http`.
///
/// wasmtime 48 keeps the errors of a body in a type that its own
/// `http-error-code` does not look for, so a guest would never learn why a body
/// ended. This one tells the code of the call's last fault.
pub(crate) fn add_to_linker(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    wasmtime_wasi_http::p2::add_only_http_to_linker_async(linker)?;
    linker.allow_shadowing(true);
    linker.instance("wasi:http/types@0.2.12")?.func_wrap(
        "http-error-code",
        |mut call, (error,): (Resource<IoError>,)| {
            let state = call.data_mut();
            let code = state
                .table()
                .get(&error)?
                .downcast_ref::<ErrorCode>()
                .cloned();
            Ok((code.or_else(|| state.outgoing.last_fault.code()),))
        },
    )?;
    linker.allow_shadowing(false);
    Ok(())
}

/// The request with all of its body, so that it can be sent again.
async fn whole(
    request: http::Request<WasiBody>,
    bounds: Bounds,
) -> Result<http::Request<Bytes>, Fault> {
    let (head, body) = request.into_parts();
    let body = collect(body, bounds.request_body, bounds.idle).await?;
    Ok(http::Request::from_parts(head, body))
}

#[cfg(test)]
mod tests;
