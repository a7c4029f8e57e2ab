//! User IDs, external IDs, e-mail addresses and phone numbers as keys to look users up by.

use std::borrow::Cow;

use super::user::User;

/// An identifier that at most one user has at a time.
#[derive(Debug, Hash, PartialEq, Eq)]
pub(crate) enum Key<'a> {
    /// A user ID or an external ID. The API accepts either one wherever it accepts the other.
    Id(&'a str),
    /// An e-mail address in lower case.
    Email(Cow<'a, str>),
    PhoneNumber(&'a str),
}

impl<'a> Key<'a> {
    /// Returns the key of an e-mail address, ignoring case.
    pub(crate) fn email(address: &'a str) -> Self {
        Self::Email(lowercase(address))
    }

    /// Returns all keys of a user.
    pub(crate) fn all(user: &'a User) -> impl Iterator<Item = Self> {
        let emails = user.emails.iter().map(|email| Self::email(&email.email));
        let phones = user.phone_numbers.iter();
        [Self::Id(&user.user_id)]
            .into_iter()
            .chain(user.external_id.as_deref().map(Self::Id))
            .chain(emails)
            .chain(phones.map(|phone| Self::PhoneNumber(&phone.phone_number)))
    }
}

/// Converts text to lower case. Most text already is, and scans must not copy it.
pub(crate) fn lowercase(text: &str) -> Cow<'_, str> {
    if text
        .bytes()
        .all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase())
    {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(text.to_lowercase())
    }
}

/// Returns whether an ID is a valid external ID: 1 to 128 characters of `A-Z a-z 0-9 . _ | -`.
///
/// Stytch's own IDs are valid, too. Follows
/// <https://stytch.com/docs/guides/migrations/external-ids>.
pub(crate) fn is_valid(id: &str) -> bool {
    (1..=128).contains(&id.len())
        && id
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"._|-".contains(&byte))
}

/// Returns whether Stytch generated an ID, in its test or live environment.
pub(crate) fn is_internal(id: &str) -> bool {
    id.starts_with("user-test-") || is_live(id)
}

/// Returns whether an ID belongs to Stytch's live environment.
pub(crate) fn is_live(id: &str) -> bool {
    id.starts_with("user-live-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn external_ids_have_a_limited_alphabet_and_length() {
        for (id, valid) in [
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
            assert_eq!(is_valid(id), valid, "{id}");
        }
    }
}
