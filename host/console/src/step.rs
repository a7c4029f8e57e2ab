//! What is on the screen as a step of something else: a command, a request, a workflow.
//! None of them has a secret; they refer to where it is.

use crate::Given;
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::value::{RawValue, to_raw_value};
use std::fmt::Write;
use stytch_credentials::shell_word;
use stytch_host::types::{Filter, Operator, Query, SearchRequest};

/// A step, to be copied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Step {
    pub(crate) title: &'static str,
    pub(crate) note: &'static str,
    pub(crate) text: String,
}

const CURL: &str = "STYTCH_HOST_URL and STYTCH_HOST_TOKEN are what `stytch-host serve` prints.";
const COMMAND: &str = "Prints a table on a terminal, and JSON in a pipeline.";
const INVOKE: &str = "The input of the operation, for any language: see `stytch-host schema`.";
const TEMPORAL: &str =
    "Starts the activity of stytch-host-worker. --input is what a workflow passes to it.";
const RESTATE: &str = "Calls the service of the example. The credential is that of its process.";
const OBELISK: &str = "Submits the activity. The credential is that of its deployment.";

/// The command line with the flags for a credential.
fn program(credential: &str, given: Option<Given>) -> String {
    match given {
        Some(Given::Emulator) => "stytch-host --emulator".to_owned(),
        Some(Given::Variables) => "stytch-host".to_owned(),
        None => format!("stytch-host --credential {}", shell_word(credential)),
    }
}

/// The steps that retrieve a user.
pub(crate) fn retrieve(credential: &str, given: Option<Given>, user_id: &str) -> Vec<Step> {
    let program = program(credential, given);
    let input = json(&UserJson {
        credential: None,
        user_id,
    });
    // A word that begins with a hyphen is not a flag after two.
    let separator = if user_id.starts_with('-') { "-- " } else { "" };
    vec![
        Step {
            title: "Command",
            note: COMMAND,
            text: format!("{program} retrieve-user {separator}{}", shell_word(user_id)),
        },
        Step {
            title: "curl",
            note: CURL,
            text: format!(
                "curl -H \"Authorization: Bearer $STYTCH_HOST_TOKEN\" \\\n  \"$STYTCH_HOST_URL\"{}",
                shell_word(&format!(
                    "/v1/credentials/{credential}/users/{}",
                    segment(user_id)
                ))
            ),
        },
        Step {
            title: "invoke",
            note: INVOKE,
            text: format!("{program} invoke retrieve-user {}", shell_word(&input)),
        },
        temporal(
            credential,
            ["stytch.retrieve_user", ""],
            &UserJson {
                credential: Some(credential),
                user_id,
            },
        ),
        obelisk("retrieve-user", &[user_id]),
        restate("retrieve_user", &input),
    ]
}

/// The steps that search users.
pub(crate) fn search(credential: &str, given: Option<Given>, request: &SearchRequest) -> Vec<Step> {
    let program = program(credential, given);
    let input = json(&RequestJson::of(None, request));
    vec![
        Step {
            title: "Command",
            note: COMMAND,
            text: format!("{program} search-users{}", flags(request)),
        },
        Step {
            title: "curl",
            note: CURL,
            text: format!(
                "curl -H \"Authorization: Bearer $STYTCH_HOST_TOKEN\" \\\n  \
                 -H \"Content-Type: application/json\" \\\n  -d {} \\\n  \"$STYTCH_HOST_URL\"{}",
                shell_word(&input),
                shell_word(&format!("/v1/credentials/{credential}/users/search"))
            ),
        },
        Step {
            title: "invoke",
            note: INVOKE,
            text: format!("{program} invoke search-users {}", shell_word(&input)),
        },
        temporal(
            credential,
            ["stytch.search_users", ".search"],
            &RequestJson::of(Some(credential), request),
        ),
        obelisk("search-users", &[Obelisk(request)]),
        restate("search_users", &input),
    ]
}

/// Values of this module are always serializable.
fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

fn temporal(credential: &str, [activity, queue]: [&str; 2], input: &impl Serialize) -> Step {
    let queue = format!("stytch.{credential}{queue}");
    Step {
        title: "Temporal",
        note: TEMPORAL,
        text: format!(
            "temporal activity execute --activity-id {activity}-1 --type {activity} \\\n  \
             --task-queue {} --start-to-close-timeout 60s \\\n  --input {}",
            shell_word(&queue),
            shell_word(&json(input))
        ),
    }
}

fn obelisk(function: &str, parameters: &[impl Serialize]) -> Step {
    Step {
        title: "Obelisk",
        note: OBELISK,
        text: format!(
            "obelisk execution submit --follow stytch:activities/users.{function} \\\n  {}",
            shell_word(&json(&parameters))
        ),
    }
}

fn restate(handler: &str, input: &str) -> Step {
    Step {
        title: "Restate",
        note: RESTATE,
        text: format!(
            "curl localhost:8080/stytch/{handler} --json {}",
            shell_word(input)
        ),
    }
}

/// A segment of a path. The service has two paths of its own where a user ID would be, which
/// are told apart by an escaped letter.
fn segment(user_id: &str) -> String {
    match user_id {
        "search" => return "%73earch".to_owned(),
        "retrieve" => return "%72etrieve".to_owned(),
        _ => {}
    }
    let mut segment = String::new();
    for byte in user_id.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            segment.push(byte.into());
        } else {
            // Writing to a string does not fail.
            let _ = write!(segment, "%{byte:02X}");
        }
    }
    segment
}

/// What a filter is in other places.
struct Named<'a> {
    /// Stytch's `filter_name`.
    name: &'a str,
    /// As JSON, which is not rounded.
    value: Box<RawValue>,
    /// The flag of the command line with its value; `None` if it has none for it.
    flag: Option<String>,
}

/// The types of filters are always serializable.
fn raw(value: &impl Serialize) -> Box<RawValue> {
    to_raw_value(value).unwrap_or_else(|_| RawValue::NULL.to_owned())
}

/// The two times of a range.
#[derive(serde::Serialize)]
struct RangeJson<'a> {
    greater_than: &'a str,
    less_than: &'a str,
}

fn named(filter: &Filter) -> Named<'_> {
    fn of<'a>(name: &'a str, value: Box<RawValue>, flag: &str, text: Option<&str>) -> Named<'a> {
        Named {
            name,
            value,
            flag: text.map(|text| format!("--{flag}={}", shell_word(text))),
        }
    }
    let text = |name, flag, text: &String| of(name, raw(text), flag, Some(text));
    let flag = |name, flag, value: bool| {
        let text = if value { "true" } else { "false" };
        of(name, raw(&value), flag, Some(text))
    };
    let list = |name, flag, items: &Vec<String>| {
        // The command line separates items with commas.
        let is_plain = |item: &String| !item.is_empty() && !item.contains(',');
        let is_plain = !items.is_empty() && items.iter().all(is_plain);
        let text = is_plain.then(|| items.join(","));
        of(name, raw(items), flag, text.as_deref())
    };
    match filter {
        Filter::CreatedAtGreaterThan(time) => {
            text("created_at_greater_than", "created-after", time)
        }
        Filter::CreatedAtLessThan(time) => text("created_at_less_than", "created-before", time),
        Filter::CreatedAtBetween(range) => {
            let value = raw(&RangeJson {
                greater_than: &range.greater_than,
                less_than: &range.less_than,
            });
            let text = format!("{},{}", range.greater_than, range.less_than);
            of("created_at_between", value, "created-between", Some(&text))
        }
        Filter::Status(status) => text("status", "status", status),
        Filter::UserId(ids) => list("user_id", "user-id", ids),
        Filter::FullNameFuzzy(name) => text("full_name_fuzzy", "name-fuzzy", name),
        Filter::PhoneNumber(numbers) => list("phone_number", "phone", numbers),
        Filter::PhoneNumberFuzzy(number) => text("phone_number_fuzzy", "phone-fuzzy", number),
        Filter::PhoneId(ids) => list("phone_id", "phone-id", ids),
        Filter::PhoneVerified(is) => flag("phone_verified", "phone-verified", *is),
        Filter::EmailAddress(addresses) => list("email_address", "email", addresses),
        Filter::EmailAddressFuzzy(address) => text("email_address_fuzzy", "email-fuzzy", address),
        Filter::EmailId(ids) => list("email_id", "email-id", ids),
        Filter::EmailVerified(is) => flag("email_verified", "email-verified", *is),
        Filter::OauthProvider(names) => list("oauth_provider", "oauth-provider", names),
        Filter::WebauthnRegistrationId(ids) => {
            list("webauthn_registration_id", "webauthn-registration-id", ids)
        }
        Filter::WebauthnRegistrationVerified(is) => flag(
            "webauthn_registration_verified",
            "webauthn-registration-verified",
            *is,
        ),
        Filter::CryptoWalletId(ids) => list("crypto_wallet_id", "crypto-wallet-id", ids),
        Filter::CryptoWalletAddress(addresses) => {
            list("crypto_wallet_address", "crypto-wallet-address", addresses)
        }
        Filter::CryptoWalletVerified(is) => {
            flag("crypto_wallet_verified", "crypto-wallet-verified", *is)
        }
        Filter::TotpId(ids) => list("totp_id", "totp-id", ids),
        Filter::TotpVerified(is) => flag("totp_verified", "totp-verified", *is),
        Filter::PasswordExists(is) => flag("password_exists", "password-exists", *is),
        Filter::Other(custom) => Named {
            name: &custom.filter_name,
            value: RawValue::from_string(custom.filter_value.clone())
                .unwrap_or_else(|_| RawValue::NULL.to_owned()),
            flag: None,
        },
    }
}

/// The input of `retrieve-user`.
#[derive(serde::Serialize)]
struct UserJson<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    credential: Option<&'a str>,
    user_id: &'a str,
}

/// A request in Stytch's JSON.
#[derive(serde::Serialize)]
struct RequestJson<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    credential: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    query: Option<QueryJson<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    limit: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cursor: Option<&'a str>,
}

#[derive(serde::Serialize)]
struct QueryJson<'a> {
    operator: &'static str,
    operands: Vec<OperandJson<'a>>,
}

#[derive(serde::Serialize)]
struct OperandJson<'a> {
    filter_name: &'a str,
    filter_value: Box<RawValue>,
}

impl<'a> RequestJson<'a> {
    fn of(credential: Option<&'a str>, request: &'a SearchRequest) -> Self {
        Self {
            credential,
            query: request.query.as_ref().map(QueryJson::of),
            limit: request.limit,
            cursor: request.cursor.as_deref(),
        }
    }
}

impl<'a> QueryJson<'a> {
    fn of(query: &'a Query) -> Self {
        let operands = query.operands.iter().map(|filter| {
            let Named { name, value, .. } = named(filter);
            OperandJson {
                filter_name: name,
                filter_value: value,
            }
        });
        Self {
            operator: match query.operator {
                Operator::And => "AND",
                Operator::Or => "OR",
            },
            operands: operands.collect(),
        }
    }
}

/// The flags of the command line: one for each filter, or the query's JSON if there is none
/// for one of them.
fn flags(request: &SearchRequest) -> String {
    let mut words = vec![String::new()];
    if let Some(query) = &request.query {
        let flags = query.operands.iter().map(|filter| named(filter).flag);
        if let Some(flags) = flags.collect::<Option<Vec<_>>>() {
            if matches!(query.operator, Operator::Or) {
                words.push("--any".to_owned());
            }
            words.extend(flags);
        } else {
            let json = json(&QueryJson::of(query));
            words.push(format!("--query {}", shell_word(&json)));
        }
    }
    if let Some(limit) = request.limit {
        words.push(format!("--limit={limit}"));
    }
    if let Some(cursor) = &request.cursor {
        words.push(format!("--cursor={}", shell_word(cursor)));
    }
    words.join(" ")
}

/// A part of a request as Obelisk reads records: with all their members, and a filter as an
/// object with the name of its case.
struct Obelisk<T>(T);

impl Serialize for Obelisk<&SearchRequest> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_map(Some(3))?;
        object.serialize_entry("query", &self.0.query.as_ref().map(Obelisk))?;
        object.serialize_entry("limit", &self.0.limit)?;
        object.serialize_entry("cursor", &self.0.cursor)?;
        object.end()
    }
}

impl Serialize for Obelisk<&Query> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let operator = match self.0.operator {
            Operator::And => "and",
            Operator::Or => "or",
        };
        let operands: Vec<_> = self.0.operands.iter().map(Obelisk).collect();
        let mut object = serializer.serialize_map(Some(2))?;
        object.serialize_entry("operator", operator)?;
        object.serialize_entry("operands", &operands)?;
        object.end()
    }
}

impl Serialize for Obelisk<&Filter> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(serde::Serialize)]
        struct Custom<'a> {
            filter_name: &'a str,
            /// JSON text.
            filter_value: &'a str,
        }
        let mut object = serializer.serialize_map(Some(1))?;
        match self.0 {
            Filter::Other(custom) => {
                let custom = Custom {
                    filter_name: &custom.filter_name,
                    filter_value: &custom.filter_value,
                };
                object.serialize_entry("other", &custom)?;
            }
            filter => {
                let Named { name, value, .. } = named(filter);
                object.serialize_entry(name, &value)?;
            }
        }
        object.end()
    }
}

#[cfg(test)]
mod tests;
