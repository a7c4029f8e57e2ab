//! A builder for generated users.

use jiff::Timestamp;
use serde_json::Value;

use crate::{
    random::Random,
    users::{
        BiometricRegistration, CryptoWallet, DEFAULT_ROLE, Email, Metadata, Name, OAuthProvider,
        Password, PhoneNumber, Totp, User, WebAuthnRegistration,
    },
};

/// The time at which users are generated, 2026-06-30T00:00:00Z, in Unix seconds. Fixed, because
/// the users of a seed must not depend on the date.
pub(super) const NOW: i64 = 1_782_777_600;

const HEX: &[u8] = b"0123456789abcdef";
const BASE58: &[u8] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
const DIGITS: &[u8] = b"0123456789";
const USER_AGENTS: [&str; 3] = [
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/17.4 Safari/605.1.15",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/126.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Android 14; Mobile; rv:127.0) Gecko/127.0 Firefox/127.0",
];

/// A user under construction, and the random stream for its IDs.
#[derive(Debug)]
pub(super) struct UserBuilder {
    pub(super) user: User,
    pub(super) random: Random,
}

impl UserBuilder {
    /// Starts an active user with this creation time, in Unix seconds.
    pub(super) fn new(mut random: Random, created_at: i64) -> Self {
        let mut user = User::new(random.id("user"));
        user.created_at = instant(created_at);
        add(&mut user.roles, DEFAULT_ROLE.to_owned());
        Self { user, random }
    }

    pub(super) fn pending(&mut self) -> &mut Self {
        self.user.status = "pending".into();
        self
    }

    pub(super) fn name(&mut self, first: &str, middle: &str, last: &str) -> &mut Self {
        self.user.name = Name {
            first_name: first.to_owned(),
            middle_name: middle.to_owned(),
            last_name: last.to_owned(),
            ..Name::default()
        };
        self
    }

    pub(super) fn email(&mut self, address: &str, verified: bool) -> &mut Self {
        add(
            &mut self.user.emails,
            Email {
                email_id: self.random.id("email"),
                email: address.to_owned(),
                verified,
                ..Email::default()
            },
        );
        self
    }

    pub(super) fn phone(&mut self, number: &str, verified: bool) -> &mut Self {
        add(
            &mut self.user.phone_numbers,
            PhoneNumber {
                phone_id: self.random.id("phone-number"),
                phone_number: number.to_owned(),
                verified,
                ..PhoneNumber::default()
            },
        );
        self
    }

    /// Adds an identity at a provider. Without a locale it has no picture, either.
    pub(super) fn oauth(&mut self, provider: &str, locale: &str) -> &mut Self {
        let subject = self.random.text(21, DIGITS);
        let picture = match locale {
            "" => String::new(),
            _ => format!("https://pictures.example.com/{subject}.png"),
        };
        add(
            &mut self.user.providers,
            OAuthProvider {
                provider_type: provider.to_owned(),
                provider_subject: subject,
                profile_picture_url: picture,
                locale: locale.to_owned(),
                oauth_user_registration_id: self.random.id("oauth-user"),
                ..OAuthProvider::default()
            },
        );
        self
    }

    pub(super) fn passkey(
        &mut self,
        authenticator_type: &str,
        name: &str,
        verified: bool,
    ) -> &mut Self {
        add(
            &mut self.user.webauthn_registrations,
            WebAuthnRegistration {
                webauthn_registration_id: self.random.id("webauthn-registration"),
                domain: "app.example.com".to_owned(),
                user_agent: self.random.pick(&USER_AGENTS).to_owned(),
                verified,
                authenticator_type: authenticator_type.to_owned(),
                name: name.to_owned(),
                ..WebAuthnRegistration::default()
            },
        );
        self
    }

    pub(super) fn totp(&mut self, verified: bool) -> &mut Self {
        add(
            &mut self.user.totps,
            Totp {
                totp_id: self.random.id("totp"),
                verified,
                ..Totp::default()
            },
        );
        self
    }

    /// Adds a wallet with a random address in the format of the blockchain.
    pub(super) fn wallet(&mut self, chain: &str, verified: bool) -> &mut Self {
        let address = match chain {
            "ethereum" => format!("0x{}", self.random.text(40, HEX)),
            _ => self.random.text(44, BASE58),
        };
        add(
            &mut self.user.crypto_wallets,
            CryptoWallet {
                crypto_wallet_id: self.random.id("crypto-wallet"),
                crypto_wallet_address: address,
                crypto_wallet_type: chain.to_owned(),
                verified,
                ..CryptoWallet::default()
            },
        );
        self
    }

    pub(super) fn biometric(&mut self, verified: bool) -> &mut Self {
        add(
            &mut self.user.biometric_registrations,
            BiometricRegistration {
                biometric_registration_id: self.random.id("biometric-registration"),
                verified,
                ..BiometricRegistration::default()
            },
        );
        self
    }

    pub(super) fn password(&mut self, requires_reset: bool) -> &mut Self {
        self.user.password = Some(Password {
            password_id: self.random.id("password"),
            requires_reset,
            ..Password::default()
        });
        self
    }

    pub(super) fn roles(&mut self, roles: &[&str]) -> &mut Self {
        self.user.roles = roles.iter().map(|&role| role.to_owned()).collect();
        self
    }

    /// Locks the user this many minutes before [`NOW`], for this many minutes. Stytch's locks last
    /// from 5 minutes to 7 days, and 1 hour by default.
    pub(super) fn locked(&mut self, minutes_ago: i64, minutes: i64) -> &mut Self {
        let since = NOW - minutes_ago * 60;
        self.user.is_locked = true;
        self.user.lock_created_at = instant(since);
        self.user.lock_expires_at = instant(since + minutes * 60);
        self
    }

    pub(super) fn external_id(&mut self, id: impl Into<String>) -> &mut Self {
        self.user.external_id = Some(id.into());
        self
    }

    pub(super) fn trusted(&mut self, metadata: &Value) -> &mut Self {
        self.user.trusted_metadata = object(metadata);
        self
    }

    pub(super) fn untrusted(&mut self, metadata: &Value) -> &mut Self {
        self.user.untrusted_metadata = object(metadata);
        self
    }
}

/// Converts a value to metadata; `null` becomes `None`.
fn object(metadata: &Value) -> Option<Metadata> {
    metadata.as_object().map(Metadata::from)
}

/// Appends without reserving spare capacity, because the list hardly grows again.
fn add<T>(list: &mut Vec<T>, item: T) {
    list.reserve_exact(1);
    list.push(item);
}

fn instant(unix_second: i64) -> Option<Timestamp> {
    Timestamp::from_second(unix_second).ok()
}
