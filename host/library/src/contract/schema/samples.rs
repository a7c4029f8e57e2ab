//! Sample inputs for a start. The emulator has the users that they refer to.

use crate::contract::json::Text;
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};
use serde_json::Value;

/// An input and its result.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Sample {
    /// What the sample shows.
    pub title: &'static str,
    /// The input, as JSON.
    pub input: &'static str,
    /// The output, as JSON; `None` if it is similar to that of another sample.
    pub output: Option<&'static str>,
    /// The error, as JSON.
    pub error: Option<&'static str>,
}

impl Serialize for Sample {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_map(None)?;
        object.serialize_entry("title", self.title)?;
        object.serialize_entry("input", &Text(Some(self.input)))?;
        for (name, json) in [("output", self.output), ("error", self.error)] {
            if json.is_some() {
                object.serialize_entry(name, &Text(json))?;
            }
        }
        object.end()
    }
}

const fn sample(title: &'static str, input: &'static str) -> Sample {
    Sample {
        title,
        input,
        output: None,
        error: None,
    }
}

const RETRIEVE_USER: &[Sample] = &[
    Sample {
        output: Some(include_str!("samples/retrieve-user.json")),
        ..sample("By an ID of your own", r#"{"user_id":"ada.lovelace"}"#)
    },
    sample(
        "By Stytch's ID",
        r#"{"user_id":"user-test-cf5ee9a0-494a-4961-be05-d5ed725b804b"}"#,
    ),
    Sample {
        error: Some(include_str!("samples/not-found.json")),
        ..sample("Nobody", r#"{"user_id":"nobody"}"#)
    },
];

const SEARCH_USERS: &[Sample] = &[
    Sample {
        output: Some(include_str!("samples/search-users.json")),
        ..sample(
            "By an e-mail address",
            r#"{"limit":1,"query":{"operator":"AND","operands":[{"filter_name":"email_address","filter_value":["ada@example.com"]}]}}"#,
        )
    },
    sample("The first users of all", r#"{"limit":10}"#),
    sample(
        "Active users of a domain since 2021",
        r#"{"query":{"operator":"AND","operands":[{"filter_name":"status","filter_value":"active"},{"filter_name":"email_address_fuzzy","filter_value":"example.com"},{"filter_name":"created_at_greater_than","filter_value":"2021-01-01T00:00:00Z"}]}}"#,
    ),
    sample(
        "Users without a password, or with an unverified phone number",
        r#"{"limit":100,"query":{"operator":"OR","operands":[{"filter_name":"password_exists","filter_value":false},{"filter_name":"phone_verified","filter_value":false}]}}"#,
    ),
];

const CHECK: &[Sample] = &[Sample {
    output: Some(include_str!("samples/check.json")),
    ..sample("The credential", "{}")
}];

/// Returns the samples of an operation.
pub(super) fn samples(operation: &str) -> &'static [Sample] {
    match operation {
        "retrieve-user" => RETRIEVE_USER,
        "search-users" => SEARCH_USERS,
        "check" => CHECK,
        _ => &[],
    }
}

/// Example values of fields and arguments, by their names in the contract.
const FIELDS: [(&str, &[&str]); 8] = [
    ("authenticator-type", &["platform", "cross-platform"]),
    ("base-url", &["https://test.stytch.com"]),
    ("crypto-wallet-type", &["ethereum", "solana"]),
    ("locale", &["en"]),
    ("phone-number", &["+12025550162"]),
    ("provider-type", &["Google", "GitHub"]),
    ("status", &["active", "pending"]),
    (
        "user-id",
        &["user-test-16d9ba61-97a1-4ba4-9720-b03761dc50c6"],
    ),
];

/// Example values of filters with text values.
const FILTERS: [(&str, &[&str]); 2] = [
    ("oauth-provider", &["Google"]),
    ("status", &["active", "pending"]),
];

/// Returns example values of a field or an argument.
pub(super) fn of_field(name: &str) -> Vec<Value> {
    find(&FIELDS, name)
}

/// Returns example values of a filter.
pub(super) fn of_filter(name: &str) -> Vec<Value> {
    find(&FILTERS, name)
}

fn find(table: &[(&str, &[&str])], name: &str) -> Vec<Value> {
    let found = table.iter().find(|(known, _)| *known == name);
    let values = found.map(|(_, values)| *values).unwrap_or_default();
    values.iter().copied().map(Value::from).collect()
}
