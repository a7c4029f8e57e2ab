//! Pure conversions: a search → Stytch's JSON; an answer → records or an error.

use crate::NEVER_REUSES;
use crate::api::{ErrorResponse, PageResponse, ResultsMetadata, UserResponse};
use crate::bindings::exports::stytch::users::types::{
    ApiError, Error, Filter, InputProblem, Operator, Query, RetrievedUser, SearchPage,
    SearchRequest,
};
use crate::http::Answer;
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

/// The body of `POST /v1/users/search`; members that were not given are left out.
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
            // JSON already, and checked.
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

/// What a success may be that has not what was asked for.
const ELSEWHERE: &str = "; the base URL may lead elsewhere, or the project be for B2B, \
    which has members of organizations in place of users";

/// The response to `GET /v1/users/{user_id}`.
pub(crate) fn user_from_answer(answer: Answer) -> Result<RetrievedUser, Error> {
    let mut response = UserResponse::empty();
    decode(answer, &mut response, true)?;
    if response.is_another {
        return Err(elsewhere("it has a session or a user in it"));
    }
    if response.retrieved.user.user_id.is_empty() {
        return Err(elsewhere("it has no user_id"));
    }
    Ok(response.retrieved)
}

/// The response to `POST /v1/users/search`.
pub(crate) fn page_from_answer(answer: Answer) -> Result<SearchPage, Error> {
    let mut page = PageResponse::default();
    decode(answer, &mut page, false)?;
    let users = match page.results {
        Some(users) => users,
        None if page.has_results && page.results_metadata.is_some() => Vec::new(),
        // Taking it for an empty last page would lose users without a word.
        None => return Err(elsewhere("it has no results")),
    };
    let metadata = match page.results_metadata {
        Some(metadata) => metadata,
        None => ResultsMetadata::empty(),
    };
    Ok(SearchPage {
        request_id: page.request_id,
        users,
        // Stytch sends -1 where totals are switched off.
        total: metadata.total.and_then(|total| u64::try_from(total).ok()),
        next_cursor: metadata.next_cursor.filter(|cursor| !cursor.is_empty()),
        results_metadata_extra: metadata.extra,
        extra: page.extra,
    })
}

fn elsewhere(what: &str) -> Error {
    Error::MalformedResponse(what.to_owned() + ELSEWHERE)
}

fn decode<R: Known>(answer: Answer, record: &mut R, is_retrieval: bool) -> Result<(), Error> {
    if !matches!(answer.status, 200..=299) {
        return Err(failure(answer, is_retrieval));
    }
    stytch_decode::decode(NEVER_REUSES, answer.body, record)
        .map_err(|error| malformed(answer.header, &error))
}

/// What is wrong with a body that cannot be read. This component asks for no encoding,
/// and knows none. In one place for both kinds of answers, so that it is small.
#[inline(never)]
fn malformed(content_encoding: Option<Vec<u8>>, error: &DecodeError) -> Error {
    let said = match content_encoding.map(String::from_utf8) {
        // Those that there are have short names.
        Some(Ok(coding)) if (1..40).contains(&coding.len()) && coding != "identity" => {
            "the body is encoded with ".to_owned() + &coding + ", which was not asked for"
        }
        _ => error.to_string(),
    };
    Error::MalformedResponse(said)
}

/// How the names of Stytch's errors begin that refuse the credential, or the project
/// that it is of.
///
/// Source: <https://stytch.com/docs/api/errors> and the list of types in Stytch's SDK for
/// browsers; the live API sends `invalid_project_id_authentication` and
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

/// The status decides first. Whether a 4xx is about the credential, or about the user,
/// only Stytch can say: a proxy, or a server that is none of Stytch's, sends the same.
fn failure(answer: Answer, is_retrieval: bool) -> Error {
    let status = answer.status;
    if !matches!(status, 400..=599) {
        let what = match status {
            300..=399 => "a redirect, which is not followed; check the base URL",
            _ => "none that an API answers with",
        };
        return Error::MalformedResponse(format!("status {status} is {what}"));
    }
    let error = api_error(answer);
    let refuses = |name: &str| CREDENTIAL.iter().any(|begin| name.starts_with(begin));
    // By a function, so that the error is copied in one place only.
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

/// What the body says, and whether it is Stytch's: only then the error has a type.
fn api_error(answer: Answer) -> ApiError {
    let (status, retry_after_ms) = (answer.status, retry_after_ms(&answer));
    let mut said = ErrorResponse::empty();
    let is_json = match stytch_decode::decode(NEVER_REUSES, answer.body, &mut said) {
        Ok(()) | Err(DecodeError::Mismatch { .. }) => true,
        Err(DecodeError::Encoding(_) | DecodeError::Syntax { .. }) => false,
    };
    let mut error = said.error;
    // Others have a member `error`, too.
    let is_named = error.error_type.is_some() || error.request_id.is_some();
    let is_same = said
        .status_code
        .is_none_or(|code| code == i64::from(status));
    let name = error.error_type.take().or(said.oauth_error);
    error.message = error.message.or(said.oauth_description);
    if is_json && is_named && is_same {
        error.error_type = name;
    } else {
        error.message = error.message.or(name);
    }
    error.error_url = error.error_url.or(said.oauth_uri);
    error.status = status;
    error.retry_after_ms = retry_after_ms;
    error
}

/// `Retry-After` in seconds. Its other form, a date, tells no span to somebody
/// without a clock.
fn retry_after_ms(answer: &Answer) -> Option<u64> {
    let text = str::from_utf8(answer.header.as_deref()?).ok()?;
    text.trim().parse::<u64>().ok()?.checked_mul(1000)
}

#[cfg(test)]
mod tests;
