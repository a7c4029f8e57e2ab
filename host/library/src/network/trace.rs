//! Emits `tracing` spans and events for calls, without user IDs, queries, bodies or
//! secrets. Names follow OpenTelemetry's semantic conventions for HTTP clients; additional
//! names begin with `stytch.`.

use super::policy::Origin;
use http::{Method, Uri, Version};
use std::mem;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tracing::field::Empty;
use tracing::{Level, Span};

/// One attempt of a call.
#[derive(Clone)]
pub(crate) struct Exchange {
    number: u64,
    operation: &'static str,
    /// The number of earlier attempts.
    resend_count: u32,
    progress: Arc<Mutex<Progress>>,
}

struct Progress {
    /// The span of the attempt, or of the call, until it ends. Others may keep this for
    /// longer, such as an instance that is dropped later.
    span: Span,
    sent: Option<Instant>,
    response: Option<Response>,
    received: u64,
}

impl Progress {
    fn new(span: Span) -> Arc<Mutex<Self>> {
        Arc::new(Mutex::new(Self {
            span,
            sent: None,
            response: None,
            received: 0,
        }))
    }
}

/// A response whose headers have arrived.
struct Response {
    status: u16,
    version: Version,
    after: Duration,
}

impl Exchange {
    pub(crate) fn new(operation: &'static str) -> Self {
        static NUMBER: AtomicU64 = AtomicU64::new(1);
        let span = tracing::debug_span!(
            target: "stytch_host::call",
            "call",
            otel.name = operation,
            otel.status_code = Empty,
            stytch.operation = operation,
            stytch.request_id = Empty,
            error.type = Empty,
        );
        Self {
            number: NUMBER.fetch_add(1, Ordering::Relaxed),
            operation,
            resend_count: 0,
            progress: Progress::new(span),
        }
    }

    /// Creates the exchange of another attempt of the same call; 1 is the first.
    pub(crate) fn attempt(&self, number: u32) -> Self {
        let resend_count = number.saturating_sub(1);
        // Integers are signed in OpenTelemetry.
        let span = tracing::debug_span!(
            target: "stytch_host::attempt",
            parent: &self.progress().span,
            "attempt",
            otel.name = Empty,
            otel.kind = "client",
            otel.status_code = Empty,
            http.request.method = Empty,
            http.request.resend_count = i64::from(resend_count),
            url.template = Empty,
            server.address = Empty,
            server.port = Empty,
            http.response.status_code = Empty,
            network.protocol.version = Empty,
            stytch.request_id = Empty,
            error.type = Empty,
        );
        Self {
            resend_count,
            progress: Progress::new(span),
            ..*self
        }
    }

    /// Returns the span of the attempt, or of the call.
    pub(crate) fn span(&self) -> Span {
        self.progress().span.clone()
    }

    /// Ends the span, with Stytch's request ID if there is one, and with the error code if
    /// it failed.
    pub(crate) fn end_span(&self, request_id: Option<&str>, error: Option<&'static str>) {
        let span = mem::replace(&mut self.progress().span, Span::none());
        span.record("stytch.request_id", request_id);
        if let Some(error) = error {
            span.record("error.type", error);
            span.record("otel.status_code", "ERROR");
        }
    }

    /// Returns whether a request was sent.
    pub(crate) fn was_sent(&self) -> bool {
        self.progress().sent.is_some()
    }

    /// Returns the status of the response that the host received.
    pub(crate) fn status(&self) -> Option<u16> {
        let progress = self.progress();
        progress.response.as_ref().map(|response| response.status)
    }

    /// Records that a request to `origin` was sent, on one of the two permitted routes.
    /// `sealed` is whether the host has authorized it.
    pub(crate) fn sent(&self, origin: &Origin, method: &Method, sealed: bool) {
        let mut progress = self.progress();
        progress.sent = Some(Instant::now());
        let template = if *method == Method::GET {
            "/v1/users/{user_id}"
        } else {
            "/v1/users/search"
        };
        let span = &progress.span;
        if !span.is_disabled() {
            span.record("otel.name", format_args!("{method} {template}"));
            span.record("http.request.method", method.as_str());
            span.record("url.template", template);
            span.record("server.address", origin.host());
            span.record("server.port", i64::from(origin.port()));
        }
        drop(progress);
        tracing::event!(
            target: "stytch_host::request",
            Level::DEBUG,
            stytch.call = self.number,
            stytch.operation = self.operation,
            stytch.sealed = sealed.then_some(true),
            http.request.method = method.as_str(),
            http.request.resend_count = self.resend_count,
            url.scheme = if origin.is_tls() { "https" } else { "http" },
            url.template = template,
            server.address = origin.host(),
            server.port = origin.port(),
        );
    }

    /// Records that the response headers have arrived.
    pub(crate) fn responded<T>(&self, response: &http::Response<T>) {
        let mut progress = self.progress();
        let Some(sent) = progress.sent else { return };
        progress.response = Some(Response {
            status: response.status().as_u16(),
            version: response.version(),
            after: sent.elapsed(),
        });
    }

    /// Records the size of a chunk of the response body.
    pub(crate) fn received(&self, bytes: usize) {
        self.progress().received += u64::try_from(bytes).unwrap_or(0);
    }

    /// Records the end of the attempt, with Stytch's request ID if there is one, and with
    /// the error code if it failed.
    pub(crate) fn ended(&self, request_id: Option<&str>, error: Option<&'static str>) {
        let progress = self.progress();
        let response = progress.response.as_ref();
        let status = response.map(|response| response.status);
        let version = response.and_then(|response| version(response.version));
        progress
            .span
            .record("http.response.status_code", status.map(i64::from));
        progress.span.record("network.protocol.version", version);
        let duration = match response {
            Some(response) => Some(response.after),
            None => progress.sent.map(|sent| sent.elapsed()),
        };
        tracing::event!(
            target: "stytch_host::response",
            Level::DEBUG,
            stytch.call = self.number,
            stytch.operation = self.operation,
            http.response.status_code = status,
            http.response.body.size = response.map(|_| progress.received),
            http.client.request.duration = duration.map(|duration| duration.as_secs_f64()),
            network.protocol.version = version,
            stytch.request_id = request_id,
            error.type = error,
        );
        drop(progress);
        self.end_span(request_id, error);
    }

    fn progress(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns the HTTP version in OpenTelemetry's notation.
pub(crate) fn version(version: Version) -> Option<&'static str> {
    match version {
        Version::HTTP_10 => Some("1.0"),
        Version::HTTP_11 => Some("1.1"),
        Version::HTTP_2 => Some("2"),
        _ => None,
    }
}

/// Records a new connection to `target`. A request without this event uses a pooled
/// connection.
pub(crate) fn connected(target: &Uri, proxy: Option<&str>, after: Duration) {
    tracing::event!(
        target: "stytch_host::connection",
        Level::TRACE,
        server.address = target.host(),
        server.port = target.port_u16(),
        stytch.proxy = proxy,
        http.client.connection.duration = after.as_secs_f64(),
    );
}
