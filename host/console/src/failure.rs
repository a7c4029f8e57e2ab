//! Failures in words: what happened, and what to do.

use crate::backend::Failure;
use std::borrow::Cow;
use stytch_credentials::redact;

/// A failure as people read it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Explained<'a> {
    pub(crate) title: &'static str,
    pub(crate) advice: &'static str,
    /// What the service or Stytch said.
    pub(crate) detail: Cow<'a, str>,
    /// What support asks for, by its name.
    pub(crate) facts: Vec<(&'static str, String)>,
    /// Stytch's documentation of the error.
    pub(crate) url: Option<&'a str>,
}

impl Failure {
    /// Whether the service refused the call, so that it says nothing about the credential.
    pub(crate) fn is_of_service(&self) -> bool {
        [
            "busy",
            "forbidden",
            "internal",
            "unauthenticated",
            "unknown_credential",
        ]
        .contains(&self.code)
    }

    /// Explains the failure.
    pub(crate) fn explain(&self) -> Explained<'_> {
        let (title, advice) = self.words();
        let report = &self.report;
        let wait = report.retry_after_ms.map(|wait| {
            let seconds = wait.div_ceil(1000);
            format!("{seconds} s")
        });
        let facts = [
            ("Code", Some(self.code.to_owned())),
            ("Stytch's error type", report.error_type.clone()),
            (
                "Status from Stytch",
                report.status_code.map(|status| status.to_string()),
            ),
            ("Stytch's request ID", report.request_id.clone()),
            (
                "Attempts",
                (report.attempts > 1).then(|| report.attempts.to_string()),
            ),
            ("Try again after", wait),
        ];
        let facts = facts.into_iter();
        Explained {
            title,
            advice,
            detail: redact(&self.detail),
            facts: facts
                .filter_map(|(name, value)| Some((name, value?)))
                .collect(),
            url: report
                .error_url
                .as_deref()
                // It is a link, and only Stytch's own pages are what it says.
                .filter(|url| url.starts_with("https://stytch.com/")),
        }
    }

    /// By Stytch's error type, else by the code.
    fn words(&self) -> (&'static str, &'static str) {
        let error_type = self.report.error_type.as_deref();
        if let Some(words) = error_type.and_then(of_error_type) {
            return words;
        }
        match self.code {
            "not_found" => (
                "No such user",
                "Check the ID. Test and live users are separate: the credential chooses between them.",
            ),
            "invalid_input" => (
                "This cannot be sent",
                "Correct the input. Nothing was sent to Stytch.",
            ),
            "misconfigured" => (
                "The credential or the service is misconfigured",
                "Check the project ID, the secret and the base URL of the credential.",
            ),
            "unauthorized" => (
                "Stytch refused the credential",
                "The project ID and the secret must come from the same environment of the same project: copy both again from the API keys page of the Stytch dashboard. If the secret was rotated, replace it on the page Credentials.",
            ),
            "rejected" => (
                "Stytch refused the request",
                "See what Stytch says below. If it says nothing, a proxy or a gateway may have responded instead.",
            ),
            "rate_limited" => (
                "Stytch's rate limit is reached",
                "Wait, then try again. Stytch counts requests per minute, and searches for a whole project.",
            ),
            "unavailable" => (
                "Stytch has a problem",
                "Try again later. If it lasts, give the request ID below to Stytch's support.",
            ),
            "unreachable" => (
                "Stytch was not reached",
                "Check the network and the base URL of the credential, then try again.",
            ),
            "malformed_response" => (
                "The response is not Stytch's",
                "Check the base URL of the credential. A proxy may have responded instead.",
            ),
            "forbidden" => (
                "Your token does not permit this",
                "Ask whoever created the token, or sign in with another.",
            ),
            "unknown_credential" => (
                "No such credential",
                "It was removed, or your token does not permit it. Choose another.",
            ),
            "unusable_credential" => (
                "The credential cannot be used",
                "Its secret cannot be read. Unlock the keyring, or replace the credential.",
            ),
            "unauthenticated" => (
                "Your session has ended",
                "The token has expired or been revoked. Sign in with another.",
            ),
            "busy" => (
                "The service is busy",
                "Too many calls are in flight. Try again in a moment.",
            ),
            _ => (
                "The service failed",
                "This is not your fault. The log of the service says more.",
            ),
        }
    }
}

fn of_error_type(error_type: &str) -> Option<(&'static str, &'static str)> {
    Some(match error_type {
        "invalid_project_id" | "invalid_project_id_authentication" => (
            "Stytch does not know the project ID",
            "Copy it again from the API keys page of the Stytch dashboard.",
        ),
        "invalid_secret_authentication" | "invalid_authorization_header" => (
            "Stytch does not accept the secret",
            "Copy it again from the API keys page of the Stytch dashboard.",
        ),
        "unauthorized_credentials_homepage" => (
            "These are the placeholders of Stytch's documentation",
            "Take the project ID and the secret of your own project.",
        ),
        "wrong_stack_live"
        | "wrong_stack_test"
        | "unauthorized_project_id_live"
        | "unauthorized_project_id_test" => (
            "The project ID and the base URL are of different environments",
            "Project IDs with project-live- belong to https://api.stytch.com, those with project-test- to https://test.stytch.com.",
        ),
        "invalid_consumer_endpoint" => (
            "This is a B2B project",
            "B2B projects have members of organizations instead of users. Use the credential of a Consumer project.",
        ),
        "test_id_used_in_live_environment" | "live_id_used_in_test_environment" => (
            "The ID is of the other environment",
            "Choose a credential of the environment that the user belongs to.",
        ),
        "search_timeout" => (
            "The search took Stytch too long",
            "Search for less at a time: with more filters, or with smaller pages.",
        ),
        "user_search_invalid_cursor" => (
            "The address of this page is out of date",
            "A cursor is valid for its own search only. Start again from the first page.",
        ),
        _ => return None,
    })
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use http::StatusCode;
    use std::collections::HashSet;
    use stytch_host::{ErrorKind, ErrorReport};

    pub(crate) fn failure(code: &'static str, error_type: Option<&str>) -> Failure {
        let mut report = ErrorReport::default();
        report.error_type = error_type.map(str::to_owned);
        Failure {
            status: StatusCode::BAD_GATEWAY,
            code,
            detail: "what happened".to_owned(),
            report,
        }
    }

    #[test]
    fn each_code_has_words_of_its_own() {
        let codes = [
            ErrorKind::InvalidInput,
            ErrorKind::Misconfigured,
            ErrorKind::Unauthorized,
            ErrorKind::NotFound,
            ErrorKind::Rejected,
            ErrorKind::RateLimited,
            ErrorKind::Unavailable,
            ErrorKind::Unreachable,
            ErrorKind::MalformedResponse,
        ];
        let codes = codes.map(ErrorKind::code).into_iter();
        let of_service = [
            "forbidden",
            "unknown_credential",
            "unusable_credential",
            "busy",
        ];
        let titles: HashSet<_> = codes
            .chain(of_service)
            .map(|code| failure(code, None).explain().title)
            .collect();
        assert_eq!(titles.len(), 13);
        let unknown = failure("internal", None);
        assert_eq!(unknown.explain().title, "The service failed");
        assert!(!titles.contains("The service failed"));
    }

    #[test]
    fn stytchs_error_type_says_more_than_the_code() {
        let failure = failure("unauthorized", Some("invalid_consumer_endpoint"));
        assert_eq!(failure.explain().title, "This is a B2B project");
    }

    #[test]
    fn a_secret_is_not_quoted_and_only_stytch_is_linked() {
        let mut failure = failure("rejected", None);
        failure.detail = "Stytch said: secret-test-hush is wrong".to_owned();
        failure.report.error_url = Some("https://stytch.com/docs/api/errors/400".to_owned());
        failure.report.request_id = Some("request-id-1".to_owned());
        let explained = failure.explain();
        assert!(!explained.detail.contains("hush"), "{}", explained.detail);
        assert!(explained.url.is_some());
        assert!(
            explained
                .facts
                .contains(&("Stytch's request ID", "request-id-1".to_owned()))
        );
        failure.report.error_url = Some("javascript:alert(1)".to_owned());
        assert_eq!(failure.explain().url, None);
    }
}
