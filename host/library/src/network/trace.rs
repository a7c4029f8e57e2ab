//! What is told of calls through `tracing`: never a user's ID, a query, a body or
//! a secret. The names are those of OpenTelemetry's semantic conventions for HTTP
//! clients; names of its own begin with `stytch.`.

use super::policy::Origin;
use http::{Method, Uri, Version};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tracing::Level;

/// A call, and one attempt of it, as its parts see it.
#[derive(Clone)]
pub(crate) struct Exchange {
    number: u64,
    operation: &'static str,
    /// How many there were before it.
    resend_count: u32,
    progress: Arc<Mutex<Progress>>,
}

#[derive(Default)]
struct Progress {
    sent: Option<Instant>,
    head: Option<Head>,
    received: u64,
}

struct Head {
    status: u16,
    version: Version,
    after: Duration,
}

impl Exchange {
    pub(crate) fn new(operation: &'static str) -> Self {
        static NUMBER: AtomicU64 = AtomicU64::new(1);
        Self {
            number: NUMBER.fetch_add(1, Ordering::Relaxed),
            operation,
            resend_count: 0,
            progress: Arc::default(),
        }
    }

    /// That of another attempt, 1 being the first.
    pub(crate) fn attempt(&self, number: u32) -> Self {
        Self {
            resend_count: number.saturating_sub(1),
            progress: Arc::default(),
            ..*self
        }
    }

    /// Whether a request of it was sent.
    pub(crate) fn was_sent(&self) -> bool {
        self.progress().sent.is_some()
    }

    /// The status of the response, as the network saw it.
    pub(crate) fn status(&self) -> Option<u16> {
        self.progress().head.as_ref().map(|head| head.status)
    }

    /// A request to `origin` begins; its route is one of the two that exist.
    /// `sealed` is whether the host has authorized it.
    pub(crate) fn sent(&self, origin: &Origin, method: &Method, sealed: bool) {
        self.progress().sent = Some(Instant::now());
        tracing::event!(
            target: "stytch_host::request",
            Level::DEBUG,
            stytch.call = self.number,
            stytch.operation = self.operation,
            stytch.sealed = sealed.then_some(true),
            http.request.method = method.as_str(),
            http.request.resend_count = self.resend_count,
            url.scheme = if origin.is_tls() { "https" } else { "http" },
            url.template = if *method == Method::GET {
                "/v1/users/{user_id}"
            } else {
                "/v1/users/search"
            },
            server.address = origin.host(),
            server.port = origin.port(),
        );
    }

    /// The head of the answer is there.
    pub(crate) fn answered<T>(&self, response: &http::Response<T>) {
        let mut progress = self.progress();
        let Some(sent) = progress.sent else { return };
        progress.head = Some(Head {
            status: response.status().as_u16(),
            version: response.version(),
            after: sent.elapsed(),
        });
    }

    /// A piece of the answer's body is there.
    pub(crate) fn received(&self, bytes: usize) {
        self.progress().received += u64::try_from(bytes).unwrap_or(0);
    }

    /// The attempt has ended: with Stytch's request ID where it sent one, and with the
    /// code of the error where it failed.
    pub(crate) fn ended(&self, request_id: Option<&str>, error: Option<&'static str>) {
        let progress = self.progress();
        let head = progress.head.as_ref();
        let duration = match head {
            Some(head) => Some(head.after),
            None => progress.sent.map(|sent| sent.elapsed()),
        };
        tracing::event!(
            target: "stytch_host::response",
            Level::DEBUG,
            stytch.call = self.number,
            stytch.operation = self.operation,
            http.response.status_code = head.map(|head| head.status),
            http.response.body.size = head.map(|_| progress.received),
            http.client.request.duration = duration.map(|duration| duration.as_secs_f64()),
            network.protocol.version = head.and_then(|head| version(head.version)),
            stytch.request_id = request_id,
            error.type = error,
        );
    }

    fn progress(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The version of HTTP as OpenTelemetry writes it.
pub(crate) fn version(version: Version) -> Option<&'static str> {
    match version {
        Version::HTTP_10 => Some("1.0"),
        Version::HTTP_11 => Some("1.1"),
        Version::HTTP_2 => Some("2"),
        _ => None,
    }
}

/// A new connection to `target` is there; a request without one before it went
/// over a connection that was kept.
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
