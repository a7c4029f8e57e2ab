//! Serves many clients over HTTP: a message for each `POST`.
//!
//! The current revision of the protocol has no sessions. In the one before, a client can only
//! cancel a call with another request, so its ID is kept while the call is in flight, below
//! the caller and a session that `initialize` named. Nothing else is kept, so any instance
//! of a service can answer any request but a cancellation.

use crate::access::Access;
use crate::message::{self, Parsed};
use crate::server::Server;
use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderMap};
use http::{HeaderName, HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full};
use rmcp::model::{
    ClientJsonRpcMessage, ClientNotification, ClientRequest, RequestId, ServerJsonRpcMessage,
};
use rmcp::transport::streamable_http_server::session::never::NeverSessionManager;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};
use std::collections::HashMap;
use std::convert::Infallible;
use std::fmt::Write;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio_util::sync::CancellationToken;

/// The header with the ID of a session.
const SESSION: HeaderName = HeaderName::from_static("mcp-session-id");

/// The longest ID of a session or a request whose call can be cancelled by another request.
const LONGEST_ID: usize = 128;

/// The body of a response.
type Body = BoxBody<Bytes, Infallible>;

/// Serves clients over HTTP.
#[derive(Debug, Clone, Default)]
pub struct Http {
    in_flight: Arc<InFlight>,
}

/// A call that can be cancelled by another request.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Key {
    caller: String,
    session: String,
    request: RequestId,
}

#[derive(Debug, Default)]
struct InFlight(Mutex<HashMap<Key, CancellationToken>>);

impl InFlight {
    fn lock(&self) -> MutexGuard<'_, HashMap<Key, CancellationToken>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Forgets a call that has ended.
struct Forget {
    in_flight: Arc<InFlight>,
    key: Key,
}

impl Drop for Forget {
    fn drop(&mut self) {
        self.in_flight.lock().remove(&self.key);
    }
}

impl Http {
    /// Handles a request: `POST` with a message, or `DELETE` to cancel the calls of a session.
    ///
    /// The caller was authenticated as `caller`, which is a name that no other caller has;
    /// calls of others cannot be cancelled. The program has checked the headers `Host` and
    /// `Origin`.
    pub async fn handle<A: Access>(
        &self,
        server: Server<A>,
        caller: &str,
        request: Request<Bytes>,
    ) -> Response<Body> {
        let session = session(request.headers());
        if request.method() == Method::DELETE {
            let Some(session) = session else {
                return empty(StatusCode::BAD_REQUEST);
            };
            let is_of_session = |key: &Key| key.caller == caller && key.session == session;
            self.cancel(is_of_session);
            return empty(StatusCode::NO_CONTENT);
        }
        let parsed = match message::parse(request.body()) {
            Parsed::Message(message) => message,
            Parsed::Invalid(error) => return invalid(&error),
            Parsed::Ignored => return empty(StatusCode::ACCEPTED),
        };
        match *parsed {
            ClientJsonRpcMessage::Notification(notification) => {
                if let ClientNotification::CancelledNotification(cancelled) =
                    notification.notification
                    && let (Some(session), Some(request)) = (session, cancelled.params.request_id)
                {
                    let (caller, session) = (caller.to_owned(), session.to_owned());
                    let cancelled = Key {
                        caller,
                        session,
                        request,
                    };
                    self.cancel(|key| *key == cancelled);
                }
                empty(StatusCode::ACCEPTED)
            }
            ClientJsonRpcMessage::Request(message) => {
                let is_initialize = matches!(message.request, ClientRequest::InitializeRequest(_));
                let key = session.map(|session| Key {
                    caller: caller.to_owned(),
                    session: session.to_owned(),
                    request: message.id,
                });
                let mut response = self.call(server, key, request).await;
                if is_initialize && let Some(session) = new_session() {
                    response.headers_mut().insert(SESSION, session);
                }
                response
            }
            // This server asks its clients nothing.
            ClientJsonRpcMessage::Response(_) | ClientJsonRpcMessage::Error(_) => {
                empty(StatusCode::ACCEPTED)
            }
        }
    }

    /// Handles a message that is a request. Dropping the response cancels its call.
    async fn call<A: Access>(
        &self,
        server: Server<A>,
        key: Option<Key>,
        request: Request<Bytes>,
    ) -> Response<Body> {
        let server = match key.filter(is_short) {
            None => server,
            Some(key) => {
                let call = CancellationToken::new();
                self.in_flight.lock().insert(key.clone(), call.clone());
                let in_flight = self.in_flight.clone();
                server.cancelled_by(call, Forget { in_flight, key })
            }
        };
        let mut config = StreamableHttpServerConfig::default();
        config = config
            .disable_allowed_hosts()
            .with_legacy_session_mode(false)
            .with_json_response(true)
            .with_max_request_body_bytes(request.body().len());
        let factory = move || Ok(server.clone());
        let service =
            StreamableHttpService::new(factory, Arc::new(NeverSessionManager::default()), config);
        service.handle(request.map(Full::new)).await
    }

    fn cancel(&self, is_cancelled: impl Fn(&Key) -> bool) {
        // A call removes itself when it has ended.
        let in_flight = self.in_flight.lock();
        let cancelled = in_flight.iter().filter(|(key, _)| is_cancelled(key));
        let calls: Vec<_> = cancelled.map(|(_, call)| call.clone()).collect();
        drop(in_flight);
        calls.iter().for_each(CancellationToken::cancel);
    }
}

fn session(headers: &HeaderMap) -> Option<&str> {
    headers.get(SESSION)?.to_str().ok()
}

fn is_short(key: &Key) -> bool {
    let request = match &key.request {
        RequestId::Number(_) => 0,
        RequestId::String(id) => id.len(),
    };
    key.session.len() <= LONGEST_ID && request <= LONGEST_ID
}

/// A random name for a session; `None` if the system has no random numbers.
fn new_session() -> Option<HeaderValue> {
    let mut random = [0; 16];
    getrandom::fill(&mut random).ok()?;
    let mut name = String::with_capacity(32);
    for byte in random {
        // Writing to a string does not fail.
        let _ = write!(name, "{byte:02x}");
    }
    HeaderValue::from_str(&name).ok()
}

fn invalid(error: &ServerJsonRpcMessage) -> Response<Body> {
    // It has no map whose keys are not strings, which is all that can fail.
    let body = serde_json::to_vec(error).unwrap_or_default();
    let mut response = Response::new(Full::new(body.into()).boxed());
    *response.status_mut() = StatusCode::BAD_REQUEST;
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(CONTENT_TYPE, json);
    response
}

fn empty(status: StatusCode) -> Response<Body> {
    let mut response = Response::new(Full::default().boxed());
    *response.status_mut() = status;
    response
}
