//! Authentication factors: the parts of a user that have IDs and can be deleted by ID.

use super::user::User;
use crate::api_error::ApiError;

/// A kind of authentication factor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Factor {
    Email,
    PhoneNumber,
    WebauthnRegistration,
    BiometricRegistration,
    Totp,
    CryptoWallet,
    Password,
    OauthRegistration,
}

impl Factor {
    /// Parses the path segment that names a kind, as in `/v1/users/emails/{email_id}`.
    pub(crate) fn from_segment(segment: &str) -> Option<Self> {
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

    /// Returns whether the user has a factor of this kind with this ID.
    pub(crate) fn belongs_to(self, user: &User, id: &str) -> bool {
        match self {
            Self::Email => user.emails.iter().any(|factor| factor.email_id == id),
            Self::PhoneNumber => user
                .phone_numbers
                .iter()
                .any(|factor| factor.phone_id == id),
            Self::WebauthnRegistration => {
                let mut factors = user.webauthn_registrations.iter();
                factors.any(|factor| factor.webauthn_registration_id == id)
            }
            Self::BiometricRegistration => {
                let mut factors = user.biometric_registrations.iter();
                factors.any(|factor| factor.biometric_registration_id == id)
            }
            Self::Totp => user.totps.iter().any(|factor| factor.totp_id == id),
            Self::CryptoWallet => {
                let mut factors = user.crypto_wallets.iter();
                factors.any(|factor| factor.crypto_wallet_id == id)
            }
            Self::Password => {
                let mut factors = user.password.iter();
                factors.any(|factor| factor.password_id == id)
            }
            Self::OauthRegistration => {
                let mut factors = user.providers.iter();
                factors.any(|factor| factor.oauth_user_registration_id == id)
            }
        }
    }

    /// Deletes the factor with this ID from the user.
    pub(crate) fn delete(self, user: &mut User, id: &str) {
        match self {
            Self::Email => user.emails.retain(|factor| factor.email_id != id),
            Self::PhoneNumber => user.phone_numbers.retain(|factor| factor.phone_id != id),
            Self::WebauthnRegistration => {
                let factors = &mut user.webauthn_registrations;
                factors.retain(|factor| factor.webauthn_registration_id != id);
            }
            Self::BiometricRegistration => {
                let factors = &mut user.biometric_registrations;
                factors.retain(|factor| factor.biometric_registration_id != id);
            }
            Self::Totp => user.totps.retain(|factor| factor.totp_id != id),
            Self::CryptoWallet => {
                let factors = &mut user.crypto_wallets;
                factors.retain(|factor| factor.crypto_wallet_id != id);
            }
            Self::Password => user.password = None,
            Self::OauthRegistration => {
                let factors = &mut user.providers;
                factors.retain(|factor| factor.oauth_user_registration_id != id);
            }
        }
    }

    /// Returns the number of factors of a user, of all kinds.
    pub(crate) fn count(user: &User) -> usize {
        user.emails.len()
            + user.phone_numbers.len()
            + user.webauthn_registrations.len()
            + user.biometric_registrations.len()
            + user.totps.len()
            + user.crypto_wallets.len()
            + usize::from(user.password.is_some())
            + user.providers.len()
    }

    /// The error for an unknown ID. Stytch publishes the one for phone numbers; the others follow
    /// its form, with the error types that the browser SDK lists.
    pub(crate) fn not_found(self) -> ApiError {
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
        ApiError::new(404, error_type, message)
    }
}
