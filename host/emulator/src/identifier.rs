//! What an identifier in a path or a body may look like.

/// Whether the text is a legal external ID: 1 to 128 characters of `A-Z a-z 0-9 . _ | -`.
///
/// Stytch's own IDs are legal too. Follows <https://stytch.com/docs/guides/migrations/external-ids>.
pub(super) fn is_legal(id: &str) -> bool {
    (1..=128).contains(&id.len())
        && id
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"._|-".contains(&byte))
}

/// Whether Stytch made the ID, in its test or live environment.
pub(super) fn is_internal(id: &str) -> bool {
    id.starts_with("user-test-") || is_live(id)
}

/// Whether the ID belongs to Stytch's live environment.
pub(super) fn is_live(id: &str) -> bool {
    id.starts_with("user-live-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_alphabet_and_the_length_are_checked() {
        for (id, legal) in [
            ("a", true),
            ("ext|id.1_a-b", true),
            (&"x".repeat(128), true),
            (&"x".repeat(129), false),
            ("", false),
            ("a/b", false),
            ("a b", false),
            ("é", false),
            ("../sessions", false),
        ] {
            assert_eq!(is_legal(id), legal, "{id}");
        }
    }
}
