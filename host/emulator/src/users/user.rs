//! The user record, as `GET /v1/users/{user_id}` and a search return it.
//!
//! Invariant: serializing always writes all 19 documented members, in Stytch's order, and never
//! writes an array as `null`. Deserializing is lenient: `null` means absent, and unknown members
//! are kept and serialized again.

use std::borrow::Cow;

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};

use super::{metadata::Metadata, timestamp};

/// The role that every created or generated user has.
pub(crate) const DEFAULT_ROLE: &str = "stytch_user";

/// One user.
///
/// Follows <https://stytch.com/docs/api/get-user>. Timestamps are RFC 3339 in UTC.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct User {
    /// The ID that Stytch generated, `user-test-<uuid>`.
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
    /// Whether the user is locked out temporarily after too many failed logins.
    #[serde(default, deserialize_with = "or_default")]
    pub is_locked: bool,
    /// IDs of the roles assigned to the user.
    #[serde(default, deserialize_with = "or_default")]
    pub roles: Vec<String>,
    /// The name.
    #[serde(default, deserialize_with = "or_default")]
    pub name: Name,
    /// When the user was created.
    #[serde(default, deserialize_with = "timestamp::deserialize")]
    pub created_at: Option<Timestamp>,
    /// The password record, if the user has a password.
    #[serde(default)]
    pub password: Option<Password>,
    /// Application data that the user cannot edit.
    #[serde(default)]
    pub trusted_metadata: Option<Metadata>,
    /// Application data that the user may edit.
    #[serde(default)]
    pub untrusted_metadata: Option<Metadata>,
    /// The application's ID for the user: 1 to 128 characters of `A-Z a-z 0-9 . _ | -`.
    #[serde(default)]
    pub external_id: Option<String>,
    /// When the lock started.
    #[serde(default, deserialize_with = "timestamp::deserialize")]
    pub lock_created_at: Option<Timestamp>,
    /// When the lock expires.
    #[serde(default, deserialize_with = "timestamp::deserialize")]
    pub lock_expires_at: Option<Timestamp>,
    /// Unknown members.
    #[serde(flatten)]
    pub extra: Extra,
}

/// Declares a nested record with lenient deserialization and a field for unknown members.
macro_rules! record {
    ($(#[$doc:meta])* $name:ident { $($(#[$member_doc:meta])* $member:ident: $type:ty,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
        pub struct $name {
            $($(#[$member_doc])*
            #[serde(default, deserialize_with = "or_default")]
            pub $member: $type,)*
            /// Unknown members.
            #[serde(flatten)]
            pub extra: Extra,
        }
    };
}

record! {
    /// A name. Parts that are not set are `""`.
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
        /// Whether the user has proved ownership.
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
        /// Whether the user has proved ownership.
        verified: bool,
    }
}

record! {
    /// A passkey or another `WebAuthn` device.
    WebAuthnRegistration {
        /// `webauthn-registration-test-<uuid>`.
        webauthn_registration_id: String,
        /// The domain of the registration.
        domain: String,
        /// The user agent that registered it.
        user_agent: String,
        /// Whether the registration was completed.
        verified: bool,
        /// `platform`, `cross-platform`, or `""` if none was requested.
        authenticator_type: String,
        /// The name that the user chose.
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
        /// Whether the user has entered a valid code.
        verified: bool,
    }
}

record! {
    /// A crypto wallet.
    CryptoWallet {
        /// `crypto-wallet-test-<uuid>`.
        crypto_wallet_id: String,
        /// The address on the blockchain.
        crypto_wallet_address: String,
        /// `ethereum` or `solana`.
        crypto_wallet_type: String,
        /// Whether the user has signed a challenge with it.
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
    /// Facts about a password, never the password itself.
    Password {
        /// `password-test-<uuid>`.
        password_id: String,
        /// Whether the user must reset it before the next login.
        requires_reset: bool,
    }
}

impl User {
    /// Creates an active user that has only an ID and empty metadata.
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

/// Unknown members of a loaded record. Responses include them.
///
/// Boxed, because every record has this field and almost none has unknown members.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Extra(Option<Box<Map<String, Value>>>);

impl Extra {
    /// Returns the value of a member, if present.
    pub fn get(&self, member: &str) -> Option<&Value> {
        self.0.as_ref()?.get(member)
    }

    /// Removes a member.
    pub(crate) fn remove(&mut self, member: &str) {
        if let Some(members) = &mut self.0 {
            members.remove(member);
        }
    }
}

impl Serialize for Extra {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().flat_map(|members| members.iter()))
    }
}

impl<'de> Deserialize<'de> for Extra {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let members = Map::deserialize(deserializer)?;
        Ok(Self((!members.is_empty()).then(|| Box::new(members))))
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
