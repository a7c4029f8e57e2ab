//! Reads the input of requests.

use crate::headers::single;
use crate::problem::{Problem, Refusal};
use axum::body::{Body, to_bytes};
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query};
use bytes::Bytes;
use http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, Uri};
use http_body_util::LengthLimitError;
use std::error::Error as StdError;

/// The largest JSON body, in bytes; the component's largest request is smaller.
const LARGEST_JSON: usize = 8 << 20;

/// The media type of JSON.
pub(crate) const JSON: &str = "application/json";
/// The media type of a JSON value a line.
pub(crate) const NDJSON: &str = "application/x-ndjson";

/// Reads a body of JSON.
pub(crate) async fn json(headers: &HeaderMap, body: Body) -> Result<String, Problem> {
    let bytes = json_bytes(headers, body).await?;
    String::from_utf8(bytes.into()).map_err(|_| Problem::invalid("the body is not UTF-8 text"))
}

/// Reads a body of JSON, which may not even be text.
pub(crate) async fn json_bytes(headers: &HeaderMap, body: Body) -> Result<Bytes, Problem> {
    check_content(headers, JSON)?;
    match to_bytes(body, LARGEST_JSON).await {
        Ok(bytes) => Ok(bytes),
        Err(error) if is_too_large(&error) => {
            let megabytes = LARGEST_JSON >> 20;
            let detail = format!("the body is larger than {megabytes} MiB");
            Err(Problem::refused(Refusal::PayloadTooLarge, detail))
        }
        Err(_) => Err(Problem::invalid("the body was not received completely")),
    }
}

fn is_too_large(error: &axum::Error) -> bool {
    error
        .source()
        .is_some_and(<dyn StdError>::is::<LengthLimitError>)
}

/// Checks the media type of a body, and that it is not compressed. That browsers must ask
/// before they send it to another site is welcome.
pub(crate) fn check_content(headers: &HeaderMap, expected: &str) -> Result<(), Problem> {
    let value = single(headers, &CONTENT_TYPE).ok().flatten();
    let value = value.and_then(|value| value.to_str().ok());
    let media_type = value.and_then(|value| value.split(';').next());
    match media_type {
        Some(media_type) if media_type.trim_ascii().eq_ignore_ascii_case(expected) => {}
        _ => {
            return Err(Problem::refused(
                Refusal::UnsupportedMediaType,
                format!("the body must be sent as Content-Type: {expected}"),
            ));
        }
    }
    // RFC 9110, section 15.5.16.
    if headers.contains_key(CONTENT_ENCODING) {
        return Err(Problem::refused(
            Refusal::UnsupportedMediaType,
            "the body must be sent without a Content-Encoding",
        )
        .with_header(ACCEPT_ENCODING, HeaderValue::from_static("identity")));
    }
    Ok(())
}

/// The parts of a path.
pub(crate) fn path<T>(path: Result<Path<T>, PathRejection>) -> Result<T, Problem> {
    match path {
        Ok(Path(parts)) => Ok(parts),
        Err(_) => Err(Problem::invalid("the path is not UTF-8 text")),
    }
}

/// The parameters of a query string.
pub(crate) fn query<T>(query: Result<Query<T>, QueryRejection>) -> Result<T, Problem> {
    match query {
        Ok(Query(parameters)) => Ok(parameters),
        Err(error) => {
            let reason = error.source().map(ToString::to_string);
            let reason = reason.unwrap_or_else(|| error.body_text());
            let detail = format!("the query string is not valid: {reason}");
            Err(Problem::invalid(detail))
        }
    }
}

/// Refuses parameters where there are none, for they would be ignored.
pub(crate) fn no_query(uri: &Uri) -> Result<(), Problem> {
    match uri.query() {
        None | Some("") => Ok(()),
        Some(_) => Err(Problem::invalid(
            "this path has no parameters in the query string",
        )),
    }
}
