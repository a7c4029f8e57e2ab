//! The documented filters of a search, and which users they match.
//!
//! What is inferred rather than documented is in the table of the [module](crate::emulator).

use std::borrow::Cow;

use jiff::Timestamp;

use super::{User, index::Key};

/// One operand of a query, checked.
///
/// Values are sorted and free of repetitions, and lists and fuzzy values that are compared without
/// regard to case are in lower case, so that equal filters are equal values.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Filter {
    /// `created_at_…`: created after the first and before the second.
    CreatedAt(Option<Timestamp>, Option<Timestamp>),
    /// `status`.
    Status(String),
    /// A filter by any of several exact values.
    AnyOf(List, Vec<String>),
    /// A filter by part of a text.
    Fuzzy(Text, String),
    /// `…_verified`.
    Verified(Factor, bool),
    /// `password_exists`.
    PasswordExists(bool),
}

/// Where an any-of filter looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum List {
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

/// Where a fuzzy filter looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Text {
    FullName,
    PhoneNumber,
    EmailAddress,
}

/// What a `…_verified` filter is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Factor {
    Phone,
    Email,
    Webauthn,
    CryptoWallet,
    Totp,
}

impl Filter {
    /// The keys of which a user must have one to pass, if the filter is about keys.
    pub(super) fn keys(&self) -> Option<Vec<Key<'_>>> {
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

    /// Whether the filter lets the user through.
    pub(super) fn matches(&self, user: &User) -> bool {
        match self {
            Self::CreatedAt(after, before) => user.created_at.is_some_and(|created_at| {
                after.is_none_or(|after| created_at > after)
                    && before.is_none_or(|before| created_at < before)
            }),
            Self::Status(status) => user.status == *status,
            Self::AnyOf(list, values) => list.holds_any(values, user),
            Self::Fuzzy(text, value) => text.holds(value, user),
            Self::Verified(factor, verified) => factor.is_there(*verified, user),
            Self::PasswordExists(exists) => user.password.is_some() == *exists,
        }
    }
}

impl List {
    fn holds_any(self, values: &[String], user: &User) -> bool {
        let has = |text: &str| {
            let found = values.binary_search_by(|value| value.as_str().cmp(text));
            found.is_ok()
        };
        let has_folded = |text: &str| has(&folded(text));
        match self {
            Self::Id => has(&user.user_id) || user.external_id.as_deref().is_some_and(has),
            Self::PhoneNumber => user.phone_numbers.iter().any(|p| has(&p.phone_number)),
            Self::PhoneId => user.phone_numbers.iter().any(|p| has(&p.phone_id)),
            Self::EmailAddress => user.emails.iter().any(|e| has_folded(&e.email)),
            Self::EmailId => user.emails.iter().any(|e| has(&e.email_id)),
            Self::OauthProvider => user.providers.iter().any(|p| has_folded(&p.provider_type)),
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
    fn holds(self, value: &str, user: &User) -> bool {
        match self {
            Self::FullName => {
                let (first, last) = (&user.name.first_name, &user.name.last_name);
                let full = first.chars().chain([' ']).chain(last.chars());
                begins(full, value) || begins(last.chars(), value)
            }
            Self::PhoneNumber => {
                let mut phones = user.phone_numbers.iter();
                phones.any(|phone| phone.phone_number.contains(value))
            }
            Self::EmailAddress => user.emails.iter().any(|email| {
                let domain = email.email.split_once('@').map_or("", |(_, domain)| domain);
                begins(email.email.chars(), value) || begins(domain.chars(), value)
            }),
        }
    }
}

/// The text in lower case. Most texts are already, and scans must not copy those.
pub(super) fn folded(text: &str) -> Cow<'_, str> {
    if text
        .bytes()
        .all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase())
    {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(text.to_lowercase())
    }
}

/// Whether the text begins with a prefix that is in lower case already.
fn begins(text: impl Iterator<Item = char>, prefix: &str) -> bool {
    let mut text = text.flat_map(char::to_lowercase);
    prefix.chars().all(|wanted| text.next() == Some(wanted))
}

impl Factor {
    fn is_there(self, verified: bool, user: &User) -> bool {
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

#[cfg(test)]
mod tests;
