//! Keeps the secret out of errors. A server, or a proxy that shows the request it
//! got, may send it back, and a component may put it into what it says.

use crate::credential::{Credential, Secret};
use crate::error::Error;
use crate::types;
use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// What stands for a secret.
pub(crate) const HIDDEN: &str = "<hidden>";

/// A text this short is no secret, and would be found everywhere.
const SHORTEST: usize = 4;

/// What the strictest encoders leave, and what the rest of them do.
const STRICT: &AsciiSet = NON_ALPHANUMERIC;
const USUAL: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

/// Replaces a secret in all the forms that it travels in.
pub(crate) struct Scrubber(Vec<Secret>);

impl Scrubber {
    pub(crate) fn new(credential: &Credential) -> Self {
        let secret = credential.secret().expose();
        if secret.len() < SHORTEST {
            return Self(Vec::new());
        }
        let pair = Secret::new(format!("{}:{secret}", credential.project_id()));
        let pair = pair.expose();
        // Longer ones first: they may have shorter ones in them.
        let mut forms: Vec<_> = [
            BASE64_STANDARD_NO_PAD.encode(pair),
            BASE64_URL_SAFE_NO_PAD.encode(pair),
            BASE64_STANDARD_NO_PAD.encode(secret),
            BASE64_URL_SAFE_NO_PAD.encode(secret),
            secret.to_owned(),
        ]
        .into_iter()
        .flat_map(written)
        .map(Secret::new)
        .collect();
        forms.sort_by_key(|form| std::cmp::Reverse(form.expose().len()));
        forms.dedup_by(|one, other| one.expose() == other.expose());
        Self(forms)
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
        for form in &self.0 {
            if text.contains(form.expose()) {
                *text = text.replace(form.expose(), HIDDEN);
            }
        }
    }
}

/// A text as it is, in a URL and in JSON, where `/` may be escaped.
fn written(text: String) -> [String; 6] {
    let strict = utf8_percent_encode(&text, STRICT).to_string();
    let usual = utf8_percent_encode(&text, USUAL).to_string();
    [
        in_lower_hex(&strict),
        in_lower_hex(&usual),
        text.replace('/', "\\/"),
        strict,
        usual,
        text,
    ]
}

/// `%2F` as `%2f`.
fn in_lower_hex(encoded: &str) -> String {
    let mut digits = 0;
    let lower = |c: char| {
        digits = if c == '%' {
            2
        } else {
            i32::max(digits - 1, -1)
        };
        if digits >= 0 {
            c.to_ascii_lowercase()
        } else {
            c
        }
    };
    encoded.chars().map(lower).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE};

    const SECRET: &str = "secret-test-a/B+c_d?e~f>=";

    fn scrubber(secret: &str) -> Scrubber {
        Scrubber::new(&Credential::new(
            "project-test-1",
            Secret::new(secret.into()),
        ))
    }

    fn scrubbed(text: &str) -> String {
        let mut text = text.to_owned();
        scrubber(SECRET).text(&mut text);
        text
    }

    #[test]
    fn every_form_of_a_secret_is_hidden() {
        let pair = format!("project-test-1:{SECRET}");
        let basic = BASE64_STANDARD.encode(&pair);
        for form in [
            SECRET.to_owned(),
            basic.clone(),
            BASE64_URL_SAFE.encode(&pair),
            BASE64_STANDARD.encode(SECRET),
            BASE64_STANDARD_NO_PAD.encode(&pair),
            basic.replace('/', "\\/"),
            SECRET.replace('/', "\\/"),
            utf8_percent_encode(SECRET, STRICT).to_string(),
            utf8_percent_encode(SECRET, USUAL).to_string(),
            utf8_percent_encode(&basic, STRICT).to_string(),
            "secret-test-a%2fB%2bc_d%3fe~f%3e%3d".to_owned(),
        ] {
            let said = scrubbed(&format!("you sent {form}, twice: {form}"));
            let rest = said.replace("%3D", "").replace('=', "");
            assert_eq!(rest, "you sent <hidden>, twice: <hidden>", "{form}");
        }
    }

    #[test]
    fn what_is_not_secret_stays() {
        let text = "project-test-1 secret-test-aB%2Fc";
        assert_eq!(scrubbed(text), text);
        // Too short to be a secret.
        let mut text = "not found".to_owned();
        scrubber("o").text(&mut text);
        scrubber("").text(&mut text);
        assert_eq!(text, "not found");
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
