//! Failures of activities, as the history shows them.
//!
//! A history keeps what it gets, and people read it who may not read users. So a failure
//! has a code, a status and Stytch's request ID, and none of the texts that Stytch, the
//! caller or a component wrote, which may quote a user.

use serde::{Deserialize, Serialize};
use std::time::Duration;
use stytch_host::json::RequestError;
use stytch_host::search::SearchError;
use stytch_host::types;
use stytch_host::{Error, ErrorKind};
use temporalio_common::error::ApplicationFailure;

/// Why an activity failed.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{message}")]
pub(crate) struct Failure {
    /// The type of the failure: the contract's code, or one of [`Refusal`].
    pub(crate) code: &'static str,
    message: String,
    is_retryable: bool,
    retry_after: Option<Duration>,
    details: Details,
}

/// What a workflow may want to know besides the code.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Details {
    /// The HTTP status of Stytch's response.
    status_code: Option<u16>,
    /// Stytch's name for the error.
    error_type: Option<String>,
    /// Stytch's ID of the request.
    request_id: Option<String>,
    /// How long to wait before a retry, in milliseconds.
    retry_after_ms: Option<u64>,
}

/// Why the worker made no call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// The input does not match the schema. The contract has the same code.
    InvalidInput,
    /// The worker has no such credential.
    UnknownCredential,
    /// The worker has the credential, and cannot use it.
    UnusableCredential,
    /// The activity was scheduled on a task queue that does not limit it.
    WrongTaskQueue,
    /// The result is larger than Temporal allows.
    ResultTooLarge,
    /// The destination of a search cannot be written.
    Destination,
    /// The worker stops.
    Stopping,
}

impl Refusal {
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::InvalidInput => "invalid_input",
            Self::UnknownCredential => "unknown_credential",
            Self::UnusableCredential => "unusable_credential",
            Self::WrongTaskQueue => "wrong_task_queue",
            Self::ResultTooLarge => "result_too_large",
            Self::Destination => "destination_failed",
            Self::Stopping => "worker_stopping",
        }
    }

    /// Whether the same activity may succeed later, or with another worker.
    const fn is_retryable(self) -> bool {
        match self {
            Self::InvalidInput
            | Self::UnknownCredential
            | Self::UnusableCredential
            | Self::WrongTaskQueue
            | Self::ResultTooLarge => false,
            Self::Destination | Self::Stopping => true,
        }
    }
}

impl Failure {
    pub(crate) fn refused(refusal: Refusal, message: impl Into<String>) -> Self {
        Self {
            code: refusal.code(),
            message: message.into(),
            is_retryable: refusal.is_retryable(),
            retry_after: None,
            details: Details::default(),
        }
    }

    /// The input is not valid; the reason quotes none of its values.
    pub(crate) fn invalid_input<T: std::fmt::Display>(reason: T) -> Self {
        let text = format!("the input is not valid: {reason}");
        Self::refused(Refusal::InvalidInput, text)
    }

    /// The input does not match the schema of `operation`.
    pub(crate) fn invalid(operation: &str, error: &RequestError) -> Self {
        let reason = match error {
            RequestError::Json { reason, .. } => without_values(reason),
            RequestError::FilterValue {
                index, expected, ..
            } => format!("operands[{index}] takes {expected}"),
            // Kinds that a newer library may have.
            _ => "it does not match".to_owned(),
        };
        Self::invalid_input(format_args!(
            "{reason}; `stytch-host schema {operation}` prints the schema"
        ))
    }

    /// How long Stytch's response asks all calls of the credential to wait, if it does.
    pub(crate) fn pause(&self) -> Option<Duration> {
        let is_rate_limit = self.is_retryable && self.code == ErrorKind::RateLimited.code();
        self.retry_after.filter(|_| is_rate_limit)
    }
}

/// What serde says, without the values of the input.
fn without_values(reason: &str) -> String {
    let names = ["missing field ", "unknown field ", "duplicate field "];
    if names.iter().any(|name| reason.starts_with(name)) {
        return reason.to_owned();
    }
    match reason.rsplit_once(", expected ") {
        Some((_, expected)) => format!("expected {expected}"),
        None => "it is not JSON, or has a value out of range".to_owned(),
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let report = error.report();
        let details = Details {
            status_code: report.status_code,
            error_type: report.error_type.filter(|text| is_identifier(text)),
            request_id: report.request_id.filter(|text| is_identifier(text)),
            retry_after_ms: report.retry_after_ms,
        };
        Self {
            code: error.code(),
            message: message(&error, &details),
            is_retryable: error.is_retryable(),
            retry_after: error.retry_after(),
            details,
        }
    }
}

impl From<SearchError> for Failure {
    fn from(error: SearchError) -> Self {
        match error {
            SearchError::Page(error) => error.into(),
            SearchError::Circle { pages } => Self {
                code: ErrorKind::MalformedResponse.code(),
                message: format!(
                    "the search goes in a circle: after {pages} pages Stytch repeated a cursor"
                ),
                is_retryable: false,
                retry_after: None,
                details: Details::default(),
            },
            error => Self::refused(Refusal::Destination, error.to_string()),
        }
    }
}

/// A text that Stytch sent may be any text, so nothing but names and IDs is passed on.
fn is_identifier(text: &str) -> bool {
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    text.len() <= 128 && text.chars().all(is_allowed)
}

/// What happened, in words that quote nobody.
fn message(error: &Error, details: &Details) -> String {
    let what = match error.kind() {
        ErrorKind::InvalidInput => match error {
            Error::Plugin {
                error: types::Error::InvalidInput(problem),
                ..
            } if is_field(&problem.field) => {
                return format!("the input is not valid: see {}", problem.field);
            }
            _ => "the input is not valid",
        },
        ErrorKind::Misconfigured => "the credential or the worker's configuration is not valid",
        ErrorKind::Unauthorized => "Stytch refused the credential",
        ErrorKind::NotFound => "Stytch has no such user",
        ErrorKind::RateLimited if error.is_retryable() => "too many requests",
        ErrorKind::Rejected | ErrorKind::RateLimited => "Stytch refused the request",
        ErrorKind::Unavailable => "Stytch failed",
        ErrorKind::Unreachable => "Stytch was not reached, or did not respond in time",
        ErrorKind::MalformedResponse => "the response is not what Stytch documents",
        ErrorKind::PluginFailed => "the component was stopped, or failed",
        // Kinds that a newer library may have.
        _ => "the call failed",
    };
    match (details.status_code, &details.error_type) {
        (None, _) => what.to_owned(),
        (Some(status), None) => format!("{what} (status {status})"),
        (Some(status), Some(error_type)) => format!("{what} (status {status}, {error_type})"),
    }
}

/// The place of an invalid value, such as `request.query.operands[0]`.
fn is_field(text: &str) -> bool {
    let is_allowed =
        |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '[' | ']');
    text.len() <= 128 && text.chars().all(is_allowed)
}

/// The failure as Temporal knows it.
impl From<Failure> for ApplicationFailure {
    fn from(failure: Failure) -> Self {
        let (code, details) = (failure.code.to_owned(), failure.details.clone());
        let (is_retryable, retry_after) = (failure.is_retryable, failure.retry_after);
        Self::builder(failure)
            .type_name(code)
            .non_retryable(!is_retryable)
            .maybe_next_retry_delay(retry_after)
            .details(details)
            .build()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use stytch_host::json::{search_request_from_json, user_id_from_json};
    use stytch_host::types::ApiError;

    fn api(status: u16, error_type: Option<&str>) -> ApiError {
        ApiError {
            status,
            error_type: error_type.map(str::to_owned),
            message: Some("ada@example.com is not known".to_owned()),
            request_id: Some("request-id-test-1".to_owned()),
            error_url: None,
            details: None,
            retry_after_ms: None,
        }
    }

    fn plugin(error: types::Error) -> Error {
        Error::Plugin {
            error,
            fault: None,
            attempts: 1,
        }
    }

    #[test]
    fn failures_have_the_contracts_codes_and_nobodys_texts() {
        for (error, code, is_retryable, message) in [
            (
                plugin(types::Error::NotFound(api(404, Some("user_not_found")))),
                "not_found",
                false,
                "Stytch has no such user (status 404, user_not_found)",
            ),
            (
                plugin(types::Error::Unauthorized(api(
                    401,
                    Some("unauthorized_credentials"),
                ))),
                "unauthorized",
                false,
                "Stytch refused the credential (status 401, unauthorized_credentials)",
            ),
            (
                plugin(types::Error::RateLimited(api(
                    429,
                    Some("too_many_requests"),
                ))),
                "rate_limited",
                true,
                "too many requests (status 429, too_many_requests)",
            ),
            (
                plugin(types::Error::RateLimited(api(429, Some("user_locked")))),
                "rate_limited",
                false,
                "Stytch refused the request (status 429, user_locked)",
            ),
            (
                plugin(types::Error::Unavailable(api(
                    503,
                    Some("<p>ada@example.com"),
                ))),
                "unavailable",
                true,
                "Stytch failed (status 503)",
            ),
            (
                plugin(types::Error::InvalidInput(types::InputProblem {
                    field: "request.limit".to_owned(),
                    reason: "ada@example.com".to_owned(),
                })),
                "invalid_input",
                false,
                "the input is not valid: see request.limit",
            ),
            (
                plugin(types::Error::MalformedResponse(
                    "ada@example.com".to_owned(),
                )),
                "malformed_response",
                false,
                "the response is not what Stytch documents",
            ),
            (
                Error::Trap("ada@example.com".to_owned()),
                "plugin_failed",
                false,
                "the component was stopped, or failed",
            ),
            (
                Error::Deadline {
                    after: Duration::from_secs(1),
                    attempts: 1,
                },
                "unreachable",
                true,
                "Stytch was not reached, or did not respond in time",
            ),
        ] {
            let failure = Failure::from(error);
            assert_eq!(failure.code, code);
            assert_eq!(failure.is_retryable, is_retryable, "{code}");
            assert_eq!(failure.to_string(), message);
            let json = serde_json::to_string(&failure.details).unwrap();
            assert!(!json.contains("ada"), "{json}");
        }
    }

    #[test]
    fn a_429_pauses_only_if_it_is_about_the_rate_and_says_for_how_long() {
        for (error_type, retry_after_ms, expected) in [
            ("too_many_requests", Some(1500), Some(1500)),
            ("too_many_requests", None, None),
            ("user_locked", Some(1500), None),
        ] {
            let error = ApiError {
                retry_after_ms,
                ..api(429, Some(error_type))
            };
            let failure = Failure::from(plugin(types::Error::RateLimited(error)));
            assert_eq!(failure.pause(), expected.map(Duration::from_millis));
        }
    }

    #[test]
    fn invalid_input_is_explained_without_its_values() {
        for (input, expected) in [
            ("{}", "missing field `user_id`"),
            (
                r#"{"user_id":"u","mail":1}"#,
                "unknown field `mail`, expected `user_id`",
            ),
            (r#"{"user_id":4915112345}"#, "expected a string"),
            (r#"{"user_id":"ada@example.com"#, "it is not JSON"),
        ] {
            let error = user_id_from_json(input).unwrap_err();
            let failure = Failure::invalid("retrieve-user", &error).to_string();
            assert!(failure.contains(expected), "{input}: {failure}");
            assert!(!failure.contains("ada") && !failure.contains("4915"));
        }
        let input = r#"{"query":{"operator":"AND","operands":[
            {"filter_name":"email_address","filter_value":"ada@example.com"}]}}"#;
        let error = search_request_from_json(input).unwrap_err();
        let failure = Failure::invalid("search-users", &error).to_string();
        assert!(failure.contains("operands[0] takes "), "{failure}");
        assert!(!failure.contains("ada"), "{failure}");
    }
}
