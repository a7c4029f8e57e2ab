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
use stytch_decode::{DecodeError, Known};

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

/// The answer to `GET /v1/users/{user_id}`.
pub(crate) fn user_from_answer(answer: Answer) -> Result<RetrievedUser, Error> {
    decode(answer, RetrievedUser::empty())
}

/// The answer to `POST /v1/users/search`.
pub(crate) fn page_from_answer(answer: Answer) -> Result<SearchPage, Error> {
    let page = decode(answer, SearchAnswer::default())?;
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
fn decode<R: Known>(answer: Answer, mut record: R) -> Result<R, Error> {
    match answer.status {
        200..=299 => match stytch_decode::decode(answer.body, &mut record) {
            Ok(()) => Ok(record),
            Err(error) => Err(malformed(answer.header, &error)),
        },
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

fn api_error(answer: Answer) -> ApiError {
    let mut error = ApiError::empty();
    error.status = answer.status;
    error.retry_after_ms = retry_after_ms(&answer);
    // A proxy's HTML, or nothing: then the status is all that is known.
    let _ = stytch_decode::decode(answer.body, &mut error);
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
