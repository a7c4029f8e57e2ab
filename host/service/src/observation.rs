//! Observes requests: a line of the access log and a measurement for each. Neither has
//! personal data: a request is named by its route, not by its path.

use crate::access_log::Line;
use crate::problem::ProblemCode;
use crate::server::State;
use crate::tokens::{Operation, Record};
use crate::traces;
use axum::body::Body;
use axum::extract::{MatchedPath, Request};
use axum::response::Response;
use bytes::Bytes;
use http::{Method, StatusCode};
use http_body::{Body as _, Frame, SizeHint};
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};
use std::time::Instant;
use stytch_credentials::Entry;
use tracing::{Instrument, Span};

/// The route of requests that have none.
const UNKNOWN: &str = "unknown";

/// What becomes known about a request while it is handled.
#[derive(Debug, Default)]
pub(crate) struct Observation {
    /// The caller's token.
    pub(crate) token: OnceLock<Arc<Record>>,
    /// The credential, if it exists and the caller may use it.
    pub(crate) credential: OnceLock<Arc<Entry>>,
    /// The operation.
    pub(crate) operation: OnceLock<Operation>,
    /// The name of the tool, if an agent called one.
    pub(crate) tool: OnceLock<&'static str>,
    /// The code of the first failure.
    pub(crate) code: OnceLock<&'static str>,
    /// Stytch's ID of the request that failed, or of that of a tool.
    pub(crate) request_id: OnceLock<String>,
}

/// Observes a request until its response is complete, or the client is gone.
pub(crate) async fn observe<F: Future<Output = Response>>(
    state: Arc<State>,
    mut request: Request,
    respond: impl FnOnce(Request) -> F,
) -> Response {
    let observation = Arc::new(Observation::default());
    request.extensions_mut().insert(observation.clone());
    let route = request.extensions().get::<MatchedPath>().cloned();
    let route_name = route.as_ref().map_or(UNKNOWN, MatchedPath::as_str);
    let method = method_name(request.method());
    let span = traces::span(method, route_name, request.headers());
    let mut finished = Finished {
        state,
        observation,
        method,
        route,
        status: client_closed_request(),
        start: Instant::now(),
        bytes: 0,
        is_cut_off: false,
        span: span.clone(),
    };
    let response = respond(request).instrument(span).await;
    finished.status = response.status();
    if let Some(ProblemCode { code, request_id }) = response.extensions().get() {
        let _ = finished.observation.code.set(code);
        if let Some(request_id) = request_id {
            let _ = finished.observation.request_id.set(request_id.clone());
        }
    }
    response.map(|body| {
        // The body of a response to HEAD is not sent.
        finished.is_cut_off = method != "HEAD" && !body.is_end_stream();
        Body::new(Observed { body, finished })
    })
}

/// The status of a request whose client was gone before there was a response, which is also
/// what nginx logs.
fn client_closed_request() -> StatusCode {
    StatusCode::from_u16(499).unwrap_or_default()
}

/// The method of requests with any other. Theirs could be any text.
pub(crate) const OTHER_METHOD: &str = "_OTHER";

/// The name of a method for metrics, logs and traces.
///
/// Source: <https://opentelemetry.io/docs/specs/semconv/http/http-spans/>
fn method_name(method: &Method) -> &'static str {
    match *method {
        Method::CONNECT => "CONNECT",
        Method::DELETE => "DELETE",
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::OPTIONS => "OPTIONS",
        Method::PATCH => "PATCH",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::TRACE => "TRACE",
        _ => OTHER_METHOD,
    }
}

/// The body of an observed response.
struct Observed {
    body: Body,
    finished: Finished,
}

impl http_body::Body for Observed {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let this = self.get_mut();
        // The pages of a stream are read while it is sent.
        let entered = this.finished.span.enter();
        let polled = Pin::new(&mut this.body).poll_frame(context);
        drop(entered);
        match &polled {
            Poll::Ready(Some(Ok(frame))) => {
                let bytes = frame.data_ref().map_or(0, Bytes::len);
                this.finished.bytes += u64::try_from(bytes).unwrap_or(0);
                this.finished.is_cut_off = !this.body.is_end_stream();
            }
            Poll::Ready(None) => this.finished.is_cut_off = false,
            Poll::Ready(Some(Err(_))) | Poll::Pending => {}
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// Records the request when it is dropped.
struct Finished {
    state: Arc<State>,
    observation: Arc<Observation>,
    method: &'static str,
    route: Option<MatchedPath>,
    status: StatusCode,
    start: Instant,
    /// The size of the response body.
    bytes: u64,
    /// Whether there was a response that was not sent completely.
    is_cut_off: bool,
    span: Span,
}

impl Drop for Finished {
    fn drop(&mut self) {
        let duration = self.start.elapsed();
        let route = self.route.as_ref().map_or(UNKNOWN, MatchedPath::as_str);
        let metrics = &self.state.metrics;
        metrics.request(self.method, route, self.status, duration);
        let Observation {
            token,
            credential,
            operation,
            tool,
            code,
            request_id,
        } = &*self.observation;
        traces::end(
            &self.span,
            self.status,
            credential.get().map(|entry| entry.name.as_str()),
            operation.get().map(|operation| operation.name()),
            code.get().copied(),
        );
        self.state.log.write(&Line {
            time: jiff::Timestamp::now(),
            method: self.method,
            route,
            status: self.status.as_u16(),
            // Whole microseconds: more digits are noise.
            duration_ms: (duration.as_secs_f64() * 1e6).round() / 1e3,
            bytes: self.bytes,
            cut_off: self.is_cut_off,
            token: token.get().map(|token| token.name.as_str()),
            credential: credential.get().map(|entry| entry.name.as_str()),
            operation: operation.get().copied(),
            tool: tool.get().copied(),
            code: code.get().copied(),
            request_id: request_id.get().map(String::as_str),
            trace_id: traces::trace_id(&self.span),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_methods_of_the_standards_are_named() {
        for (method, expected) in [
            ("GET", "GET"),
            ("PATCH", "PATCH"),
            ("CONNECT", "CONNECT"),
            ("get", OTHER_METHOD),
            ("ADA-LOVELACE", OTHER_METHOD),
            ("PROPFIND", OTHER_METHOD),
        ] {
            let method = method.parse().unwrap();
            assert_eq!(method_name(&method), expected);
        }
    }
}
