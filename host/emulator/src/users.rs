//! The user record: its members, its identifiers, and how users are loaded from JSON.

pub(crate) mod factor;
pub(crate) mod identifier;
mod load;
mod metadata;
mod timestamp;
mod user;

pub(crate) use timestamp::parse as parse_timestamp;
pub(crate) use user::DEFAULT_ROLE;
pub use {
    metadata::Metadata,
    user::{
        BiometricRegistration, CryptoWallet, Email, Extra, Name, OAuthProvider, Password,
        PhoneNumber, Totp, User, WebAuthnRegistration,
    },
};
