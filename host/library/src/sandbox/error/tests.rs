//! Error messages, and the redaction of secrets in them.

use super::*;
use crate::network::credential::{Credential, Secret};
use crate::network::secret_forms::REDACTED;

const SECRET: &str = "secret-test-a/B+c_d?e~f>=";

fn redactor(secret: &str) -> Redactor {
    Redactor::new(&Credential::new(
        "project-test-1",
        Secret::new(secret.into()),
    ))
}

#[test]
fn redacts_every_text_of_an_error() {
    let text = || Some(SECRET.to_owned());
    let api = types::ApiError {
        status: 401,
        error_type: text(),
        message: text(),
        request_id: text(),
        error_url: text(),
        details: text(),
        retry_after_ms: None,
    };
    let problem = types::TransportProblem {
        cause: types::TransportCause::Other,
        detail: SECRET.into(),
    };
    let input = types::InputProblem {
        field: SECRET.into(),
        reason: SECRET.into(),
    };
    let config = types::ConfigProblem {
        key: SECRET.into(),
        reason: SECRET.into(),
    };
    let errors = [
        types::Error::Unauthorized(api),
        types::Error::Unreachable(problem),
        types::Error::InvalidInput(input),
        types::Error::Misconfigured(config),
        types::Error::MalformedResponse(SECRET.into()),
    ]
    .map(|error| Error::Plugin {
        error,
        fault: Some(NetworkFailure {
            message: SECRET.into(),
            ..NetworkFailure::default()
        }),
        attempts: 1,
    });
    for mut error in errors.into_iter().chain([Error::Trap(SECRET.into())]) {
        error.redact(&redactor(SECRET));
        let all = format!("{error:?} {error}");
        assert!(
            all.contains(REDACTED) && !all.contains("secret-test-a"),
            "{all}"
        );
    }
}

#[test]
fn each_kind_has_its_own_code() {
    let codes = [
        (ErrorKind::InvalidInput, "invalid_input"),
        (ErrorKind::Misconfigured, "misconfigured"),
        (ErrorKind::Unauthorized, "unauthorized"),
        (ErrorKind::NotFound, "not_found"),
        (ErrorKind::Rejected, "rejected"),
        (ErrorKind::RateLimited, "rate_limited"),
        (ErrorKind::Unavailable, "unavailable"),
        (ErrorKind::Unreachable, "unreachable"),
        (ErrorKind::MalformedResponse, "malformed_response"),
        (ErrorKind::PluginFailed, "plugin_failed"),
    ];
    for (kind, code) in codes {
        assert_eq!((kind.code(), kind.to_string().as_str()), (code, code));
        assert_eq!(serde_json::to_value(kind).unwrap(), code);
    }
}

#[test]
fn messages_do_not_repeat_their_source() {
    let read = Error::Read {
        path: "a.wasm".into(),
        source: std::io::Error::other("no such disk"),
    };
    for error in [read, Error::Limit(Limit::Cpu)] {
        let source = std::error::Error::source(&error).unwrap().to_string();
        assert!(!error.to_string().contains(&source), "{error}: {source}");
    }
}
