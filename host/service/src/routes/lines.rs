//! Writes JSON: one value, or a value a line.

use super::input::{JSON, NDJSON};
use crate::problem::{Problem, Refusal};
use axum::body::Body;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::Stream;
use http::HeaderValue;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use serde::Serialize;
use std::convert::Infallible;

/// The space that is made for a value, in bytes: most users fit.
const USUAL: usize = 2 << 10;

/// A response of one JSON value.
pub(crate) fn json(value: &impl Serialize) -> Result<Response, Problem> {
    let mut body = Vec::with_capacity(USUAL);
    serde_json::to_writer(&mut body, value).map_err(|error| unserializable(&error))?;
    Ok(response(JSON, Body::from(body)))
}

/// A response of JSON values, one a line. Chunks may have several lines.
pub(crate) fn ndjson(
    lines: impl Stream<Item = Result<Bytes, Infallible>> + Send + 'static,
) -> Response {
    response(NDJSON, Body::from_stream(lines))
}

/// Adds a value and the end of its line.
pub(crate) fn push_line(lines: &mut Vec<u8>, value: &impl Serialize) -> Result<(), Problem> {
    serde_json::to_writer(&mut *lines, value).map_err(|error| unserializable(&error))?;
    lines.push(b'\n');
    Ok(())
}

/// What is serialized has neither maps without names nor numbers that JSON has not.
fn unserializable(error: &serde_json::Error) -> Problem {
    Problem::refused(Refusal::Internal, error.to_string())
}

fn response(media_type: &'static str, body: Body) -> Response {
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static(media_type)),
        // It is people's data.
        (CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    (headers, body).into_response()
}
