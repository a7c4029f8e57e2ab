//! Pure conversions: a search → Stytch's JSON; a response → records or an error.

use crate::NEVER_REUSES;
use crate::api::{ErrorResponse, PageResponse, ResultsMetadata, UserResponse};
use crate::bindings::exports::stytch::users::types::{
    ApiError, Error, Filter, InputProblem, Operator, Query, RetrievedUser, SearchPage,
    SearchRequest,
};
use crate::http::Response;
use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde::Serialize;
use stytch_decode::{DecodeError, Item, Known};

#[derive(Serialize)]
struct Operand<'a> {
    filter_name: &'a str,
    filter_value: Value<'a>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Value<'a> {
    Text(&'a str),
    List(&'a [String]),
    Boolean(bool),
    Range {
        greater_than: &'a str,
        less_than: &'a str,
    },
}

/// Creates the body of `POST /v1/users/search`, without members that are not set.
/// The search must have passed [`check_search`](crate::input::check_search).
pub(crate) fn search_to_json(request: &SearchRequest) -> Result<String, Error> {
    let SearchRequest {
        query,
        limit,
        cursor,
    } = request;
    let cursor = cursor.as_ref().filter(|cursor| !cursor.is_empty());
    let members = [
        cursor.map(|cursor| Ok(format!(r#""cursor":{}"#, serde_json::to_string(cursor)?))),
        limit.map(|limit| Ok(format!(r#""limit":{limit}"#))),
        query
            .as_ref()
            .map(|query| Ok(format!(r#""query":{}"#, query_to_json(query)?))),
    ];
    let members: Vec<String> = members
        .into_iter()
        .flatten()
        .collect::<Result<_, serde_json::Error>>()
        .map_err(|_| {
            Error::InvalidInput(InputProblem {
                field: "request".to_owned(),
                reason: "cannot be written as JSON".to_owned(),
            })
        })?;
    Ok(format!("{{{}}}", members.join(",")))
}

fn query_to_json(query: &Query) -> Result<String, serde_json::Error> {
    let operator = match query.operator {
        Operator::And => "AND",
        Operator::Or => "OR",
    };
    let operands = query.operands.iter().map(filter_to_json);
    let operands = operands.collect::<Result<Vec<_>, _>>()?.join(",");
    Ok(format!(
        r#"{{"operator":"{operator}","operands":[{operands}]}}"#
    ))
}

fn filter_to_json(filter: &Filter) -> Result<String, serde_json::Error> {
    let (filter_name, filter_value) = match filter {
        Filter::CreatedAtGreaterThan(time) => ("created_at_greater_than", Value::Text(time)),
        Filter::CreatedAtLessThan(time) => ("created_at_less_than", Value::Text(time)),
        Filter::CreatedAtBetween(range) => (
            "created_at_between",
            Value::Range {
                greater_than: &range.greater_than,
                less_than: &range.less_than,
            },
        ),
        Filter::Status(status) => ("status", Value::Text(status)),
        Filter::UserId(ids) => ("user_id", Value::List(ids)),
        Filter::FullNameFuzzy(text) => ("full_name_fuzzy", Value::Text(text)),
        Filter::PhoneNumber(numbers) => ("phone_number", Value::List(numbers)),
        Filter::PhoneNumberFuzzy(text) => ("phone_number_fuzzy", Value::Text(text)),
        Filter::PhoneId(ids) => ("phone_id", Value::List(ids)),
        Filter::PhoneVerified(yes) => ("phone_verified", Value::Boolean(*yes)),
        Filter::EmailAddress(addresses) => ("email_address", Value::List(addresses)),
        Filter::EmailAddressFuzzy(text) => ("email_address_fuzzy", Value::Text(text)),
        Filter::EmailId(ids) => ("email_id", Value::List(ids)),
        Filter::EmailVerified(yes) => ("email_verified", Value::Boolean(*yes)),
        Filter::OauthProvider(providers) => ("oauth_provider", Value::List(providers)),
        Filter::WebauthnRegistrationId(ids) => ("webauthn_registration_id", Value::List(ids)),
        Filter::WebauthnRegistrationVerified(yes) => {
            ("webauthn_registration_verified", Value::Boolean(*yes))
        }
        Filter::CryptoWalletId(ids) => ("crypto_wallet_id", Value::List(ids)),
        Filter::CryptoWalletAddress(addresses) => ("crypto_wallet_address", Value::List(addresses)),
        Filter::CryptoWalletVerified(yes) => ("crypto_wallet_verified", Value::Boolean(*yes)),
        Filter::TotpId(ids) => ("totp_id", Value::List(ids)),
        Filter::TotpVerified(yes) => ("totp_verified", Value::Boolean(*yes)),
        Filter::PasswordExists(yes) => ("password_exists", Value::Boolean(*yes)),
        Filter::Other(custom) => {
            // It is JSON already, and was checked.
            let (name, value) = (&custom.filter_name, &custom.filter_value);
            let name = serde_json::to_string(name)?;
            return Ok(format!(
                r#"{{"filter_name":{name},"filter_value":{value}}}"#
            ));
        }
    };
    serde_json::to_string(&Operand {
        filter_name,
        filter_value,
    })
}

/// Explains a successful response without the expected content.
const ELSEWHERE: &str = "; the base URL may lead elsewhere, or the project may be a B2B \
    project, which has members of organizations instead of users";

/// Decodes the response to `GET /v1/users/{user_id}`.
pub(crate) fn user_from_response(response: Response) -> Result<RetrievedUser, Error> {
    let mut user = UserResponse::empty();
    decode(response, &mut user, true)?;
    if user.is_another {
        return Err(elsewhere("it contains a session or a user"));
    }
    if user.retrieved.user.user_id.is_empty() {
        return Err(elsewhere("it has no user_id"));
    }
    Ok(user.retrieved)
}

/// Decodes the response to `POST /v1/users/search`.
pub(crate) fn page_from_response(response: Response) -> Result<SearchPage, Error> {
    let mut page = PageResponse::default();
    decode(response, &mut page, false)?;
    let users = match page.results {
        Some(users) => users,
        None if page.has_results && page.results_metadata.is_some() => Vec::new(),
        // Treating it as an empty last page would silently lose users.
        None => return Err(elsewhere("it has no results")),
    };
    let metadata = match page.results_metadata {
        Some(metadata) => metadata,
        None => ResultsMetadata::empty(),
    };
    Ok(SearchPage {
        request_id: page.request_id,
        users,
        // Stytch sends -1 if totals are disabled.
        total: metadata.total.and_then(|total| u64::try_from(total).ok()),
        next_cursor: metadata.next_cursor.filter(|cursor| !cursor.is_empty()),
        results_metadata_extra: metadata.extra,
        extra: page.extra,
    })
}

fn elsewhere(what: &str) -> Error {
    Error::MalformedResponse(what.to_owned() + ELSEWHERE)
}

fn decode<R: Known>(response: Response, record: &mut R, is_retrieval: bool) -> Result<(), Error> {
    if !matches!(response.status, 200..=299) {
        return Err(failure(response, is_retrieval));
    }
    stytch_decode::decode(NEVER_REUSES, response.body, record)
        .map_err(|error| malformed(response.header, &error))
}

/// Describes a body that cannot be decoded. The component neither requests nor supports
/// content codings. Shared by both kinds of responses to reduce the component's size.
#[inline(never)]
fn malformed(content_encoding: Option<Vec<u8>>, error: &DecodeError) -> Error {
    let reason = match content_encoding.map(String::from_utf8) {
        // Existing codings have short names.
        Some(Ok(coding)) if (1..40).contains(&coding.len()) && coding != "identity" => {
            "the body is encoded with ".to_owned() + &coding + ", which was not requested"
        }
        _ => error.to_string(),
    };
    Error::MalformedResponse(reason)
}

/// The prefixes of Stytch's error types that reject the credential or its project.
///
/// Source: <https://stytch.com/docs/api/errors> and the list of types in Stytch's browser
/// SDK; the live API sends `invalid_project_id_authentication` and
/// `invalid_authorization_header` with status 400.
const CREDENTIAL: [&str; 10] = [
    "unauthorized_credentials",
    "unauthorized_project_id_",
    "invalid_project_id",
    "invalid_secret_authentication",
    "invalid_authorization_header",
    "invalid_consumer_endpoint",
    "invalid_client",
    "wrong_stack_",
    "project_disabled",
    "organization_suspended",
];

/// Maps an error response to an error, first by its status. Whether a 4xx is about the
/// credential or the user is only known from Stytch's error type: a proxy or another
/// server sends the same statuses.
fn failure(response: Response, is_retrieval: bool) -> Error {
    let status = response.status;
    if !matches!(status, 400..=599) {
        let what = match status {
            300..=399 => "a redirect, which is not followed; check the base URL",
            _ => "not a status that an API responds with",
        };
        return Error::MalformedResponse(format!("status {status} is {what}"));
    }
    let error = api_error(response);
    let refuses = |name: &str| CREDENTIAL.iter().any(|begin| name.starts_with(begin));
    // A function pointer, so that the code to copy the error exists only once.
    let case: fn(ApiError) -> Error = match (status, error.error_type.as_deref()) {
        (429, _) => Error::RateLimited,
        (500.., _) => Error::Unavailable,
        (401, Some(_)) => Error::Unauthorized,
        (404, Some("user_not_found")) if is_retrieval => Error::NotFound,
        (_, Some(name)) if refuses(name) => Error::Unauthorized,
        _ => Error::Rejected,
    };
    case(error)
}

/// Decodes an error body. The error has a type only if the body is Stytch's.
fn api_error(response: Response) -> ApiError {
    let (status, retry_after_ms) = (response.status, retry_after_ms(&response));
    let mut decoded = ErrorResponse::empty();
    let is_json = match stytch_decode::decode(NEVER_REUSES, response.body, &mut decoded) {
        Ok(()) | Err(DecodeError::Mismatch { .. }) => true,
        Err(DecodeError::Encoding(_) | DecodeError::Syntax { .. }) => false,
    };
    let mut error = decoded.error;
    // Other servers also use a member named `error`.
    let is_named = error.error_type.is_some() || error.request_id.is_some();
    let is_same = decoded
        .status_code
        .is_none_or(|code| code == i64::from(status));
    let name = error.error_type.take().or(decoded.oauth_error);
    error.message = error.message.or(decoded.oauth_description);
    if is_json && is_named && is_same {
        error.error_type = name;
    } else {
        error.message = error.message.or(name);
    }
    error.error_url = error.error_url.or(decoded.oauth_uri);
    error.status = status;
    error.retry_after_ms = retry_after_ms;
    error
}

/// Parses `Retry-After` in seconds. Its other form, a date, is useless without a clock.
fn retry_after_ms(response: &Response) -> Option<u64> {
    let text = str::from_utf8(response.header.as_deref()?).ok()?;
    text.trim().parse::<u64>().ok()?.checked_mul(1000)
}

#[cfg(test)]
mod tests;
