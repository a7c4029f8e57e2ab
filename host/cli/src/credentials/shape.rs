//! What names, project IDs and secrets look like. What is wrong is said without
//! the text itself: it may be a secret in the wrong place.

use super::redact::has_secret;
use crate::failure::Usage;
use stytch_host::{Credential, Environment, Secret};

const LONGEST_NAME: usize = 64;

/// Many times the length of a project ID or a secret, in bytes, and far less than what
/// fits into a request's headers.
const LONGEST_VALUE: usize = 1024;

/// Checks a credential's name.
pub(crate) fn check_name(name: &str) -> Result<(), Usage> {
    if begins_as_secret(name) {
        return Err(misplaced_secret());
    }
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    if (1..=LONGEST_NAME).contains(&name.len()) && name.bytes().all(fits) {
        return Ok(());
    }
    Err(Usage::new(format!(
        "a credential's name has 1 to {LONGEST_NAME} letters, digits, hyphens, underscores and dots, and this one has not"
    ))
    .hint("choose one such as acme-test"))
}

/// Checks a project ID as the component will, so that no secret is asked for in
/// vain; `name` says where it stands.
pub(crate) fn check_project_id(name: &str, project_id: &str) -> Result<(), Usage> {
    if has_secret(project_id) {
        return Err(misplaced_secret());
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
    Err(Usage::new(format!("{name} {problem}"))
        .hint("copy it again from the API keys page of the Stytch dashboard"))
}

/// Checks a secret that belongs to a project of `environment`.
pub(crate) fn check_secret(environment: Environment, secret: &Secret) -> Result<(), Usage> {
    let secret = secret.expose();
    let (problem, hint) = if secret.is_empty() {
        ("there is no secret: it is empty", HOW_TO_GIVE_SECRET)
    } else if looks_like_project_id(secret) {
        (
            "this is a project ID, not a secret",
            "both are on the API keys page of the Stytch dashboard",
        )
    } else if environment == Environment::Live && secret.starts_with("secret-test-") {
        (
            "the secret is a test one, but the project ID is a live one",
            "take both from the same environment",
        )
    } else if environment == Environment::Test && secret.starts_with("secret-live-") {
        (
            "the secret is a live one, but the project ID is not",
            "take both from the same environment",
        )
    } else {
        return Ok(());
    };
    Err(Usage::new(problem).hint(hint))
}

/// Checks that a base URL is not Stytch's own API for the other environment.
pub(crate) fn check_base_url(credential: &Credential) -> Result<(), Usage> {
    let environment = credential.environment();
    let other = match environment {
        Environment::Test => Environment::Live,
        Environment::Live => Environment::Test,
    };
    if *credential.origin() == other.origin() {
        return Err(Usage::new(format!(
            "the base URL is Stytch's {other} API, but the project ID is for {environment}"
        ))
        .hint(format!(
            "leave --base-url out, or use {}",
            environment.origin()
        )));
    }
    Ok(())
}

/// What is allowed and yet seldom right.
pub(crate) fn doubt(project_id: &str, secret: &Secret) -> Option<String> {
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

pub(crate) const HOW_TO_GIVE_SECRET: &str = "run it on a terminal to be asked for the secret, or give the secret on standard input:\n\
     \n    pass show stytch/test | stytch-host credential add acme-test --project-id project-test-…\n\
     \n    stytch-host credential add acme-test --project-id project-test-… < secret.txt";

/// A secret that came as an argument, which others on this machine could read.
pub(crate) fn misplaced_secret() -> Usage {
    Usage::new(
        "a secret is not an argument: other programs and the shell's history can read it there",
    )
    .hint(HOW_TO_GIVE_SECRET)
}

/// Whether it was meant for the live environment, which its letters do not say.
fn is_nearly_live(project_id: &str) -> bool {
    let live = "project-live-";
    let start = project_id.get(..live.len());
    start.is_some_and(|start| start != live && start.eq_ignore_ascii_case(live))
}

/// A user ID goes into a URL, which is no place for a secret.
pub(crate) fn check_user_id(user_id: &str) -> Result<(), Usage> {
    if !begins_as_secret(user_id) {
        return Ok(());
    }
    Err(Usage::new("a user ID is given that looks like a secret")
        .hint("nothing was sent; if it was an argument, the shell's history has it now, so rotate it in the Stytch dashboard"))
}

fn begins_as_secret(text: &str) -> bool {
    text.starts_with("secret-test-") || text.starts_with("secret-live-")
}

pub(super) fn looks_like_project_id(text: &str) -> bool {
    text.starts_with("project-test-") || text.starts_with("project-live-")
}

/// A project ID or a secret without the white space around it, which nobody means.
/// What else it cannot have is refused without being shown; `name` says what it is.
pub(crate) fn trimmed<'a>(name: &str, text: &'a str) -> Result<&'a str, Usage> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let text = text.trim_matches(|c: char| c.is_ascii_whitespace() || c == '\u{b}');
    let (first, last) = (text.chars().next(), text.chars().next_back());
    if first.is_some_and(is_quotation_mark) || last.is_some_and(is_quotation_mark) {
        return Err(Usage::new(format!("{name} has quotation marks around it"))
            .hint("remove them: docker --env-file and some other readers of such files take them for a part of the value"));
    }
    if text.len() > LONGEST_VALUE {
        return Err(Usage::new(format!(
            "{name} is too long to be one of Stytch's: it has {} characters",
            text.chars().count()
        ))
        .hint("copy it again from the API keys page of the Stytch dashboard, and nothing else"));
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
    Err(Usage::new(format!("{name} has {kind} {place}"))
        .hint("copy it again from the API keys page of the Stytch dashboard"))
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
    fn names_are_short_and_plain() {
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
    fn secrets_are_of_the_environment_of_their_project() {
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
        let doubts = |project_id, secret: &str| doubt(project_id, &Secret::new(secret.to_owned()));
        assert_eq!(doubts("project-test-1", "secret-test-a"), None);
        assert_eq!(doubts("project-live-1", "secret-live-a"), None);
        assert!(doubts("project-1", "secret-test-a").is_some());
        assert!(doubts("project-live-1", "older").is_some());
    }
}
