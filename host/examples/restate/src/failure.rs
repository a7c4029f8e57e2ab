//! Failures, as Restate keeps them and passes them on.
//!
//! They have a code, a status and Stytch's request ID, and none of the texts that Stytch or
//! the caller wrote, which may be about people.

use restate_sdk::prelude::{HandlerError, TerminalError};
use stytch_host::{Error, ErrorKind};

/// The failure of a call: Restate repeats the step if that can help, and else ends the
/// invocation.
pub(crate) fn failure(error: &Error) -> HandlerError {
    let mut text = error.code().to_owned();
    if let Some(api) = error.api_error() {
        text += &format!(": status {}", api.status);
        let texts = [&api.error_type, &api.request_id];
        for name in texts.into_iter().flatten().filter(|name| is_name(name)) {
            text += &format!(", {name}");
        }
    }
    match error.is_retryable() {
        true => HandlerError::from(text),
        false => TerminalError::new_with_code(status(error.kind()), text).into(),
    }
}

/// The input does not match the schema; what does not match is the caller's.
pub(crate) fn invalid_input() -> TerminalError {
    let kind = ErrorKind::InvalidInput;
    let text = format!("{kind}: `stytch-host schema` prints what it must be");
    TerminalError::new_with_code(status(kind), text)
}

/// The status that a caller over HTTP gets.
fn status(kind: ErrorKind) -> u16 {
    match kind {
        ErrorKind::InvalidInput => 400,
        ErrorKind::NotFound => 404,
        ErrorKind::Unauthorized
        | ErrorKind::Rejected
        | ErrorKind::RateLimited
        | ErrorKind::Unavailable
        | ErrorKind::Unreachable
        | ErrorKind::MalformedResponse => 502,
        // `Misconfigured` and `PluginFailed`, and kinds that a newer library may have.
        _ => 500,
    }
}

/// A text that Stytch sent may be any text, so only names and IDs are passed on.
fn is_name(text: &str) -> bool {
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    text.len() <= 128 && text.chars().all(is_allowed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::error::Error as StdError;
    use std::time::Duration;
    use stytch_host::types::{self, ApiError};

    /// What Stytch says about a person must not get any further.
    const PERSONAL: &str = "ada@example.com";

    fn api(status: u16, error_type: &str) -> ApiError {
        ApiError {
            status,
            error_type: Some(error_type.to_owned()),
            message: Some(PERSONAL.to_owned()),
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
    fn what_can_pass_is_retried_and_nothing_is_said_about_people() {
        use types::Error as Contract;
        for (error, expected) in [
            (
                plugin(Contract::InvalidInput(types::InputProblem {
                    field: PERSONAL.to_owned(),
                    reason: PERSONAL.to_owned(),
                })),
                "Terminal error [400]: invalid_input",
            ),
            (
                plugin(Contract::Misconfigured(types::ConfigProblem {
                    key: PERSONAL.to_owned(),
                    reason: PERSONAL.to_owned(),
                })),
                "Terminal error [500]: misconfigured",
            ),
            (
                plugin(Contract::Unauthorized(api(401, "unauthorized_credentials"))),
                "Terminal error [502]: unauthorized: status 401, unauthorized_credentials, \
                 request-id-test-1",
            ),
            (
                plugin(Contract::NotFound(api(404, "user_not_found"))),
                "Terminal error [404]: not_found: status 404, user_not_found, request-id-test-1",
            ),
            (
                plugin(Contract::Rejected(api(400, PERSONAL))),
                "Terminal error [502]: rejected: status 400, request-id-test-1",
            ),
            (
                plugin(Contract::RateLimited(api(429, "too_many_requests"))),
                "Retryable error: rate_limited: status 429, too_many_requests, request-id-test-1",
            ),
            (
                plugin(Contract::RateLimited(api(429, "user_locked"))),
                "Terminal error [502]: rate_limited: status 429, user_locked, request-id-test-1",
            ),
            (
                plugin(Contract::Unavailable(api(503, "internal_server_error"))),
                "Retryable error: unavailable: status 503, internal_server_error, \
                 request-id-test-1",
            ),
            (
                plugin(Contract::Unreachable(types::TransportProblem {
                    cause: types::TransportCause::Reset,
                    detail: PERSONAL.to_owned(),
                })),
                "Retryable error: unreachable",
            ),
            (
                plugin(Contract::Unreachable(types::TransportProblem {
                    cause: types::TransportCause::Denied,
                    detail: PERSONAL.to_owned(),
                })),
                "Terminal error [502]: unreachable",
            ),
            (
                plugin(Contract::MalformedResponse(PERSONAL.to_owned())),
                "Terminal error [502]: malformed_response",
            ),
            (
                Error::Deadline {
                    after: Duration::from_secs(1),
                    attempts: 1,
                },
                "Retryable error: unreachable",
            ),
            (
                Error::Trap(PERSONAL.to_owned()),
                "Terminal error [500]: plugin_failed",
            ),
        ] {
            let failure = failure(&error);
            let failure: &dyn StdError = failure.as_ref();
            assert_eq!(failure.to_string(), expected);
        }
    }
}
