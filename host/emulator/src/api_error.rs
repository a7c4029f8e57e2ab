//! The error responses of the API: a status, a type and a message.

use std::borrow::Cow;

/// An error response, without its request ID.
///
/// Types, and messages where they are published, follow <https://stytch.com/docs/api/errors>.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ApiError {
    /// The HTTP status.
    pub(crate) status: u16,
    /// Stytch's name for the error.
    pub(crate) error_type: &'static str,
    /// A human-readable message.
    pub(crate) message: Cow<'static, str>,
}

impl ApiError {
    pub(crate) const UNAUTHORIZED_CREDENTIALS: Self =
        Self::fixed(401, "unauthorized_credentials", "Unauthorized credentials.");
    pub(crate) const USER_NOT_FOUND: Self =
        Self::fixed(404, "user_not_found", "User could not be found.");
    pub(crate) const INVALID_USER_ID: Self =
        Self::fixed(400, "invalid_user_id", "user_id format is invalid.");
    pub(crate) const ROUTE_NOT_FOUND: Self = Self::fixed(
        404,
        "route_not_found",
        "The route provided is not supported.",
    );
    pub(crate) const METHOD_NOT_ALLOWED: Self = Self::fixed(
        405,
        "method_not_allowed",
        "The method provided is not supported.",
    );
    pub(crate) const BAD_REQUEST: Self =
        Self::fixed(400, "bad_request", "The submitted request is invalid.");
    pub(crate) const TOO_MANY_REQUESTS: Self = Self::fixed(
        429,
        "too_many_requests",
        "Too many requests have been made.",
    );
    const INTERNAL_SERVER_ERROR: Self = Self::fixed(
        500,
        "internal_server_error",
        "Oops, something went wrong. Please reach out to support if it persists.",
    );
    const SERVER_UNAVAILABLE: Self = Self::fixed(
        503,
        "server_unavailable",
        "The server is unavailable. Please retry the request.",
    );
    const USE_HTTPS: Self = Self::fixed(403, "use_https", "Please use https instead of http.");
    const SEARCH_TIMEOUT: Self = Self::fixed(408, "search_timeout", "The search timed out.");
    const CLIENT_CLOSED_REQUEST: Self =
        Self::fixed(499, "client_closed_request", "Client closed request.");

    const fn fixed(status: u16, error_type: &'static str, message: &'static str) -> Self {
        Self {
            status,
            error_type,
            message: Cow::Borrowed(message),
        }
    }

    /// Creates an error with a message that is ours, not Stytch's.
    pub(crate) fn new(
        status: u16,
        error_type: &'static str,
        message: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self {
            status,
            error_type,
            message: message.into(),
        }
    }

    /// Creates a 400 with a message about the request.
    pub(crate) fn bad_request(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(400, "bad_request", message)
    }

    /// Creates an error of a search. The status of the `user_search_…` errors is inferred from their
    /// documented B2B counterparts.
    pub(crate) fn search(error_type: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(400, error_type, message)
    }

    /// Returns the URL of the documentation of the error.
    pub(crate) fn url(&self) -> String {
        let Self {
            status, error_type, ..
        } = self;
        match status {
            // Stytch has no such error.
            421 => "https://www.rfc-editor.org/rfc/rfc9110#status.421".to_owned(),
            _ => format!("https://stytch.com/docs/api/errors/{status}#{error_type}"),
        }
    }

    /// Returns Stytch's error for a status that the request did not cause; `None` if Stytch documents
    /// none, as for a 502, which comes from a gateway.
    pub(crate) fn from_status(status: u16) -> Option<Self> {
        Some(match status {
            400 => Self::BAD_REQUEST,
            401 => Self::UNAUTHORIZED_CREDENTIALS,
            403 => Self::USE_HTTPS,
            404 => Self::USER_NOT_FOUND,
            405 => Self::METHOD_NOT_ALLOWED,
            408 => Self::SEARCH_TIMEOUT,
            429 => Self::TOO_MANY_REQUESTS,
            499 => Self::CLIENT_CLOSED_REQUEST,
            500 => Self::INTERNAL_SERVER_ERROR,
            503 => Self::SERVER_UNAVAILABLE,
            _ => return None,
        })
    }
}
