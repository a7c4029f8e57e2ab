//! Error responses: problem documents (RFC 9457) with the members of the command line's
//! errors.

use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderMap, HeaderValue, StatusCode};
use serde::{Serialize, Serializer};
use std::time::Duration;
use stytch_console::Failure;
use stytch_host::search::SearchError;
use stytch_host::text::with_sources;
use stytch_host::types::{self, TransportCause};
use stytch_host::{Error, ErrorKind, ErrorReport};

/// The media type of a problem document.
pub(crate) const PROBLEM_JSON: &str = "application/problem+json";

/// What kept the service from calling Stytch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// The request is not valid. The contract has the same code.
    InvalidInput,
    /// There is no token, or not a valid one.
    Unauthenticated,
    /// The token does not permit the operation.
    Forbidden,
    /// There is no such credential, or the token does not permit it: which of the two is
    /// not disclosed.
    UnknownCredential,
    /// There is no such path. The status 404 is reserved for users.
    UnknownRoute,
    /// The path has other methods.
    MethodNotAllowed,
    /// The body is too large.
    PayloadTooLarge,
    /// The body is not JSON.
    UnsupportedMediaType,
    /// The `Host` header names another server.
    Misdirected,
    /// Too many calls are in flight.
    Busy,
    /// The credential is stored, and cannot be used.
    UnusableCredential,
    /// The service has a bug.
    Internal,
}

impl Refusal {
    pub(crate) const ALL: [Self; 12] = [
        Self::InvalidInput,
        Self::Unauthenticated,
        Self::Forbidden,
        Self::UnknownCredential,
        Self::UnknownRoute,
        Self::MethodNotAllowed,
        Self::PayloadTooLarge,
        Self::UnsupportedMediaType,
        Self::Misdirected,
        Self::Busy,
        Self::UnusableCredential,
        Self::Internal,
    ];

    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::InvalidInput => "invalid_input",
            Self::Unauthenticated => "unauthenticated",
            Self::Forbidden => "forbidden",
            Self::UnknownCredential => "unknown_credential",
            Self::UnknownRoute => "unknown_route",
            Self::MethodNotAllowed => "method_not_allowed",
            Self::PayloadTooLarge => "payload_too_large",
            Self::UnsupportedMediaType => "unsupported_media_type",
            Self::Misdirected => "misdirected",
            Self::Busy => "busy",
            Self::UnusableCredential => "unusable_credential",
            Self::Internal => "internal",
        }
    }

    /// What it means, for the documentation.
    pub(crate) const fn meaning(self) -> &'static str {
        match self {
            Self::InvalidInput => "The request is not valid. Nothing was sent to Stytch.",
            Self::Unauthenticated => "There is no token, or not a valid one.",
            Self::Forbidden => "The token does not permit the operation.",
            Self::UnknownCredential => {
                "There is no credential of this name, or the token does not permit it."
            }
            Self::UnknownRoute => {
                "There is no such path. The status is not 404, which is about users."
            }
            Self::MethodNotAllowed => "The path does not have this method.",
            Self::PayloadTooLarge => "The body is too large.",
            Self::UnsupportedMediaType => "The body has another media type.",
            Self::Misdirected => "The `Host` header does not name this server.",
            Self::Busy => "Too many calls are in flight.",
            Self::UnusableCredential => {
                "The service has the credential, and could not read its secret."
            }
            Self::Internal => "The service has a bug.",
        }
    }

    pub(crate) const fn status(self) -> StatusCode {
        match self {
            Self::InvalidInput | Self::UnknownRoute => StatusCode::BAD_REQUEST,
            Self::Unauthenticated => StatusCode::UNAUTHORIZED,
            Self::Forbidden | Self::UnknownCredential => StatusCode::FORBIDDEN,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::PayloadTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Misdirected => StatusCode::MISDIRECTED_REQUEST,
            Self::Busy => StatusCode::SERVICE_UNAVAILABLE,
            Self::UnusableCredential | Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

/// The status for a failed call. 401 and 403 are about the caller's token, 404 is about a
/// user, and 5xx is about Stytch or this service.
fn status_of(error: &Error) -> StatusCode {
    match error.kind() {
        ErrorKind::InvalidInput => StatusCode::BAD_REQUEST,
        ErrorKind::NotFound => StatusCode::NOT_FOUND,
        // Stytch refused the caller's query, or it refused the project.
        ErrorKind::Rejected => match error.api_error() {
            Some(api) if api.error_type.is_some() && matches!(api.status, 400 | 413 | 422) => {
                StatusCode::UNPROCESSABLE_ENTITY
            }
            _ => StatusCode::BAD_GATEWAY,
        },
        ErrorKind::RateLimited if error.is_retryable() => StatusCode::TOO_MANY_REQUESTS,
        ErrorKind::Unavailable if error.is_retryable() => StatusCode::SERVICE_UNAVAILABLE,
        ErrorKind::Unreachable if is_timeout(error) => StatusCode::GATEWAY_TIMEOUT,
        ErrorKind::Unauthorized
        | ErrorKind::RateLimited
        | ErrorKind::Unavailable
        | ErrorKind::Unreachable
        | ErrorKind::MalformedResponse => StatusCode::BAD_GATEWAY,
        // `Misconfigured` and `PluginFailed`, and kinds that a newer library may have.
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

fn is_timeout(error: &Error) -> bool {
    match error {
        Error::Deadline { .. } => true,
        Error::Plugin {
            error: types::Error::Unreachable(problem),
            ..
        } => matches!(
            problem.cause,
            TransportCause::ConnectTimeout | TransportCause::ResponseTimeout
        ),
        _ => false,
    }
}

/// The code of a problem document, as an extension of its response.
#[derive(Debug, Clone)]
pub(crate) struct ProblemCode {
    pub(crate) code: &'static str,
    /// Stytch's ID of the request.
    pub(crate) request_id: Option<String>,
}

/// Why a request failed, as a problem document.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub(crate) struct Problem(Box<Document>);

#[derive(Debug, Serialize)]
struct Document {
    r#type: &'static str,
    title: &'static str,
    #[serde(serialize_with = "as_number")]
    status: StatusCode,
    detail: String,
    code: &'static str,
    #[serde(flatten)]
    report: ErrorReport,
    #[serde(skip)]
    headers: HeaderMap,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
fn as_number<S: Serializer>(status: &StatusCode, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u16(status.as_u16())
}

impl Problem {
    fn new(status: StatusCode, code: &'static str, detail: String) -> Self {
        Self(Box::new(Document {
            // The code tells more than a type of its own could.
            r#type: "about:blank",
            title: status.canonical_reason().unwrap_or("Error"),
            status,
            detail,
            code,
            report: ErrorReport::default(),
            headers: HeaderMap::new(),
        }))
    }

    /// A request that the service does not pass on to Stytch.
    pub(crate) fn refused(refusal: Refusal, detail: impl Into<String>) -> Self {
        Self::new(refusal.status(), refusal.code(), detail.into())
    }

    /// The request is not valid.
    pub(crate) fn invalid(detail: impl Into<String>) -> Self {
        Self::refused(Refusal::InvalidInput, detail)
    }

    /// A search that ended before its last page, and not because of a page.
    pub(crate) fn of_search(error: &SearchError) -> Self {
        let (status, code) = match error {
            SearchError::Circle { .. } => {
                (StatusCode::BAD_GATEWAY, ErrorKind::MalformedResponse.code())
            }
            _ => (Refusal::Internal.status(), Refusal::Internal.code()),
        };
        Self::new(status, code, with_sources(error))
    }

    /// The same request may succeed after a while.
    pub(crate) fn retryable_after(mut self, wait: Duration) -> Self {
        self.0.report.retryable = true;
        self.0.report.retry_after_ms = u64::try_from(wait.as_millis()).ok();
        self
    }

    pub(crate) fn with_header(mut self, name: http::HeaderName, value: HeaderValue) -> Self {
        self.0.headers.insert(name, value);
        self
    }

    pub(crate) fn code(&self) -> &'static str {
        self.0.code
    }

    pub(crate) fn detail(&self) -> &str {
        &self.0.detail
    }

    /// After which time the same request may succeed.
    pub(crate) fn retry_after(&self) -> Option<Duration> {
        self.0.report.retry_after_ms.map(Duration::from_millis)
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let mut problem = Self::new(status_of(&error), error.code(), with_sources(&error));
        problem.0.report = error.report();
        problem
    }
}

impl From<Problem> for Failure {
    fn from(Problem(document): Problem) -> Self {
        Self {
            status: document.status,
            code: document.code,
            detail: document.detail,
            report: document.report,
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let Self(document) = self;
        // It has no map whose keys are not strings, which is all that can fail.
        let body = serde_json::to_vec(&document).unwrap_or_default();
        let mut response = (document.status, body).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(milliseconds) = document.report.retry_after_ms {
            headers.insert(RETRY_AFTER, milliseconds.div_ceil(1000).into());
        }
        headers.extend(document.headers);
        response.extensions_mut().insert(ProblemCode {
            code: document.code,
            request_id: document.report.request_id,
        });
        response
    }
}
