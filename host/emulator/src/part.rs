//! The parts of a user that have IDs of their own, and can be deleted by them.

use super::{User, failure::Failure};

/// What a part is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Email,
    PhoneNumber,
    WebauthnRegistration,
    BiometricRegistration,
    Totp,
    CryptoWallet,
    Password,
    OauthRegistration,
}

impl Part {
    /// The part that a segment of a path names, as in `/v1/users/emails/{email_id}`.
    pub(super) fn of_segment(segment: &str) -> Option<Self> {
        Some(match segment {
            "emails" => Self::Email,
            "phone_numbers" => Self::PhoneNumber,
            "webauthn_registrations" => Self::WebauthnRegistration,
            "biometric_registrations" => Self::BiometricRegistration,
            "totps" => Self::Totp,
            "crypto_wallets" => Self::CryptoWallet,
            "passwords" => Self::Password,
            "oauth" => Self::OauthRegistration,
            _ => return None,
        })
    }

    /// Whether the user has the part with this ID.
    pub(super) fn is_of(self, user: &User, id: &str) -> bool {
        match self {
            Self::Email => user.emails.iter().any(|part| part.email_id == id),
            Self::PhoneNumber => user.phone_numbers.iter().any(|part| part.phone_id == id),
            Self::WebauthnRegistration => {
                let mut parts = user.webauthn_registrations.iter();
                parts.any(|part| part.webauthn_registration_id == id)
            }
            Self::BiometricRegistration => {
                let mut parts = user.biometric_registrations.iter();
                parts.any(|part| part.biometric_registration_id == id)
            }
            Self::Totp => user.totps.iter().any(|part| part.totp_id == id),
            Self::CryptoWallet => {
                let mut parts = user.crypto_wallets.iter();
                parts.any(|part| part.crypto_wallet_id == id)
            }
            Self::Password => {
                let mut parts = user.password.iter();
                parts.any(|part| part.password_id == id)
            }
            Self::OauthRegistration => {
                let mut parts = user.providers.iter();
                parts.any(|part| part.oauth_user_registration_id == id)
            }
        }
    }

    /// Takes the part with this ID from the user.
    pub(super) fn delete(self, user: &mut User, id: &str) {
        match self {
            Self::Email => user.emails.retain(|part| part.email_id != id),
            Self::PhoneNumber => user.phone_numbers.retain(|part| part.phone_id != id),
            Self::WebauthnRegistration => {
                let parts = &mut user.webauthn_registrations;
                parts.retain(|part| part.webauthn_registration_id != id);
            }
            Self::BiometricRegistration => {
                let parts = &mut user.biometric_registrations;
                parts.retain(|part| part.biometric_registration_id != id);
            }
            Self::Totp => user.totps.retain(|part| part.totp_id != id),
            Self::CryptoWallet => {
                let parts = &mut user.crypto_wallets;
                parts.retain(|part| part.crypto_wallet_id != id);
            }
            Self::Password => user.password = None,
            Self::OauthRegistration => {
                let parts = &mut user.providers;
                parts.retain(|part| part.oauth_user_registration_id != id);
            }
        }
    }

    /// How many parts a user has: factors, all of them.
    pub(super) fn count(user: &User) -> usize {
        user.emails.len()
            + user.phone_numbers.len()
            + user.webauthn_registrations.len()
            + user.biometric_registrations.len()
            + user.totps.len()
            + user.crypto_wallets.len()
            + usize::from(user.password.is_some())
            + user.providers.len()
    }

    /// The answer to an ID that no part has. Stytch publishes the one of a phone number; the
    /// others have its form, with the types that its browser SDK lists.
    pub(super) fn not_found(self) -> Failure {
        let (error_type, message) = match self {
            Self::Email => ("email_not_found", "Email could not be found."),
            Self::PhoneNumber => ("phone_number_not_found", "Phone number could not be found."),
            Self::WebauthnRegistration => (
                "webauthn_registration_not_found",
                "WebAuthn registration could not be found.",
            ),
            Self::BiometricRegistration => (
                "biometric_registration_not_found",
                "Biometric registration could not be found.",
            ),
            Self::Totp => ("totp_not_found", "TOTP could not be found."),
            Self::CryptoWallet => (
                "crypto_wallet_not_found",
                "Crypto wallet could not be found.",
            ),
            Self::Password => ("password_not_found", "Password could not be found."),
            Self::OauthRegistration => (
                "oauth_user_registration_not_found",
                "OAuth user registration could not be found.",
            ),
        };
        Failure::new(404, error_type, message)
    }
}
