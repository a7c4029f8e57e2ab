//! Why a call failed, as a tool error: what it is, and what an agent can do about it.

use crate::access::Refusal;
use crate::answer::{escape, escape_all};
use rmcp::model::{CallToolResult, ContentBlock};
use serde::Serialize;
use serde_json::json;
use stytch_host::search::SearchError;
use stytch_host::text::with_sources;
use stytch_host::{Error, ErrorKind, ErrorReport};

/// A failure of this server, not of a call.
const INTERNAL: &str = "internal";
/// The client cancelled the call.
const CANCELLED: &str = "cancelled";

const CORRECT: &str = "Correct the arguments and call again. Nothing was sent to Stytch.";
const OPERATOR: &str = "Do not call again. Tell the person you work for that the operator of \
    this server has to act: `stytch-host doctor` finds the cause.";

/// Why a call failed, with the members of the command line's JSON errors.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub(crate) struct Failure(Box<Document>);

#[derive(Debug, Serialize)]
struct Document {
    code: &'static str,
    message: String,
    #[serde(flatten)]
    report: ErrorReport,
    hint: String,
}

impl Failure {
    fn new(code: &'static str, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self(Box::new(Document {
            code,
            message: message.into(),
            report: ErrorReport::default(),
            hint: hint.into(),
        }))
    }

    /// The arguments are not valid.
    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::InvalidInput.code(), message, CORRECT)
    }

    /// The caller may not use a credential of this name, or has to choose one.
    pub(crate) fn credential(message: impl Into<String>) -> Self {
        let hint = "Choose one of the credentials of list_credentials.";
        Self::new("unknown_credential", message, hint)
    }

    /// This server has a bug.
    pub(crate) fn internal(message: impl Into<String>) -> Self {
        Self::new(INTERNAL, message, OPERATOR)
    }

    /// The client cancelled the call, so nobody reads this.
    pub(crate) fn cancelled() -> Self {
        Self::new(CANCELLED, "the call was cancelled", "")
    }

    pub(crate) fn code(&self) -> &'static str {
        self.0.code
    }

    #[cfg(test)]
    pub(crate) fn message(&self) -> &str {
        &self.0.message
    }

    /// Stytch's ID of the request.
    pub(crate) fn request_id(&self) -> Option<&str> {
        self.0.report.request_id.as_deref()
    }

    /// The result of the call: a text for the model, and one of JSON for programs. It is not
    /// structured content, which clients check against the schema of the tool's output.
    /// Stytch's texts in it may quote the request.
    pub(crate) fn into_result(self) -> CallToolResult {
        let Document {
            code,
            message,
            hint,
            ..
        } = &*self.0;
        let message = escape(message.trim_end_matches('.'));
        let text = format!("{code}: {message}. {}", escape(hint));
        let mut document = json!({ "error": self.0 });
        escape_all(&mut document);
        CallToolResult::error(vec![
            ContentBlock::text(text),
            ContentBlock::text(document.to_string()),
        ])
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let mut failure = Self::new(error.code(), with_sources(&error), hint(&error));
        failure.0.report = error.report();
        failure
    }
}

impl From<SearchError> for Failure {
    fn from(error: SearchError) -> Self {
        match error {
            SearchError::Page(error) => error.into(),
            error @ SearchError::Circle { .. } => Self::new(
                ErrorKind::MalformedResponse.code(),
                with_sources(&error),
                OPERATOR,
            ),
            error => Self::internal(with_sources(&error)),
        }
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        let Refusal {
            code,
            message,
            retry_after,
        } = refusal;
        let hint = match retry_after {
            Some(_) => "Call again after retry_after_ms.",
            None => OPERATOR,
        };
        let mut failure = Self::new(code, message, hint);
        failure.0.report.retryable = retry_after.is_some();
        failure.0.report.retry_after_ms =
            retry_after.and_then(|wait| wait.as_millis().try_into().ok());
        failure
    }
}

/// What an agent can do about it.
fn hint(error: &Error) -> String {
    let again = match error.retry_after() {
        Some(wait) => format!("Call again after {} s.", wait.as_secs_f64().ceil()),
        None => "Call again later.".to_owned(),
    };
    match error.kind() {
        ErrorKind::InvalidInput => CORRECT,
        ErrorKind::NotFound => "Check the ID. To find a user by something else, call search_users.",
        ErrorKind::Rejected if error.is_retryable() => return again,
        ErrorKind::Rejected => {
            "Correct the arguments: a cursor belongs to the query that it came from, and the \
             filters are those of the tool's input schema."
        }
        ErrorKind::RateLimited | ErrorKind::Unavailable | ErrorKind::Unreachable
            if error.is_retryable() =>
        {
            return again;
        }
        ErrorKind::RateLimited => "Do not call again for this user; the message says why.",
        // `Misconfigured`, `Unauthorized`, `Unavailable`, `Unreachable`, `MalformedResponse`,
        // `PluginFailed`, and kinds that a newer library may have.
        _ => OPERATOR,
    }
    .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;
    use stytch_host::types::{
        self, ApiError, ConfigProblem, InputProblem, TransportCause, TransportProblem,
    };

    fn api(status: u16, error_type: &str) -> ApiError {
        ApiError {
            status,
            error_type: Some(error_type.to_owned()),
            message: Some("no\u{1b}[2J".to_owned()),
            request_id: Some("request-id-test-1".to_owned()),
            error_url: None,
            details: None,
            retry_after_ms: None,
        }
    }

    fn failure(error: types::Error) -> Failure {
        Failure::from(Error::Plugin {
            error,
            fault: None,
            attempts: 1,
        })
    }

    /// Errors, whether they are retryable, and a part of their hint.
    fn cases() -> Vec<(types::Error, bool, &'static str)> {
        use types::Error;
        let limited = ApiError {
            retry_after_ms: Some(1500),
            ..api(429, "too_many_requests")
        };
        let input = InputProblem {
            field: "user-id".to_owned(),
            reason: "is empty".to_owned(),
        };
        let config = ConfigProblem {
            key: "secret".to_owned(),
            reason: "is missing".to_owned(),
        };
        let unreachable = |cause| {
            let detail = "it is".to_owned();
            Error::Unreachable(TransportProblem { cause, detail })
        };
        let of_cursor = api(400, "user_search_invalid_cursor");
        let of_user = api(429, "user_lock_limit_reached");
        let malformed = "it is".to_owned();
        vec![
            (Error::InvalidInput(input), false, "Correct the arguments"),
            (Error::Misconfigured(config), false, OPERATOR),
            (Error::Unauthorized(api(401, "x")), false, OPERATOR),
            (Error::NotFound(api(404, "x")), false, "call search_users"),
            (Error::Rejected(of_cursor), false, "belongs to the query"),
            (Error::Rejected(api(408, "x")), true, "Call again later."),
            (Error::RateLimited(limited), true, "Call again after 2 s."),
            (
                Error::RateLimited(of_user),
                false,
                "not call again for this",
            ),
            (Error::Unavailable(api(503, "x")), true, "Call again later."),
            (Error::Unavailable(api(501, "x")), false, OPERATOR),
            (
                unreachable(TransportCause::Reset),
                true,
                "Call again later.",
            ),
            (unreachable(TransportCause::Denied), false, OPERATOR),
            (Error::MalformedResponse(malformed), false, OPERATOR),
        ]
    }

    #[test]
    fn every_error_says_what_to_do_next() {
        for (error, retryable, hint) in cases() {
            let failure = failure(error);
            let code = failure.code();
            let result = failure.into_result();
            assert_eq!(result.is_error, Some(true));
            assert_eq!(result.structured_content, None);
            let document = &result.content[1].as_text().unwrap().text;
            let document: serde_json::Value = serde_json::from_str(document).unwrap();
            let error = &document["error"];
            assert_eq!(error["code"], code);
            assert_eq!(error["retryable"], retryable, "{code}");
            assert!(error["hint"].as_str().unwrap().contains(hint), "{error}");
            let text = result.content[0].as_text().unwrap();
            assert!(text.text.starts_with(&format!("{code}: ")), "{text:?}");
            assert!(text.text.contains(hint), "{text:?}");
            assert!(!document.to_string().contains(r"\u001b"), "{document}");
        }
        let trap = Failure::from(Error::Trap("unreachable".to_owned()));
        assert_eq!(
            (trap.code(), trap.0.hint.as_str()),
            ("plugin_failed", OPERATOR)
        );
    }

    #[test]
    fn a_refusal_is_retryable_if_it_has_a_time() {
        let busy = Refusal {
            code: "busy",
            message: "too many calls".to_owned(),
            retry_after: Some(Duration::from_millis(1500)),
        };
        let document = serde_json::to_value(Failure::from(busy)).unwrap();
        assert_eq!(document["retryable"], true);
        assert_eq!(document["retry_after_ms"], 1500);
    }
}
