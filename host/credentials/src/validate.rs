//! Checks names, project IDs, secrets and user IDs. No error quotes the value: it may
//! be a secret in the wrong place.

use crate::error::Error;
use crate::redact::{PREFIXES, has_secret};
use stytch_host::{Credential, Environment, Secret};

const LONGEST_NAME: usize = 64;

/// Many times the length of a project ID or a secret, in bytes, and far less than what
/// fits into a request's headers.
const LONGEST_VALUE: usize = 1024;

/// Checks a credential's name.
///
/// # Errors
///
/// It is too long, has other characters, or looks like a secret.
pub fn check_name(name: &str) -> Result<(), Error> {
    if begins_as_secret(name) {
        return Err(Error::SecretAsArgument);
    }
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    if (1..=LONGEST_NAME).contains(&name.len()) && name.bytes().all(is_allowed) {
        return Ok(());
    }
    Err(Error::InvalidName {
        longest: LONGEST_NAME,
    })
}

/// Checks a project ID as the component does, before the user is asked for a secret;
/// `name` is where it was given.
///
/// # Errors
///
/// The component would not accept it, or it looks like a secret.
pub fn check_project_id(name: &str, project_id: &str) -> Result<(), Error> {
    if has_secret(project_id) {
        return Err(Error::SecretAsArgument);
    }
    let problem = if project_id.is_empty() {
        "is empty"
    } else if project_id.contains(':') {
        "has a colon, which no project ID has"
    } else if is_nearly_live(project_id) {
        "begins with project-live- in other letters, and would count as a test one"
    } else {
        return Ok(());
    };
    Err(Error::InvalidProjectId {
        name: name.to_owned(),
        problem,
    })
}

/// Checks the secret of a project in `environment`.
///
/// # Errors
///
/// It is empty, a project ID, or of the other environment.
pub fn check_secret(environment: Environment, secret: &Secret) -> Result<(), Error> {
    let secret = secret.expose();
    let other = match environment {
        Environment::Test => "secret-live-",
        Environment::Live => "secret-test-",
    };
    if secret.is_empty() {
        Err(Error::EmptySecret)
    } else if looks_like_project_id(secret) {
        Err(Error::ProjectIdAsSecret)
    } else if secret.starts_with(other) {
        Err(Error::SecretOfOtherEnvironment {
            project: environment,
        })
    } else {
        Ok(())
    }
}

/// Checks that a base URL is not Stytch's own API for the other environment.
///
/// # Errors
///
/// It is.
pub fn check_base_url(credential: &Credential) -> Result<(), Error> {
    let project = credential.environment();
    let base_url = match project {
        Environment::Test => Environment::Live,
        Environment::Live => Environment::Test,
    };
    if *credential.origin() == base_url.origin() {
        return Err(Error::BaseUrlOfOtherEnvironment { base_url, project });
    }
    Ok(())
}

/// Returns a warning for a project ID or a secret that is valid, but unusual.
pub fn warning(project_id: &str, secret: &Secret) -> Option<String> {
    let environment = Environment::of(project_id);
    if !project_id.starts_with(&format!("project-{environment}-")) {
        return Some(
            "the project ID begins with neither project-test- nor project-live-; it counts as test"
                .to_owned(),
        );
    }
    let prefix = format!("secret-{environment}-");
    (!secret.expose().starts_with(&prefix))
        .then(|| format!("the secret does not begin with {prefix}, as those of Stytch do"))
}

/// Whether it is a live one in other letters, which would count as a test one.
fn is_nearly_live(project_id: &str) -> bool {
    let live = "project-live-";
    let start = project_id.get(..live.len());
    start.is_some_and(|start| start != live && start.eq_ignore_ascii_case(live))
}

/// Checks a user ID, which goes into a URL: that is no place for a secret.
///
/// # Errors
///
/// It looks like a secret.
pub fn check_user_id(user_id: &str) -> Result<(), Error> {
    if begins_as_secret(user_id) {
        return Err(Error::SecretAsUserId);
    }
    Ok(())
}

fn begins_as_secret(text: &str) -> bool {
    PREFIXES.iter().any(|prefix| text.starts_with(prefix))
}

pub(crate) fn looks_like_project_id(text: &str) -> bool {
    text.starts_with("project-test-") || text.starts_with("project-live-")
}

/// Returns a project ID or a secret without the white space around it; `name` is where
/// it was given.
///
/// # Errors
///
/// It is too long, or has quotation marks around it or characters that none has.
pub fn trimmed<'a>(name: &str, text: &'a str) -> Result<&'a str, Error> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let text = text.trim_matches(|c: char| c.is_ascii_whitespace() || c == '\u{b}');
    let name = || name.to_owned();
    let (first, last) = (text.chars().next(), text.chars().next_back());
    if first.is_some_and(is_quotation_mark) || last.is_some_and(is_quotation_mark) {
        return Err(Error::Quoted { name: name() });
    }
    if text.len() > LONGEST_VALUE {
        return Err(Error::TooLong {
            name: name(),
            length: text.chars().count(),
        });
    }
    let Some((at, wrong)) = text.char_indices().find(|(_, c)| !c.is_ascii_graphic()) else {
        return Ok(text);
    };
    let kind = match wrong {
        ' ' => "a space",
        '\n' | '\r' => "a line break",
        '\t' => "a tab",
        c if c.is_ascii() => "a control character",
        _ => "a character that is not ASCII",
    };
    let place = if at == 0 {
        "at its start"
    } else if at + wrong.len_utf8() == text.len() {
        "at its end"
    } else {
        "inside"
    };
    Err(Error::InvalidCharacter {
        name: name(),
        kind,
        place,
    })
}

fn is_quotation_mark(c: char) -> bool {
    matches!(
        c,
        '"' | '\'' | '`' | '\u{2018}'..='\u{201f}' | '\u{ab}' | '\u{bb}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rejects_a_long_or_unusual_name() {
        for name in ["a", "acme-test", "A_1.b", &"x".repeat(64)] {
            assert!(check_name(name).is_ok(), "{name}");
        }
        for name in [
            "",
            "a b",
            "ä",
            "a/b",
            "a\n",
            "secret-test-hush",
            &"x".repeat(65),
        ] {
            let error = check_name(name).unwrap_err().to_string();
            assert!(name.len() < 3 || !error.contains(name), "{error}");
        }
    }

    #[test]
    fn rejects_a_secret_of_the_other_environment() {
        use Environment::{Live, Test};
        let check =
            |environment, text: &str| check_secret(environment, &Secret::new(text.to_owned()));
        for (environment, secret) in [
            (Test, "secret-test-a="),
            (Live, "secret-live-a="),
            (Test, "older"),
            (Live, "older"),
        ] {
            assert!(check(environment, secret).is_ok(), "{secret}");
        }
        for (environment, secret, expected) in [
            (Test, "", "empty"),
            (Test, "secret-live-hush", "is a live one"),
            (Live, "secret-test-hush", "is a test one"),
            (Test, "project-test-hush", "not a secret"),
        ] {
            let text = check(environment, secret).unwrap_err().to_string();
            assert!(text.contains(expected) && !text.contains("hush"), "{text}");
        }
    }

    #[test]
    fn white_space_at_the_ends_is_left_out_and_nothing_else() {
        for text in ["hush", " hush\r\n", "\t\u{c}hush \n\n", "\u{feff}hush\n"] {
            assert_eq!(trimmed("IT", text).unwrap(), "hush", "{text:?}");
        }
        for (text, expected) in [
            ("hush hush", "IT has a space inside"),
            ("hush\nhush\n", "IT has a line break inside"),
            ("hush\rhush", "IT has a line break inside"),
            ("hu\tsh", "IT has a tab inside"),
            ("hush\u{7f} ", "IT has a control character at its end"),
            ("\u{0}hush", "IT has a control character at its start"),
            (
                "hush\u{200b}",
                "IT has a character that is not ASCII at its end",
            ),
            (
                "\u{a0}hush",
                "IT has a character that is not ASCII at its start",
            ),
            ("hüsh", "IT has a character that is not ASCII inside"),
            ("\"hush\"\n", "IT has quotation marks around it"),
            ("'hush'", "IT has quotation marks around it"),
            ("\u{201c}hush\u{201d}", "IT has quotation marks around it"),
            ("\"hush", "IT has quotation marks around it"),
            (
                &"x".repeat(100_000),
                "IT is too long to be one of Stytch's: it has 100000 characters",
            ),
        ] {
            assert_eq!(trimmed("IT", text).unwrap_err().to_string(), expected);
        }
    }

    #[test]
    fn unusual_shapes_are_doubted_and_not_refused() {
        let doubts =
            |project_id, secret: &str| warning(project_id, &Secret::new(secret.to_owned()));
        assert_eq!(doubts("project-test-1", "secret-test-a"), None);
        assert_eq!(doubts("project-live-1", "secret-live-a"), None);
        assert!(doubts("project-1", "secret-test-a").is_some());
        assert!(doubts("project-live-1", "older").is_some());
    }
}
