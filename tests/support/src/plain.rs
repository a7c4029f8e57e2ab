//! The plain reading of Stytch's JSON: each body is taken apart with `serde_json`
//! and put together again, with nothing of this project in between. What the
//! component and the host make of the same body must be the same text.

use serde::de::{Deserialize, Deserializer, Visitor};
use serde::ser::{Serialize, Serializer};
use serde_json::value::RawValue;
use std::borrow::Borrow;
use std::collections::BTreeMap;
use std::fmt;

/// What a known member holds.
#[derive(Clone, Copy)]
pub enum Kind {
    /// A string.
    Text,
    /// `true` or `false`.
    Boolean,
    /// Any JSON, kept as it was sent.
    Json,
    /// A list of strings.
    Texts,
    /// An object.
    Object(Shape),
    /// A list of objects.
    Objects(Shape),
}

/// The known members of an object, in Stytch's order.
pub type Shape = &'static [(&'static str, Kind)];

/// Source: <https://stytch.com/docs/api/user-object>
pub const USER: Shape = &[
    ("user_id", Kind::Text),
    (
        "emails",
        Kind::Objects(&[
            ("email_id", Kind::Text),
            ("email", Kind::Text),
            ("verified", Kind::Boolean),
        ]),
    ),
    ("status", Kind::Text),
    (
        "phone_numbers",
        Kind::Objects(&[
            ("phone_id", Kind::Text),
            ("phone_number", Kind::Text),
            ("verified", Kind::Boolean),
        ]),
    ),
    (
        "webauthn_registrations",
        Kind::Objects(&[
            ("webauthn_registration_id", Kind::Text),
            ("domain", Kind::Text),
            ("user_agent", Kind::Text),
            ("verified", Kind::Boolean),
            ("authenticator_type", Kind::Text),
            ("name", Kind::Text),
        ]),
    ),
    (
        "providers",
        Kind::Objects(&[
            ("provider_type", Kind::Text),
            ("provider_subject", Kind::Text),
            ("profile_picture_url", Kind::Text),
            ("locale", Kind::Text),
            ("oauth_user_registration_id", Kind::Text),
        ]),
    ),
    (
        "totps",
        Kind::Objects(&[("totp_id", Kind::Text), ("verified", Kind::Boolean)]),
    ),
    (
        "crypto_wallets",
        Kind::Objects(&[
            ("crypto_wallet_id", Kind::Text),
            ("crypto_wallet_address", Kind::Text),
            ("crypto_wallet_type", Kind::Text),
            ("verified", Kind::Boolean),
        ]),
    ),
    (
        "biometric_registrations",
        Kind::Objects(&[
            ("biometric_registration_id", Kind::Text),
            ("verified", Kind::Boolean),
        ]),
    ),
    ("is_locked", Kind::Boolean),
    ("roles", Kind::Texts),
    (
        "name",
        Kind::Object(&[
            ("first_name", Kind::Text),
            ("middle_name", Kind::Text),
            ("last_name", Kind::Text),
        ]),
    ),
    ("created_at", Kind::Text),
    (
        "password",
        Kind::Object(&[
            ("password_id", Kind::Text),
            ("requires_reset", Kind::Boolean),
        ]),
    ),
    ("trusted_metadata", Kind::Json),
    ("untrusted_metadata", Kind::Json),
    ("external_id", Kind::Text),
    ("lock_created_at", Kind::Text),
    ("lock_expires_at", Kind::Text),
];

type Members<'a> = BTreeMap<Text, &'a RawValue>;

/// A string. Half of a surrogate pair in it, which is no character, is U+FFFD.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Text(String);

impl Borrow<str> for Text {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl Serialize for Text {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextVisitor;

        impl Visitor<'_> for TextVisitor {
            type Value = Text;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a string")
            }

            fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Text, E> {
                // Each byte of a half is replaced, and there are three.
                let half = "\u{fffd}".repeat(3);
                Ok(Text(match str::from_utf8(bytes) {
                    Ok(text) => text.to_owned(),
                    Err(_) => String::from_utf8_lossy(bytes).replace(&half, "\u{fffd}"),
                }))
            }
        }

        deserializer.deserialize_bytes(TextVisitor)
    }
}

/// The answer to a retrieval, as it is to come out.
///
/// # Errors
///
/// When it is no user.
pub fn retrieved(body: &str) -> serde_json::Result<String> {
    let mut members: Members<'_> = serde_json::from_str(body)?;
    members.remove("status_code");
    let request_id = text(members.remove("request_id"))?;
    let user = object(members, USER)?;
    Ok(user.replacen('{', &format!(r#"{{"request_id":{request_id},"#), 1))
}

/// The answer to a search, as it is to come out.
///
/// # Errors
///
/// When it is no page.
pub fn page(body: &str) -> serde_json::Result<String> {
    let mut members: Members<'_> = serde_json::from_str(body)?;
    members.remove("status_code");
    let request_id = text(members.remove("request_id"))?;
    let users = match members.remove("results") {
        Some(users) if users.get() != "null" => value(users, Kind::Objects(USER))?,
        _ => "[]".to_owned(),
    };
    let metadata: Option<Members<'_>> = match members.remove("results_metadata") {
        Some(metadata) => serde_json::from_str(metadata.get())?,
        None => None,
    };
    let mut metadata = metadata.unwrap_or_default();
    // Stytch sends -1 for a total that it does not tell, and "" for no cursor.
    let total: Option<u64> = match metadata.remove("total") {
        // An integer in JSON, and none to `serde_json`.
        Some(total) if total.get() == "-0" => Some(0),
        Some(total) => serde_json::from_str::<Option<i64>>(total.get())?
            .and_then(|total| u64::try_from(total).ok()),
        None => None,
    };
    let total = serde_json::to_string(&total)?;
    let cursor = match text(metadata.remove("next_cursor"))?.as_str() {
        "\"\"" => "null".to_owned(),
        cursor => cursor.to_owned(),
    };
    let metadata = others(
        vec![
            format!(r#""total":{total}"#),
            format!(r#""next_cursor":{cursor}"#),
        ],
        metadata,
    )?;
    others(
        vec![
            format!(r#""request_id":{request_id}"#),
            format!(r#""results":{users}"#),
            format!(r#""results_metadata":{metadata}"#),
        ],
        members,
    )
}

/// The known members in their order, `null` where there is none, then the others
/// by name.
fn object(mut members: Members<'_>, shape: Shape) -> serde_json::Result<String> {
    let mut written = Vec::new();
    for (name, kind) in shape {
        let value = match members.remove(*name) {
            Some(json) if json.get() != "null" => value(json, *kind)?,
            _ => "null".to_owned(),
        };
        written.push(format!(r#""{name}":{value}"#));
    }
    others(written, members)
}

/// An object of these members, and then the others by name.
fn others(mut written: Vec<String>, members: Members<'_>) -> serde_json::Result<String> {
    for (name, value) in members {
        let name = serde_json::to_string(&name)?;
        written.push(format!("{name}:{value}"));
    }
    Ok(format!("{{{}}}", written.join(",")))
}

fn value(json: &RawValue, kind: Kind) -> serde_json::Result<String> {
    match kind {
        Kind::Text => text(Some(json)),
        Kind::Boolean => serde_json::from_str::<bool>(json.get()).map(|truth| truth.to_string()),
        Kind::Json => Ok(json.get().to_owned()),
        Kind::Texts => {
            let texts: Vec<Text> = serde_json::from_str(json.get())?;
            serde_json::to_string(&texts)
        }
        Kind::Object(shape) => object(serde_json::from_str(json.get())?, shape),
        Kind::Objects(shape) => {
            let objects: Vec<Members<'_>> = serde_json::from_str(json.get())?;
            let written: serde_json::Result<Vec<_>> = objects
                .into_iter()
                .map(|members| object(members, shape))
                .collect();
            Ok(format!("[{}]", written?.join(",")))
        }
    }
}

fn text(json: Option<&RawValue>) -> serde_json::Result<String> {
    let text: Option<Text> = match json {
        Some(json) => serde_json::from_str(json.get())?,
        None => None,
    };
    serde_json::to_string(&text)
}
