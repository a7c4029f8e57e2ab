//! Parses Stytch's search JSON into the typed request.

use super::super::types::{CreatedAtRange, CustomFilter, Filter, Operator, Query, SearchRequest};
use super::input::{Integer, Object};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

/// Why a text is not a valid request.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RequestError {
    /// It is not valid JSON, or does not match the schema.
    #[error("line {line}, column {column}: {reason}")]
    Json {
        /// The line, from 1; 0 in an empty text.
        line: usize,
        /// The column, from 1; 0 at the start of the text.
        column: usize,
        /// What is wrong.
        reason: String,
    },
    /// The value of a filter has the wrong type.
    #[error("operands[{index}]: the filter {name} takes {expected}")]
    FilterValue {
        /// The index of the filter, from 0.
        index: usize,
        /// Stytch's `filter_name`.
        name: String,
        /// The expected type.
        expected: &'static str,
    },
}

/// Parses the input of `retrieve-user`: an object with `user_id`.
///
/// # Errors
///
/// Returns an error with the position in the text.
pub fn user_id_from_json(json: &str) -> Result<String, RequestError> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct UserIdJson {
        user_id: String,
    }
    let Object(UserIdJson { user_id }) = read(json)?;
    Ok(user_id)
}

/// Parses the input of an operation without parameters: an empty object.
///
/// # Errors
///
/// Returns an error with the position in the text.
pub fn nothing_from_json(json: &str) -> Result<(), RequestError> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct NothingJson {}
    let Object(NothingJson {}) = read(json)?;
    Ok(())
}

/// Parses the body of `POST /v1/users/search`: `cursor`, `limit` and `query`, each of them
/// optional or `null`.
///
/// # Errors
///
/// Returns an error with the position in the text, or with the filter.
pub fn search_request_from_json(json: &str) -> Result<SearchRequest, RequestError> {
    let Object::<RequestJson>(request) = read(json)?;
    Ok(SearchRequest {
        query: request.query.map(typed_query).transpose()?,
        limit: request.limit.map(|Integer(limit)| limit),
        cursor: request.cursor,
    })
}

/// Parses the `query` of a search: `operator` and `operands`. Filters that the contract does
/// not define become [`Filter::Other`].
///
/// # Errors
///
/// Returns an error with the position in the text, or with the filter.
pub fn query_from_json(json: &str) -> Result<Query, RequestError> {
    typed_query(read(json)?)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RequestJson {
    cursor: Option<String>,
    limit: Option<Integer>,
    query: Option<Object<QueryJson>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct QueryJson {
    operator: OperatorJson,
    operands: Option<Vec<Object<OperandJson>>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "UPPERCASE")]
enum OperatorJson {
    And,
    Or,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OperandJson {
    filter_name: String,
    filter_value: Box<RawValue>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RangeJson {
    greater_than: String,
    less_than: String,
}

fn read<T: DeserializeOwned>(json: &str) -> Result<T, RequestError> {
    serde_json::from_str(json).map_err(|error| {
        let reason = error.to_string();
        RequestError::Json {
            line: error.line(),
            column: error.column(),
            // The message has the position at its start already.
            reason: match reason.rfind(" at line ").and_then(|end| reason.get(..end)) {
                Some(reason) => reason.to_owned(),
                None => reason,
            },
        }
    })
}

fn typed_query(Object(query): Object<QueryJson>) -> Result<Query, RequestError> {
    let operands = query.operands.unwrap_or_default().into_iter().enumerate();
    Ok(Query {
        operator: match query.operator {
            OperatorJson::And => Operator::And,
            OperatorJson::Or => Operator::Or,
        },
        operands: operands
            .map(|(index, Object(operand))| typed_filter(index, operand))
            .collect::<Result<_, _>>()?,
    })
}

/// The filters that Stytch documents: the name, the case of the contract, and the method
/// that parses the value.
macro_rules! filters {
    ($($name:literal => $case:ident($value:ident),)*) => {
        /// The names of the filters that Stytch documents.
        pub const FILTER_NAMES: [&str; [$($name),*].len()] = [$($name),*];

        fn typed_filter(index: usize, operand: OperandJson) -> Result<Filter, RequestError> {
            let OperandJson {
                filter_name,
                filter_value,
            } = operand;
            let value = Value {
                index,
                name: &filter_name,
                json: &filter_value,
            };
            Ok(match filter_name.as_str() {
                $($name => Filter::$case(value.$value()?),)*
                _ => Filter::Other(CustomFilter {
                    filter_name,
                    filter_value: filter_value.get().to_owned(),
                }),
            })
        }
    };
}

filters! {
    "created_at_between" => CreatedAtBetween(range),
    "created_at_greater_than" => CreatedAtGreaterThan(text),
    "created_at_less_than" => CreatedAtLessThan(text),
    "crypto_wallet_address" => CryptoWalletAddress(list),
    "crypto_wallet_id" => CryptoWalletId(list),
    "crypto_wallet_verified" => CryptoWalletVerified(boolean),
    "email_address" => EmailAddress(list),
    "email_address_fuzzy" => EmailAddressFuzzy(text),
    "email_id" => EmailId(list),
    "email_verified" => EmailVerified(boolean),
    "full_name_fuzzy" => FullNameFuzzy(text),
    "oauth_provider" => OauthProvider(list),
    "password_exists" => PasswordExists(boolean),
    "phone_id" => PhoneId(list),
    "phone_number" => PhoneNumber(list),
    "phone_number_fuzzy" => PhoneNumberFuzzy(text),
    "phone_verified" => PhoneVerified(boolean),
    "status" => Status(text),
    "totp_id" => TotpId(list),
    "totp_verified" => TotpVerified(boolean),
    "user_id" => UserId(list),
    "webauthn_registration_id" => WebauthnRegistrationId(list),
    "webauthn_registration_verified" => WebauthnRegistrationVerified(boolean),
}

/// The value of a filter, and its position.
struct Value<'a> {
    index: usize,
    name: &'a str,
    json: &'a RawValue,
}

impl Value<'_> {
    fn read<T: DeserializeOwned>(&self, expected: &'static str) -> Result<T, RequestError> {
        serde_json::from_str(self.json.get()).map_err(|_| RequestError::FilterValue {
            index: self.index,
            name: self.name.to_owned(),
            expected,
        })
    }

    fn range(&self) -> Result<CreatedAtRange, RequestError> {
        let Object::<RangeJson>(range) =
            self.read("an object with greater_than and less_than, both of them strings")?;
        Ok(CreatedAtRange {
            greater_than: range.greater_than,
            less_than: range.less_than,
        })
    }

    fn text(&self) -> Result<String, RequestError> {
        self.read("a string")
    }

    fn list(&self) -> Result<Vec<String>, RequestError> {
        self.read("a list of strings")
    }

    fn boolean(&self) -> Result<bool, RequestError> {
        self.read("true or false")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(json: &str) -> String {
        search_request_from_json(json).unwrap_err().to_string()
    }

    #[test]
    fn treats_null_as_absent() {
        for json in ["{}", r#"{"cursor":null,"limit":null,"query":null}"#] {
            let request = search_request_from_json(json).unwrap();
            assert!(request.cursor.is_none() && request.limit.is_none() && request.query.is_none());
        }
        let query = query_from_json(r#"{"operator":"OR"}"#).unwrap();
        assert!(matches!(query.operator, Operator::Or) && query.operands.is_empty());
    }

    #[test]
    fn accepts_integers_with_a_zero_fraction() {
        for json in [r#"{"limit":10}"#, r#"{"limit":10.0}"#, r#"{"limit":1e1}"#] {
            assert_eq!(search_request_from_json(json).unwrap().limit, Some(10));
        }
    }

    #[test]
    fn parses_each_filter_with_its_type() {
        for (name, value, debug) in [
            (
                "created_at_greater_than",
                r#""t""#,
                r#"CreatedAtGreaterThan("t")"#,
            ),
            (
                "created_at_less_than",
                r#""t""#,
                r#"CreatedAtLessThan("t")"#,
            ),
            ("status", r#""t""#, r#"Status("t")"#),
            ("user_id", r#"["a"]"#, r#"UserId(["a"])"#),
            ("full_name_fuzzy", r#""t""#, r#"FullNameFuzzy("t")"#),
            ("phone_number", r#"["a"]"#, r#"PhoneNumber(["a"])"#),
            ("phone_number_fuzzy", r#""t""#, r#"PhoneNumberFuzzy("t")"#),
            ("phone_id", r#"["a"]"#, r#"PhoneId(["a"])"#),
            ("phone_verified", "true", "PhoneVerified(true)"),
            ("email_address", r#"["a"]"#, r#"EmailAddress(["a"])"#),
            ("email_address_fuzzy", r#""t""#, r#"EmailAddressFuzzy("t")"#),
            ("email_id", r#"["a"]"#, r#"EmailId(["a"])"#),
            ("email_verified", "false", "EmailVerified(false)"),
            ("oauth_provider", r#"["a"]"#, r#"OauthProvider(["a"])"#),
            (
                "webauthn_registration_id",
                r#"["a"]"#,
                r#"WebauthnRegistrationId(["a"])"#,
            ),
            (
                "webauthn_registration_verified",
                "true",
                "WebauthnRegistrationVerified(true)",
            ),
            ("crypto_wallet_id", r#"["a"]"#, r#"CryptoWalletId(["a"])"#),
            (
                "crypto_wallet_address",
                r#"["a"]"#,
                r#"CryptoWalletAddress(["a"])"#,
            ),
            (
                "crypto_wallet_verified",
                "true",
                "CryptoWalletVerified(true)",
            ),
            ("totp_id", r#"["a"]"#, r#"TotpId(["a"])"#),
            ("totp_verified", "true", "TotpVerified(true)"),
            ("password_exists", "true", "PasswordExists(true)"),
        ] {
            let json = format!(
                r#"{{"operator":"AND","operands":[{{"filter_name":"{name}","filter_value":{value}}}]}}"#
            );
            let query = query_from_json(&json).unwrap();
            let found = format!("{:?}", query.operands[0]);
            assert_eq!(found.replace("Filter::", ""), debug);
            assert!(FILTER_NAMES.contains(&name));
            let wrong = json.replace(value, "{}");
            assert!(matches!(
                query_from_json(&wrong),
                Err(RequestError::FilterValue { index: 0, .. })
            ));
        }
    }

    #[test]
    fn parses_ranges_and_unknown_filters() {
        let query = query_from_json(
            r#"{"operator":"AND","operands":[
                {"filter_name":"created_at_between","filter_value":{"greater_than":"a","less_than":"b"}},
                {"filter_name":"new","filter_value":{"x": [1.0]}}]}"#,
        );
        let operands = query.unwrap().operands;
        assert!(matches!(&operands[0], Filter::CreatedAtBetween(range)
            if range.greater_than == "a" && range.less_than == "b"));
        assert!(matches!(&operands[1], Filter::Other(custom)
            if custom.filter_name == "new" && custom.filter_value == r#"{"x": [1.0]}"#));
    }

    #[test]
    fn reports_errors_with_their_position() {
        for (json, expected) in [
            ("", "line 1, column 0: EOF while parsing a value"),
            ("{\n  \"limit\": x\n}", "line 2, column 12: expected value"),
            (
                r#"{"limit":-1}"#,
                "line 1, column 11: invalid value: integer `-1`, expected an integer from 0 to 4294967295",
            ),
            (
                r#"{"limit":1.5}"#,
                "line 1, column 12: invalid type: floating point `1.5`, expected an integer from 0 to 4294967295",
            ),
            (
                r#"{"querry":{}}"#,
                "line 1, column 9: unknown field `querry`, expected one of `cursor`, `limit`, `query`",
            ),
            (
                r#"{"query":{"operator":"and"}}"#,
                "line 1, column 26: unknown variant `and`, expected `AND` or `OR`",
            ),
            (
                r#"{"query":{}}"#,
                "line 1, column 11: missing field `operator`",
            ),
            (
                r#"{"query":{"operator":"AND","operands":[{"filter_name":"status","filter_value":["active"]}]}}"#,
                "operands[0]: the filter status takes a string",
            ),
        ] {
            assert_eq!(error(json), expected, "{json}");
        }
    }
}
