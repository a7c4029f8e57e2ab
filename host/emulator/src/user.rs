//! The user record, as `GET /v1/users/{user_id}` and a search send it.
//!
//! Invariant: all 19 documented members are always sent, in Stytch's order, with arrays that are
//! never `null`. Reading is lenient instead: `null` means absent, and members that this version
//! does not know are kept and sent back.

use std::borrow::Cow;

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize};

use super::{extra::Extra, metadata::Metadata, time};

/// One user.
///
/// Follows <https://stytch.com/docs/api/get-user>. Timestamps are sent as RFC 3339 in UTC.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct User {
    /// Stytch's own ID, `user-test-<uuid>`.
    pub user_id: String,
    /// E-mail addresses.
    #[serde(default, deserialize_with = "or_default")]
    pub emails: Vec<Email>,
    /// `active` or `pending`; absent means `active`.
    #[serde(default = "active", deserialize_with = "or_active")]
    pub status: Cow<'static, str>,
    /// Phone numbers.
    #[serde(default, deserialize_with = "or_default")]
    pub phone_numbers: Vec<PhoneNumber>,
    /// Passkeys and other `WebAuthn` devices.
    #[serde(default, deserialize_with = "or_default")]
    pub webauthn_registrations: Vec<WebAuthnRegistration>,
    /// Identities at OAuth providers.
    #[serde(default, deserialize_with = "or_default")]
    pub providers: Vec<OAuthProvider>,
    /// Authenticator apps.
    #[serde(default, deserialize_with = "or_default")]
    pub totps: Vec<Totp>,
    /// Crypto wallets.
    #[serde(default, deserialize_with = "or_default")]
    pub crypto_wallets: Vec<CryptoWallet>,
    /// Biometric registrations of mobile devices.
    #[serde(default, deserialize_with = "or_default")]
    pub biometric_registrations: Vec<BiometricRegistration>,
    /// Whether too many failed logins have locked the user out for a while.
    #[serde(default, deserialize_with = "or_default")]
    pub is_locked: bool,
    /// IDs of the roles assigned to the user.
    #[serde(default, deserialize_with = "or_default")]
    pub roles: Vec<String>,
    /// The name, in up to three parts.
    #[serde(default, deserialize_with = "or_default")]
    pub name: Name,
    /// When the user was created.
    #[serde(default, deserialize_with = "time::deserialize")]
    pub created_at: Option<Timestamp>,
    /// The password, if there is one.
    #[serde(default)]
    pub password: Option<Password>,
    /// Data of the application, out of the user's reach.
    #[serde(default)]
    pub trusted_metadata: Option<Metadata>,
    /// Data of the application that the user may edit.
    #[serde(default)]
    pub untrusted_metadata: Option<Metadata>,
    /// The application's own ID: 1 to 128 characters of `A-Z a-z 0-9 . _ | -`.
    #[serde(default)]
    pub external_id: Option<String>,
    /// When the lock began.
    #[serde(default, deserialize_with = "time::deserialize")]
    pub lock_created_at: Option<Timestamp>,
    /// When the lock ends.
    #[serde(default, deserialize_with = "time::deserialize")]
    pub lock_expires_at: Option<Timestamp>,
    /// Members that this version does not know.
    #[serde(flatten)]
    pub extra: Extra,
}

/// Declares a nested record: documented members, lenient reading, and a place for unknown ones.
macro_rules! record {
    ($(#[$doc:meta])* $name:ident { $($(#[$member_doc:meta])* $member:ident: $type:ty,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
        pub struct $name {
            $($(#[$member_doc])*
            #[serde(default, deserialize_with = "or_default")]
            pub $member: $type,)*
            /// Members that this version does not know.
            #[serde(flatten)]
            pub extra: Extra,
        }
    };
}

record! {
    /// A name; a part that is not set is `""`.
    Name {
        /// The first name.
        first_name: String,
        /// The middle name or names.
        middle_name: String,
        /// The last name.
        last_name: String,
    }
}

record! {
    /// An e-mail address.
    Email {
        /// `email-test-<uuid>`.
        email_id: String,
        /// The address.
        email: String,
        /// Whether the user has proved to own it.
        verified: bool,
    }
}

record! {
    /// A phone number.
    PhoneNumber {
        /// `phone-number-test-<uuid>`.
        phone_id: String,
        /// The number in E.164 form, `+` and up to 15 digits.
        phone_number: String,
        /// Whether the user has proved to own it.
        verified: bool,
    }
}

record! {
    /// A passkey or another `WebAuthn` device.
    WebAuthnRegistration {
        /// `webauthn-registration-test-<uuid>`.
        webauthn_registration_id: String,
        /// The domain that it was registered for.
        domain: String,
        /// The user agent that registered it.
        user_agent: String,
        /// Whether the registration was completed.
        verified: bool,
        /// `platform`, `cross-platform`, or `""` when none was asked for.
        authenticator_type: String,
        /// The name that the user gave it.
        name: String,
    }
}

record! {
    /// An identity at an OAuth provider.
    OAuthProvider {
        /// The provider's display name, such as `Google` or `GitHub`.
        provider_type: String,
        /// The user's ID at the provider.
        provider_subject: String,
        /// The profile picture's URL, or `""`.
        profile_picture_url: String,
        /// The locale set at the provider, or `""`.
        locale: String,
        /// `oauth-user-test-<uuid>`.
        oauth_user_registration_id: String,
    }
}

record! {
    /// An authenticator app.
    Totp {
        /// `totp-test-<uuid>`.
        totp_id: String,
        /// Whether a code of it has been accepted.
        verified: bool,
    }
}

record! {
    /// A crypto wallet.
    CryptoWallet {
        /// `crypto-wallet-test-<uuid>`.
        crypto_wallet_id: String,
        /// The address on its chain.
        crypto_wallet_address: String,
        /// `ethereum` or `solana`.
        crypto_wallet_type: String,
        /// Whether the user has signed with it.
        verified: bool,
    }
}

record! {
    /// A biometric registration of a mobile device.
    BiometricRegistration {
        /// `biometric-registration-test-<uuid>`.
        biometric_registration_id: String,
        /// Whether it has been used.
        verified: bool,
    }
}

record! {
    /// A password; never the password itself.
    Password {
        /// `password-test-<uuid>`.
        password_id: String,
        /// Whether it must be reset before the next login.
        requires_reset: bool,
    }
}

impl User {
    /// An active user with an ID and nothing else: no member but the metadata, which are empty
    /// objects, has a value.
    pub fn new(user_id: impl Into<String>) -> Self {
        Self {
            user_id: user_id.into(),
            emails: Vec::new(),
            status: active(),
            phone_numbers: Vec::new(),
            webauthn_registrations: Vec::new(),
            providers: Vec::new(),
            totps: Vec::new(),
            crypto_wallets: Vec::new(),
            biometric_registrations: Vec::new(),
            is_locked: false,
            roles: Vec::new(),
            name: Name::default(),
            created_at: None,
            password: None,
            trusted_metadata: Some(Metadata::default()),
            untrusted_metadata: Some(Metadata::default()),
            external_id: None,
            lock_created_at: None,
            lock_expires_at: None,
            extra: Extra::default(),
        }
    }
}

fn active() -> Cow<'static, str> {
    Cow::Borrowed("active")
}

fn or_active<'de, D>(deserializer: D) -> Result<Cow<'static, str>, D::Error>
where
    D: Deserializer<'de>,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_else(active))
}

fn or_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}
