//! Keeps the secret out of errors. A server, or a proxy that shows the request it
//! got, may send it back, and a component may put it into what it says.

use crate::credential::Credential;
use crate::error::Error;
use crate::forms::Forms;
use crate::types;

/// What stands for a secret.
pub(crate) const HIDDEN: &str = "<hidden>";

/// A text this short is no secret, and would be found everywhere.
const SHORTEST: usize = 4;

/// Replaces a secret in all the forms that it travels in.
pub(crate) struct Scrubber(Forms);

impl Scrubber {
    pub(crate) fn new(credential: &Credential) -> Self {
        Self(Forms::of(credential, SHORTEST))
    }

    /// Scrubs every text of an error.
    pub(crate) fn error(&self, error: &mut Error) {
        match error {
            Error::Trap(text) => self.text(text),
            Error::Plugin { error, fault, .. } => {
                self.optional(fault);
                self.plugin_error(error);
            }
            _ => {}
        }
    }

    fn plugin_error(&self, error: &mut types::Error) {
        match error {
            types::Error::InvalidInput(problem) => {
                self.text(&mut problem.field);
                self.text(&mut problem.reason);
            }
            types::Error::Misconfigured(problem) => {
                self.text(&mut problem.key);
                self.text(&mut problem.reason);
            }
            types::Error::Unauthorized(api)
            | types::Error::NotFound(api)
            | types::Error::Rejected(api)
            | types::Error::RateLimited(api)
            | types::Error::Unavailable(api) => {
                for text in [
                    &mut api.error_type,
                    &mut api.message,
                    &mut api.request_id,
                    &mut api.error_url,
                    &mut api.details,
                ] {
                    self.optional(text);
                }
            }
            types::Error::Unreachable(problem) => self.text(&mut problem.detail),
            types::Error::MalformedResponse(text) => self.text(text),
        }
    }

    fn optional(&self, text: &mut Option<String>) {
        if let Some(text) = text {
            self.text(text);
        }
    }

    /// Scrubs one text.
    pub(crate) fn text(&self, text: &mut String) {
        self.0.replace(text, HIDDEN);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credential::Secret;

    const SECRET: &str = "secret-test-a/B+c_d?e~f>=";

    fn scrubber(secret: &str) -> Scrubber {
        Scrubber::new(&Credential::new(
            "project-test-1",
            Secret::new(secret.into()),
        ))
    }

    #[test]
    fn every_text_of_an_error_is_scrubbed() {
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
            scrubber(SECRET).error(&mut error);
            let all = format!("{error:?} {error}");
            assert!(
                all.contains(HIDDEN) && !all.contains("secret-test-a"),
                "{all}"
            );
        }
    }
}
