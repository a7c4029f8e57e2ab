//! Pure conversions: a search → Stytch's JSON; an answer → records or an error.

use crate::api::SearchAnswer;
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
use serde_json::value::RawValue;
use stytch_decode::{self as decode, Record};

/// The body of `POST /v1/users/search`; members that were not given are left
/// out.
#[derive(Serialize)]
struct Search<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    cursor: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    limit: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    query: Option<SearchQuery<'a>>,
}

#[derive(Serialize)]
struct SearchQuery<'a> {
    operator: &'static str,
    operands: Vec<Operand<'a>>,
}

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
    Json(&'a RawValue),
}

/// A search as Stytch takes it; it must have passed
/// [`check_search`](crate::input::check_search).
pub(crate) fn search_to_json(request: &SearchRequest) -> Result<Vec<u8>, Error> {
    let search = Search {
        cursor: request
            .cursor
            .as_deref()
            .filter(|cursor| !cursor.is_empty()),
        limit: request.limit,
        query: match &request.query {
            Some(query) => Some(query_to_json(query).map_err(unwritable)?),
            None => None,
        },
    };
    serde_json::to_vec(&search).map_err(unwritable)
}

/// Only a custom filter's value can fail, and that was checked before.
fn unwritable(_: serde_json::Error) -> Error {
    Error::InvalidInput(InputProblem {
        field: "request.query".to_owned(),
        reason: "cannot be written as JSON".to_owned(),
    })
}

fn query_to_json(query: &Query) -> Result<SearchQuery<'_>, serde_json::Error> {
    Ok(SearchQuery {
        operator: match query.operator {
            Operator::And => "AND",
            Operator::Or => "OR",
        },
        operands: query
            .operands
            .iter()
            .map(filter_to_json)
            .collect::<Result<_, _>>()?,
    })
}

fn filter_to_json(filter: &Filter) -> Result<Operand<'_>, serde_json::Error> {
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
            let json = decode::json(&custom.filter_value)?;
            (custom.filter_name.as_str(), Value::Json(json))
        }
    };
    Ok(Operand {
        filter_name,
        filter_value,
    })
}

/// The answer to `GET /v1/users/{user_id}`.
pub(crate) fn user_from_answer(answer: &Answer) -> Result<RetrievedUser, Error> {
    decode(answer)
}

/// The answer to `POST /v1/users/search`.
pub(crate) fn page_from_answer(answer: &Answer) -> Result<SearchPage, Error> {
    let page: SearchAnswer = decode(answer)?;
    let (total, next_cursor) = match page.results_metadata {
        Some(metadata) => (metadata.total, metadata.next_cursor),
        // Without both it is no page at all; taking it for an empty last one
        // would lose users without a word.
        None if page.results.is_none() => {
            return Err(Error::MalformedResponse(
                "the answer has neither results nor results_metadata".to_owned(),
            ));
        }
        None => (None, None),
    };
    Ok(SearchPage {
        request_id: page.request_id,
        users: page.results.unwrap_or_default(),
        // Stytch sends -1 where totals are switched off.
        total: total.and_then(|total| u64::try_from(total).ok()),
        next_cursor: next_cursor.filter(|cursor| !cursor.is_empty()),
    })
}

/// The status decides, before the body is looked at.
fn decode<R: Record>(answer: &Answer) -> Result<R, Error> {
    match answer.status {
        200..=299 => {
            let mut record = R::empty();
            match decode::decode(&answer.body, &mut record) {
                Ok(()) => Ok(record),
                Err(error) => Err(Error::MalformedResponse(error.to_string())),
            }
        }
        401 | 403 => Err(Error::Unauthorized(api_error(answer))),
        404 => Err(Error::NotFound(api_error(answer))),
        429 => Err(Error::RateLimited(api_error(answer))),
        400..=499 => Err(Error::Rejected(api_error(answer))),
        500..=599 => Err(Error::Unavailable(api_error(answer))),
        status @ 300..=399 => Err(Error::MalformedResponse(format!(
            "status {status} is a redirect, which is not followed; check the base URL"
        ))),
        status => Err(Error::MalformedResponse(format!(
            "status {status} is none that an API answers with"
        ))),
    }
}

fn api_error(answer: &Answer) -> ApiError {
    let mut error = ApiError::empty();
    // A proxy's HTML, or nothing: then the status is all that is known.
    let _ = decode::decode(&answer.body, &mut error);
    error.status = answer.status;
    error.retry_after_ms = retry_after_ms(answer);
    error
}

/// `Retry-After` in seconds. Its other form, a date, tells no span to somebody
/// without a clock.
fn retry_after_ms(answer: &Answer) -> Option<u64> {
    let text = str::from_utf8(answer.retry_after.as_deref()?).ok()?;
    text.trim().parse::<u64>().ok()?.checked_mul(1000)
}

#[cfg(test)]
mod tests;
