//! What looks like a secret of Stytch is not shown, wherever it stands: it may have
//! been put in the place of another value.

use std::borrow::Cow;

pub(crate) const PREFIXES: [&str; 2] = ["secret-test-", "secret-live-"];

/// What stands for the rest of a secret.
const HIDDEN: &str = "<hidden>";

/// Whether there is what looks like a secret anywhere in a text.
pub(crate) fn has_secret(text: &str) -> bool {
    find(text).is_some()
}

/// The text without what makes a secret one.
pub fn redact(text: &str) -> Cow<'_, str> {
    let mut rest = text;
    let mut redacted = String::new();
    while let Some((start, end)) = find(rest) {
        redacted.push_str(rest.get(..start).unwrap_or_default());
        redacted.push_str(HIDDEN);
        rest = rest.get(end..).unwrap_or_default();
    }
    if redacted.is_empty() {
        return Cow::Borrowed(text);
    }
    redacted.push_str(rest);
    Cow::Owned(redacted)
}

/// Where the first secret's own characters are. A prefix without any is what an
/// explanation has: `secret-test-…`.
fn find(text: &str) -> Option<(usize, usize)> {
    let lower = text.to_ascii_lowercase();
    let starts = |prefix| lower.match_indices(prefix).map(|(at, _)| at);
    let mut starts: Vec<_> = PREFIXES.into_iter().flat_map(starts).collect();
    starts.sort_unstable();
    starts.into_iter().find_map(|at| {
        let start = at + PREFIXES.first().map_or(0, |prefix| prefix.len());
        let rest = text.get(start..)?;
        let length = rest.find(|c: char| !is_of_secret(c)).unwrap_or(rest.len());
        (length > 0).then_some((start, start + length))
    })
}

/// The characters of Base64 and of what URLs make of them.
fn is_of_secret(c: char) -> bool {
    c.is_ascii_alphanumeric() || "+/=-_%~".contains(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_found_wherever_they_are() {
        for (text, expected) in [
            ("secret-live-abc", "secret-live-<hidden>"),
            ("a 'secret-test-a+/b=' b", "a 'secret-test-<hidden>' b"),
            (
                "https://Secret-Live-x%3D.example.com",
                "https://Secret-Live-<hidden>.example.com",
            ),
            (
                "secret-test-a,secret-live-b secret-test-c",
                "secret-test-<hidden>,secret-live-<hidden> secret-test-<hidden>",
            ),
            ("secret-test-secret-live-x", "secret-test-<hidden>"),
            (
                "é secret-live-é secret-live-x",
                "é secret-live-é secret-live-<hidden>",
            ),
        ] {
            assert_eq!(redact(text), expected);
            assert!(has_secret(text), "{text}");
        }
    }

    #[test]
    fn explanations_are_no_secrets() {
        for text in [
            "secret-test-…",
            "secret-live-",
            "the secret-test",
            "İsecret-test-",
        ] {
            assert_eq!(redact(text), text);
            assert!(!has_secret(text), "{text}");
        }
    }
}
