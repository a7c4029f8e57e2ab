//! The documented search filters, and which users they match.
//!
//! The table in the [crate documentation](crate) lists what is inferred rather than documented.

use jiff::Timestamp;

use crate::users::{
    User,
    identifier::{Key, lowercase},
};

/// A valid operand of a query.
///
/// Values are sorted and deduplicated, and values that are compared case-insensitively are in
/// lower case, so that equivalent filters compare equal.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Filter {
    /// `created_at_…`: created after the first timestamp and before the second.
    CreatedAt(Option<Timestamp>, Option<Timestamp>),
    /// `status`.
    Status(String),
    /// Matches any of several exact values.
    AnyOf(List, Vec<String>),
    /// Matches part of a text.
    Fuzzy(Text, String),
    /// `…_verified`.
    Verified(VerifiedFactor, bool),
    /// `password_exists`.
    PasswordExists(bool),
}

/// The field that an any-of filter compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum List {
    /// A user ID or an external ID.
    Id,
    PhoneNumber,
    PhoneId,
    EmailAddress,
    EmailId,
    OauthProvider,
    WebauthnRegistrationId,
    CryptoWalletId,
    CryptoWalletAddress,
    TotpId,
}

/// The field that a fuzzy filter compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Text {
    FullName,
    PhoneNumber,
    EmailAddress,
}

/// The kind of factor that a `…_verified` filter checks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum VerifiedFactor {
    Phone,
    Email,
    Webauthn,
    CryptoWallet,
    Totp,
}

impl Filter {
    /// Returns the keys of which a matching user must have one, if the filter compares keys.
    pub(crate) fn keys(&self) -> Option<Vec<Key<'_>>> {
        let Self::AnyOf(list, values) = self else {
            return None;
        };
        let key = |value| match list {
            List::Id => Some(Key::Id(value)),
            List::PhoneNumber => Some(Key::PhoneNumber(value)),
            List::EmailAddress => Some(Key::email(value)),
            _ => None,
        };
        values.iter().map(|value| key(value.as_str())).collect()
    }

    /// Returns whether the filter matches the user.
    pub(crate) fn matches(&self, user: &User) -> bool {
        match self {
            Self::CreatedAt(after, before) => user.created_at.is_some_and(|created_at| {
                after.is_none_or(|after| created_at > after)
                    && before.is_none_or(|before| created_at < before)
            }),
            Self::Status(status) => user.status == *status,
            Self::AnyOf(list, values) => list.matches(values, user),
            Self::Fuzzy(text, value) => text.matches(value, user),
            Self::Verified(factor, verified) => factor.matches(*verified, user),
            Self::PasswordExists(exists) => user.password.is_some() == *exists,
        }
    }
}

impl List {
    fn matches(self, values: &[String], user: &User) -> bool {
        let has = |text: &str| {
            let found = values.binary_search_by(|value| value.as_str().cmp(text));
            found.is_ok()
        };
        let has_lowercased = |text: &str| has(&lowercase(text));
        match self {
            Self::Id => has(&user.user_id) || user.external_id.as_deref().is_some_and(has),
            Self::PhoneNumber => user.phone_numbers.iter().any(|p| has(&p.phone_number)),
            Self::PhoneId => user.phone_numbers.iter().any(|p| has(&p.phone_id)),
            Self::EmailAddress => user.emails.iter().any(|e| has_lowercased(&e.email)),
            Self::EmailId => user.emails.iter().any(|e| has(&e.email_id)),
            Self::OauthProvider => user
                .providers
                .iter()
                .any(|p| has_lowercased(&p.provider_type)),
            Self::WebauthnRegistrationId => {
                let mut devices = user.webauthn_registrations.iter();
                devices.any(|w| has(&w.webauthn_registration_id))
            }
            Self::CryptoWalletId => user.crypto_wallets.iter().any(|w| has(&w.crypto_wallet_id)),
            Self::CryptoWalletAddress => {
                let mut wallets = user.crypto_wallets.iter();
                wallets.any(|w| has(&w.crypto_wallet_address))
            }
            Self::TotpId => user.totps.iter().any(|t| has(&t.totp_id)),
        }
    }
}

impl Text {
    fn matches(self, value: &str, user: &User) -> bool {
        match self {
            Self::FullName => {
                let (first, last) = (&user.name.first_name, &user.name.last_name);
                let full = first.chars().chain([' ']).chain(last.chars());
                starts_with(full, value) || starts_with(last.chars(), value)
            }
            Self::PhoneNumber => {
                let mut phones = user.phone_numbers.iter();
                phones.any(|phone| phone.phone_number.contains(value))
            }
            Self::EmailAddress => user.emails.iter().any(|email| {
                let domain = email.email.split_once('@').map_or("", |(_, domain)| domain);
                starts_with(email.email.chars(), value) || starts_with(domain.chars(), value)
            }),
        }
    }
}

/// Returns whether the text starts with a lower-case prefix, ignoring case.
fn starts_with(text: impl Iterator<Item = char>, prefix: &str) -> bool {
    let mut text = text.flat_map(char::to_lowercase);
    prefix.chars().all(|expected| text.next() == Some(expected))
}

impl VerifiedFactor {
    fn matches(self, verified: bool, user: &User) -> bool {
        match self {
            Self::Phone => user.phone_numbers.iter().any(|p| p.verified == verified),
            Self::Email => user.emails.iter().any(|e| e.verified == verified),
            Self::Webauthn => {
                let mut devices = user.webauthn_registrations.iter();
                devices.any(|w| w.verified == verified)
            }
            Self::CryptoWallet => user.crypto_wallets.iter().any(|w| w.verified == verified),
            Self::Totp => user.totps.iter().any(|t| t.verified == verified),
        }
    }
}
