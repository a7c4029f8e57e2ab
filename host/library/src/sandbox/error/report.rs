//! An error as data, for the JSON of its callers.

use super::Error;
use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};

/// What an [`Error`] says besides its code and its message, in the order and with the names
/// of [`Operation::error`](crate::schema::Operation::error). The default is that of a
/// failure without a request.
#[derive(Debug, Clone, Default, Serialize)]
#[non_exhaustive]
pub struct ErrorReport {
    /// See [`Error::is_retryable`].
    pub retryable: bool,
    /// See [`Error::retry_after`], in milliseconds.
    pub retry_after_ms: Option<u64>,
    /// See [`Error::attempts`].
    pub attempts: u32,
    /// The HTTP status of Stytch's response.
    pub status_code: Option<u16>,
    /// Stytch's name for the error.
    pub error_type: Option<String>,
    /// See [`Error::request_id`].
    pub request_id: Option<String>,
    /// The URL of Stytch's documentation of the error.
    pub error_url: Option<String>,
    /// Stytch's `error_details`, on one line.
    pub error_details: Option<Box<RawValue>>,
}

impl Error {
    /// Returns the error as data.
    pub fn report(&self) -> ErrorReport {
        let api = self.api_error();
        ErrorReport {
            retryable: self.is_retryable(),
            retry_after_ms: api.and_then(|api| api.retry_after_ms),
            attempts: self.attempts(),
            status_code: api.map(|api| api.status),
            error_type: api.and_then(|api| api.error_type.clone()),
            request_id: api.and_then(|api| api.request_id.clone()),
            error_url: api.and_then(|api| api.error_url.clone()),
            error_details: api.and_then(|api| json(api.details.as_deref()?)),
        }
    }
}

/// JSON text as its value, on one line. Only a component that violates the contract has
/// another text there.
fn json(text: &str) -> Option<Box<RawValue>> {
    // Line breaks are white space in JSON; strings contain none.
    let line = text.replace(['\n', '\r'], " ");
    let value = RawValue::from_string(line).or_else(|_| to_raw_value(text));
    value.ok()
}
