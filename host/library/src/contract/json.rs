//! Stytch's own JSON: serializes records and parses requests.
//!
//! The records of the contract implement `Serialize` with Stytch's member names and types:
//! first all known members in Stytch's order (`null` if Stytch did not send one), then the
//! members that the contract does not define.

mod input;
mod request;

pub use request::{
    FILTER_NAMES, RequestError, nothing_from_json, query_from_json, search_request_from_json,
    user_id_from_json,
};

use super::types::{
    BiometricRegistration, CredentialReport, CryptoWallet, Email, Environment, Name, OauthProvider,
    Password, PhoneNumber, RetrievedUser, SearchPage, Totp, User, WebauthnRegistration,
};
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// A member of one of Stytch's objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Member {
    /// The name, such as `emails`.
    pub name: &'static str,
    /// What the member's value may contain.
    pub value: Value,
}

/// The value of a [`Member`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Value {
    /// A string, a boolean, or an array of strings.
    Plain,
    /// JSON that the contract does not define, such as metadata.
    Json,
    /// An object, or an array of objects, with these members.
    Object(&'static [Member]),
}

/// The members of a user that the contract defines, in Stytch's order.
pub const USER_MEMBERS: &[Member] = User::MEMBERS;

/// JSON text, serialized as its value.
pub(crate) struct Text<'a>(pub(crate) Option<&'a str>);

impl Serialize for Text<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Some(text) = self.0 else {
            return serializer.serialize_none();
        };
        match serde_json::from_str::<&RawValue>(text) {
            Ok(value) => value.serialize(serializer),
            // Only a component that violates the contract gets here.
            Err(_) => serializer.serialize_str(text),
        }
    }
}

/// Writes the members that the contract does not define.
fn extra<M: SerializeMap>(object: &mut M, extra: Option<&str>) -> Result<(), M::Error> {
    let Some(text) = extra else { return Ok(()) };
    match serde_json::from_str::<BTreeMap<Cow<'_, str>, &RawValue>>(text) {
        Ok(members) => members
            .iter()
            .try_for_each(|(name, value)| object.serialize_entry(name, value)),
        // Only a component that violates the contract gets here.
        Err(_) => object.serialize_entry("extra", text),
    }
}

macro_rules! value {
    ($value:expr) => {
        &$value
    };
    ($value:expr, json) => {
        &Text($value.as_deref())
    };
    ($value:expr, $record:ident) => {
        &$value
    };
}

macro_rules! kind {
    () => {
        Value::Plain
    };
    (json) => {
        Value::Json
    };
    ($record:ident) => {
        Value::Object($record::MEMBERS)
    };
}

/// Implements `Serialize` for records whose fields have the names of Stytch's
/// members.
macro_rules! records {
    ($($record:ident { $($member:ident $(: $kind:ident)?),+ })+) => {$(
        impl $record {
            const MEMBERS: &[Member] = &[
                $(Member { name: stringify!($member), value: kind!($($kind)?) }),+
            ];

            fn serialize_members<M: SerializeMap>(&self, object: &mut M) -> Result<(), M::Error> {
                $(object.serialize_entry(stringify!($member), value!(self.$member $(, $kind)?))?;)+
                extra(object, self.extra.as_deref())
            }
        }

        impl Serialize for $record {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let mut object = serializer.serialize_map(None)?;
                self.serialize_members(&mut object)?;
                object.end()
            }
        }
    )+};
}

records! {
    User {
        user_id, emails: Email, status, phone_numbers: PhoneNumber,
        webauthn_registrations: WebauthnRegistration, providers: OauthProvider, totps: Totp,
        crypto_wallets: CryptoWallet, biometric_registrations: BiometricRegistration, is_locked,
        roles, name: Name, created_at, password: Password,
        trusted_metadata: json, untrusted_metadata: json, external_id, lock_created_at,
        lock_expires_at
    }
    Name { first_name, middle_name, last_name }
    Email { email_id, email, verified }
    PhoneNumber { phone_id, phone_number, verified }
    WebauthnRegistration {
        webauthn_registration_id, domain, user_agent, verified, authenticator_type, name
    }
    OauthProvider {
        provider_type, provider_subject, profile_picture_url, locale, oauth_user_registration_id
    }
    Totp { totp_id, verified }
    CryptoWallet { crypto_wallet_id, crypto_wallet_address, crypto_wallet_type, verified }
    BiometricRegistration { biometric_registration_id, verified }
    Password { password_id, requires_reset }
}

/// As in Stytch's response: the request ID next to the user's members.
impl Serialize for RetrievedUser {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_map(None)?;
        object.serialize_entry("request_id", &self.request_id)?;
        self.user.serialize_members(&mut object)?;
        object.end()
    }
}

/// As in Stytch's response, with `null` for a missing total.
impl Serialize for SearchPage {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_map(None)?;
        object.serialize_entry("request_id", &self.request_id)?;
        object.serialize_entry("results", &self.users)?;
        PageEnd::of(self).serialize_members(&mut object)?;
        object.end()
    }
}

/// The members of a page after its `results`: `results_metadata`, and the members that the
/// contract does not define.
#[derive(Debug, Clone, Default)]
pub struct PageEnd {
    /// How many users match the query; `None` if Stytch does not say.
    pub total: Option<u64>,
    /// The cursor of the next page; `None` on the last page.
    pub next_cursor: Option<String>,
    /// Unknown members of `results_metadata`: a JSON object.
    pub results_metadata_extra: Option<String>,
    /// Unknown members of the response: a JSON object.
    pub extra: Option<String>,
}

impl PageEnd {
    /// Creates the metadata of `page`.
    pub fn of(page: &SearchPage) -> Self {
        Self {
            total: page.total,
            next_cursor: page.next_cursor.clone(),
            results_metadata_extra: page.results_metadata_extra.clone(),
            extra: page.extra.clone(),
        }
    }

    fn serialize_members<M: SerializeMap>(&self, object: &mut M) -> Result<(), M::Error> {
        object.serialize_entry("results_metadata", &ResultsMetadata(self))?;
        extra(object, self.extra.as_deref())
    }
}

impl Serialize for PageEnd {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_map(None)?;
        self.serialize_members(&mut object)?;
        object.end()
    }
}

struct ResultsMetadata<'a>(&'a PageEnd);

impl Serialize for ResultsMetadata<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_map(None)?;
        object.serialize_entry("total", &self.0.total)?;
        object.serialize_entry("next_cursor", &self.0.next_cursor)?;
        extra(&mut object, self.0.results_metadata_extra.as_deref())?;
        object.end()
    }
}

impl Serialize for CredentialReport {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let environment = match self.environment {
            Environment::Test => "test",
            Environment::Live => "live",
        };
        let mut object = serializer.serialize_map(Some(3))?;
        object.serialize_entry("environment", environment)?;
        object.serialize_entry("base_url", &self.base_url)?;
        object.serialize_entry("request_id", &self.request_id)?;
        object.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user() -> User {
        User {
            user_id: "u".into(),
            emails: Some(vec![Email {
                email_id: Some("e".into()),
                email: None,
                verified: Some(true),
                extra: Some(r#"{"bounced":1.0}"#.into()),
            }]),
            status: None,
            phone_numbers: None,
            webauthn_registrations: None,
            providers: None,
            totps: None,
            crypto_wallets: None,
            biometric_registrations: None,
            is_locked: Some(false),
            roles: Some(vec![]),
            name: None,
            created_at: None,
            password: None,
            trusted_metadata: Some(r#"{"n":12345678901234567890123}"#.into()),
            untrusted_metadata: None,
            external_id: None,
            lock_created_at: None,
            lock_expires_at: None,
            extra: Some(r#"{"z":null,"a":[1]}"#.into()),
        }
    }

    #[test]
    fn serializes_a_user_in_stytchs_order() {
        let expected = concat!(
            r#"{"user_id":"u","emails":[{"email_id":"e","email":null,"verified":true,"bounced":1.0}],"#,
            r#""status":null,"phone_numbers":null,"webauthn_registrations":null,"providers":null,"#,
            r#""totps":null,"crypto_wallets":null,"biometric_registrations":null,"is_locked":false,"#,
            r#""roles":[],"name":null,"created_at":null,"password":null,"#,
            r#""trusted_metadata":{"n":12345678901234567890123},"untrusted_metadata":null,"#,
            r#""external_id":null,"lock_created_at":null,"lock_expires_at":null,"a":[1],"z":null}"#
        );
        assert_eq!(serde_json::to_string(&user()).unwrap(), expected);
        let retrieved = RetrievedUser {
            request_id: Some("r".into()),
            user: user(),
        };
        let expected = expected.replacen('{', r#"{"request_id":"r","#, 1);
        assert_eq!(serde_json::to_string(&retrieved).unwrap(), expected);
    }

    #[test]
    fn serializes_invalid_json_as_a_string() {
        let mut user = user();
        user.trusted_metadata = Some("{".into());
        user.extra = Some("[1]".into());
        let json = serde_json::to_string(&user).unwrap();
        assert!(json.contains(r#""trusted_metadata":"{""#), "{json}");
        assert!(json.contains(r#""extra":"[1]""#), "{json}");
    }

    #[test]
    fn a_page_keeps_its_metadata() {
        let page = SearchPage {
            request_id: None,
            users: vec![],
            total: None,
            next_cursor: Some("c".into()),
            results_metadata_extra: Some(r#"{"page_size":10.0}"#.into()),
            extra: Some(r#"{"warnings":["w"]}"#.into()),
        };
        assert_eq!(
            serde_json::to_string(&page).unwrap(),
            concat!(
                r#"{"request_id":null,"results":[],"#,
                r#""results_metadata":{"total":null,"next_cursor":"c","page_size":10.0},"#,
                r#""warnings":["w"]}"#
            )
        );
    }
}
