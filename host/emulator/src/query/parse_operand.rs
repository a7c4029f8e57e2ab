//! Parsing an operand of a query: `{"filter_name": …, "filter_value": …}`.
//!
//! Error types are those that Stytch's browser SDK lists; which error gets which type is inferred.
//! A value that is `null` counts as absent.

use jiff::Timestamp;
use serde_json::Value;

use super::filter::{Filter, List, Text, VerifiedFactor};
use crate::{
    api_error::ApiError,
    json::present,
    users::{identifier::is_internal, parse_timestamp},
};

/// The minimum length of a fuzzy value, in characters.
const MIN_FUZZY_CHARS: usize = 3;

/// The maximum number of values in a list.
const MAX_VALUES: usize = 100;

/// The providers that `oauth_provider` accepts, in lower case.
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
    /// Parses an operand.
    ///
    /// # Errors
    ///
    /// The `user_search_…` error for the first invalid member.
    pub(crate) fn parse(operand: &Value) -> Result<Self, ApiError> {
        let Value::Object(operand) = operand else {
            return Err(ApiError::search(
                "user_search_expected_object",
                "every operand must be an object",
            ));
        };
        let name = match present(operand, "filter_name") {
            Some(Value::String(name)) => name.as_str(),
            Some(_) => {
                return Err(ApiError::search(
                    "user_search_filter_name_must_be_string",
                    "filter_name must be a string",
                ));
            }
            None => {
                return Err(ApiError::search(
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
            "created_at_greater_than" => Ok(Self::CreatedAt(Some(timestamp(name, value)?), None)),
            "created_at_less_than" => Ok(Self::CreatedAt(None, Some(timestamp(name, value)?))),
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
            "phone_verified" => verified(VerifiedFactor::Phone),
            "email_address" => list(List::EmailAddress, "user_search_missing_email_addresses"),
            "email_address_fuzzy" => fuzzy(
                Text::EmailAddress,
                "user_search_email_address_fuzzy_too_short",
            ),
            "email_id" => list(List::EmailId, "user_search_missing_email_ids"),
            "email_verified" => verified(VerifiedFactor::Email),
            "oauth_provider" => oauth_providers(strings(name, value)?),
            "webauthn_registration_id" => list(
                List::WebauthnRegistrationId,
                "user_search_missing_webauthn_registration_ids",
            ),
            "webauthn_registration_verified" => verified(VerifiedFactor::Webauthn),
            "crypto_wallet_id" => {
                list(List::CryptoWalletId, "user_search_missing_crypto_wallet_id")
            }
            "crypto_wallet_address" => list(
                List::CryptoWalletAddress,
                "user_search_missing_crypto_wallet_address",
            ),
            "crypto_wallet_verified" => verified(VerifiedFactor::CryptoWallet),
            "totp_id" => list(List::TotpId, "user_search_missing_totp_ids"),
            "totp_verified" => verified(VerifiedFactor::Totp),
            "password_exists" => Ok(Self::PasswordExists(boolean(name, value)?)),
            _ => Err(ApiError::search(
                "user_search_filter_name_not_recognized",
                format!("the operand filter_name {name:?} was not recognized"),
            )),
        }
    }
}

/// Returns the value of a filter.
///
/// # Errors
///
/// `user_search_missing_filter_value` if it is absent.
fn required<'a>(name: &str, value: Option<&'a Value>) -> Result<&'a Value, ApiError> {
    value.ok_or_else(|| {
        let message = format!("the operand {name} has no filter_value");
        ApiError::search("user_search_missing_filter_value", message)
    })
}

fn string(name: &str, value: Option<&Value>) -> Result<String, ApiError> {
    let text = required(name, value)?.as_str();
    text.map(str::to_owned)
        .ok_or_else(|| expected("user_search_expected_string", name, "a string"))
}

fn boolean(name: &str, value: Option<&Value>) -> Result<bool, ApiError> {
    let flag = required(name, value)?.as_bool();
    flag.ok_or_else(|| expected("user_search_expected_bool", name, "true or false"))
}

fn strings(name: &str, value: Option<&Value>) -> Result<Vec<String>, ApiError> {
    let invalid = || {
        let error_type = "user_search_expected_array_of_string";
        expected(error_type, name, "an array of strings")
    };
    let values = required(name, value)?.as_array().ok_or_else(invalid)?;
    if values.len() > MAX_VALUES {
        return Err(ApiError::search(
            "user_search_maximum_filter_value_count_exceeded",
            format!("the filter_value of {name} must have at most {MAX_VALUES} values"),
        ));
    }
    values
        .iter()
        .map(|value| value.as_str().map(str::to_owned).ok_or_else(invalid))
        .collect()
}

fn timestamp(name: &str, value: Option<&Value>) -> Result<Timestamp, ApiError> {
    let text = string(name, value)?;
    parse_timestamp(&text).ok_or_else(|| {
        let what = "an RFC 3339 timestamp, such as 2024-01-01T00:00:00Z";
        expected("user_search_expected_timestamp", name, what)
    })
}

fn expected(error_type: &'static str, name: &str, what: &str) -> ApiError {
    ApiError::search(
        error_type,
        format!("the filter_value of {name} must be {what}"),
    )
}

fn between(name: &str, value: Option<&Value>) -> Result<Filter, ApiError> {
    let Value::Object(bounds) = required(name, value)? else {
        return Err(expected("user_search_expected_object", name, "an object"));
    };
    let bound = |member, missing| match present(bounds, member) {
        None => Err(expected(
            missing,
            name,
            "an object with greater_than and less_than",
        )),
        bound => timestamp(name, bound),
    };
    Ok(Filter::CreatedAt(
        Some(bound("greater_than", "user_search_missing_greater_than")?),
        Some(bound("less_than", "user_search_missing_less_than")?),
    ))
}

fn status(status: String) -> Result<Filter, ApiError> {
    match status.as_str() {
        "active" | "pending" => Ok(Filter::Status(status)),
        _ => Err(ApiError::search(
            "user_search_invalid_status_filter",
            "the filter_value of status must be active or pending",
        )),
    }
}

fn user_ids(values: Vec<String>) -> Result<Filter, ApiError> {
    let internal = values.iter().filter(|id| is_internal(id)).count();
    if internal != 0 && internal != values.len() {
        return Err(ApiError::search(
            "user_search_cannot_mix_internal_and_external_user_ids",
            "the filter_value of user_id must not mix Stytch user IDs and external IDs",
        ));
    }
    any_of(List::Id, values, "user_search_missing_user_ids")
}

fn oauth_providers(values: Vec<String>) -> Result<Filter, ApiError> {
    let known = |name: &String| OAUTH_PROVIDERS.contains(&name.to_lowercase().as_str());
    if let Some(unknown) = values.iter().find(|name| !known(name)) {
        return Err(ApiError::search(
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

fn any_of(list: List, values: Vec<String>, missing: &'static str) -> Result<Filter, ApiError> {
    if values.is_empty() {
        return Err(ApiError::search(
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

fn fuzzy(text: Text, value: String, too_short: &'static str) -> Result<Filter, ApiError> {
    if value.chars().count() < MIN_FUZZY_CHARS {
        let message = format!("a fuzzy value must have at least {MIN_FUZZY_CHARS} characters");
        return Err(ApiError::search(too_short, message));
    }
    let value = match text {
        Text::PhoneNumber => value,
        Text::FullName | Text::EmailAddress => value.to_lowercase(),
    };
    Ok(Filter::Fuzzy(text, value))
}

#[cfg(test)]
mod tests;
