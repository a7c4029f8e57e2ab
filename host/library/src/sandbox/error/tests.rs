//! Texts of errors, and what is kept out of them.

use super::*;
use crate::network::credential::{Credential, Secret};
use crate::network::redact::HIDDEN;

const SECRET: &str = "secret-test-a/B+c_d?e~f>=";

fn redactor(secret: &str) -> Redactor {
    Redactor::new(&Credential::new(
        "project-test-1",
        Secret::new(secret.into()),
    ))
}

#[test]
fn every_text_of_an_error_is_redacted() {
    let said = || Some(SECRET.to_owned());
    let api = types::ApiError {
        status: 401,
        error_type: said(),
        message: said(),
        request_id: said(),
        error_url: said(),
        details: said(),
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
        fault: said(),
        attempts: 1,
    });
    for mut error in errors.into_iter().chain([Error::Trap(SECRET.into())]) {
        error.redact(&redactor(SECRET));
        let all = format!("{error:?} {error}");
        assert!(
            all.contains(HIDDEN) && !all.contains("secret-test-a"),
            "{all}"
        );
    }
}
