//! Reading one operand of a query: `{"filter_name": …, "filter_value": …}`.
//!
//! Error types follow the names that Stytch's browser SDK lists; which mistake gets which is
//! inferred. A value that is `null` is a value that is absent.

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::{
    failure::Failure,
    filter::{Factor, Filter, List, Text},
    identifier::is_internal,
    time,
};

/// The shortest fuzzy value, in characters.
const SHORTEST_FUZZY: usize = 3;

/// The most values in one list.
const MOST_VALUES: usize = 100;

/// The providers that `oauth_provider` knows, in lower case.
const OAUTH_PROVIDERS: [&str; 24] = [
    "amazon",
    "apple",
    "bitbucket",
    "coinbase",
    "discord",
    "facebook",
    "figma",
    "github",
    "gitlab",
    "google",
    "hubspot",
    "instagram",
    "linkedin",
    "microsoft",
    "salesforce",
    "shopify",
    "slack",
    "snapchat",
    "spotify",
    "steam",
    "tiktok",
    "twitch",
    "twitter",
    "yahoo",
];

impl Filter {
    /// Reads an operand.
    ///
    /// # Errors
    ///
    /// The `user_search_…` error of the first mistake.
    pub(super) fn parse(operand: &Value) -> Result<Self, Failure> {
        let Value::Object(operand) = operand else {
            return Err(Failure::search(
                "user_search_expected_object",
                "every operand must be an object",
            ));
        };
        let name = match present(operand, "filter_name") {
            Some(Value::String(name)) => name.as_str(),
            Some(_) => {
                return Err(Failure::search(
                    "user_search_filter_name_must_be_string",
                    "filter_name must be a string",
                ));
            }
            None => {
                return Err(Failure::search(
                    "user_search_missing_filter_name",
                    "an operand has no filter_name",
                ));
            }
        };
        let value = present(operand, "filter_value");
        let list = |list, missing| any_of(list, strings(name, value)?, missing);
        let fuzzy = |text, short| fuzzy(text, string(name, value)?, short);
        let verified = |factor| Ok(Self::Verified(factor, boolean(name, value)?));
        match name {
            "created_at_greater_than" => Ok(Self::CreatedAt(Some(time(name, value)?), None)),
            "created_at_less_than" => Ok(Self::CreatedAt(None, Some(time(name, value)?))),
            "created_at_between" => between(name, value),
            "status" => status(string(name, value)?),
            "user_id" => user_ids(strings(name, value)?),
            "full_name_fuzzy" => fuzzy(Text::FullName, "user_search_full_name_fuzzy_too_short"),
            "phone_number" => list(List::PhoneNumber, "user_search_missing_phone_numbers"),
            "phone_number_fuzzy" => fuzzy(
                Text::PhoneNumber,
                "user_search_phone_number_fuzzy_too_short",
            ),
            "phone_id" => list(List::PhoneId, "user_search_missing_phone_ids"),
            "phone_verified" => verified(Factor::Phone),
            "email_address" => list(List::EmailAddress, "user_search_missing_email_addresses"),
            "email_address_fuzzy" => fuzzy(
                Text::EmailAddress,
                "user_search_email_address_fuzzy_too_short",
            ),
            "email_id" => list(List::EmailId, "user_search_missing_email_ids"),
            "email_verified" => verified(Factor::Email),
            "oauth_provider" => oauth_providers(strings(name, value)?),
            "webauthn_registration_id" => list(
                List::WebauthnRegistrationId,
                "user_search_missing_webauthn_registration_ids",
            ),
            "webauthn_registration_verified" => verified(Factor::Webauthn),
            "crypto_wallet_id" => {
                list(List::CryptoWalletId, "user_search_missing_crypto_wallet_id")
            }
            "crypto_wallet_address" => list(
                List::CryptoWalletAddress,
                "user_search_missing_crypto_wallet_address",
            ),
            "crypto_wallet_verified" => verified(Factor::CryptoWallet),
            "totp_id" => list(List::TotpId, "user_search_missing_totp_ids"),
            "totp_verified" => verified(Factor::Totp),
            "password_exists" => Ok(Self::PasswordExists(boolean(name, value)?)),
            _ => Err(Failure::search(
                "user_search_filter_name_not_recognized",
                format!("the operand filter_name {name:?} was not recognized"),
            )),
        }
    }
}

/// A member that is there and not `null`.
pub(super) fn present<'a>(object: &'a Map<String, Value>, member: &str) -> Option<&'a Value> {
    object.get(member).filter(|value| !value.is_null())
}

/// The value of the filter that is being read.
///
/// # Errors
///
/// `user_search_missing_filter_value` if there is none.
fn given<'a>(name: &str, value: Option<&'a Value>) -> Result<&'a Value, Failure> {
    value.ok_or_else(|| {
        let message = format!("the operand {name} has no filter_value");
        Failure::search("user_search_missing_filter_value", message)
    })
}

fn string(name: &str, value: Option<&Value>) -> Result<String, Failure> {
    let text = given(name, value)?.as_str();
    text.map(str::to_owned)
        .ok_or_else(|| expected("user_search_expected_string", name, "a string"))
}

fn boolean(name: &str, value: Option<&Value>) -> Result<bool, Failure> {
    let flag = given(name, value)?.as_bool();
    flag.ok_or_else(|| expected("user_search_expected_bool", name, "true or false"))
}

fn strings(name: &str, value: Option<&Value>) -> Result<Vec<String>, Failure> {
    let wrong = || {
        let error_type = "user_search_expected_array_of_string";
        expected(error_type, name, "an array of strings")
    };
    let values = given(name, value)?.as_array().ok_or_else(wrong)?;
    if values.len() > MOST_VALUES {
        return Err(Failure::search(
            "user_search_maximum_filter_value_count_exceeded",
            format!("the filter_value of {name} must have at most {MOST_VALUES} values"),
        ));
    }
    values
        .iter()
        .map(|value| value.as_str().map(str::to_owned).ok_or_else(wrong))
        .collect()
}

fn time(name: &str, value: Option<&Value>) -> Result<Timestamp, Failure> {
    let text = string(name, value)?;
    time::parse(&text).ok_or_else(|| {
        let what = "an RFC 3339 timestamp, such as 2024-01-01T00:00:00Z";
        expected("user_search_expected_timestamp", name, what)
    })
}

fn expected(error_type: &'static str, name: &str, what: &str) -> Failure {
    Failure::search(
        error_type,
        format!("the filter_value of {name} must be {what}"),
    )
}

fn between(name: &str, value: Option<&Value>) -> Result<Filter, Failure> {
    let Value::Object(bounds) = given(name, value)? else {
        return Err(expected("user_search_expected_object", name, "an object"));
    };
    let bound = |member, missing| match present(bounds, member) {
        None => Err(expected(
            missing,
            name,
            "an object with greater_than and less_than",
        )),
        bound => time(name, bound),
    };
    Ok(Filter::CreatedAt(
        Some(bound("greater_than", "user_search_missing_greater_than")?),
        Some(bound("less_than", "user_search_missing_less_than")?),
    ))
}

fn status(status: String) -> Result<Filter, Failure> {
    match status.as_str() {
        "active" | "pending" => Ok(Filter::Status(status)),
        _ => Err(Failure::search(
            "user_search_invalid_status_filter",
            "the filter_value of status must be active or pending",
        )),
    }
}

fn user_ids(values: Vec<String>) -> Result<Filter, Failure> {
    let internal = values.iter().filter(|id| is_internal(id)).count();
    if internal != 0 && internal != values.len() {
        return Err(Failure::search(
            "user_search_cannot_mix_internal_and_external_user_ids",
            "the filter_value of user_id must not mix Stytch user IDs and external IDs",
        ));
    }
    any_of(List::Id, values, "user_search_missing_user_ids")
}

fn oauth_providers(values: Vec<String>) -> Result<Filter, Failure> {
    let known = |name: &String| OAUTH_PROVIDERS.contains(&name.to_lowercase().as_str());
    if let Some(unknown) = values.iter().find(|name| !known(name)) {
        return Err(Failure::search(
            "user_search_invalid_oauth_provider_filter",
            format!("the OAuth provider {unknown:?} was not recognized"),
        ));
    }
    any_of(
        List::OauthProvider,
        values,
        "user_search_missing_oauth_providers",
    )
}

fn any_of(list: List, values: Vec<String>, missing: &'static str) -> Result<Filter, Failure> {
    if values.is_empty() {
        return Err(Failure::search(
            missing,
            "the filter_value must not be empty",
        ));
    }
    let mut values = match list {
        List::EmailAddress | List::OauthProvider => {
            values.iter().map(|value| value.to_lowercase()).collect()
        }
        _ => values,
    };
    values.sort_unstable();
    values.dedup();
    Ok(Filter::AnyOf(list, values))
}

fn fuzzy(text: Text, value: String, too_short: &'static str) -> Result<Filter, Failure> {
    if value.chars().count() < SHORTEST_FUZZY {
        let message = format!("a fuzzy value must have at least {SHORTEST_FUZZY} characters");
        return Err(Failure::search(too_short, message));
    }
    let value = match text {
        Text::PhoneNumber => value,
        Text::FullName | Text::EmailAddress => value.to_lowercase(),
    };
    Ok(Filter::Fuzzy(text, value))
}

#[cfg(test)]
mod tests;
