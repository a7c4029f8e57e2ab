//! Parsing the JSON body of a request.

use bytes::Bytes;
use serde_json::{Map, Value};

use crate::api_error::ApiError;

/// Parses a request body. Some SDKs send an empty body or `null` for a request without members.
///
/// # Errors
///
/// `bad_request` if the body is anything else than a JSON object.
pub(crate) fn object(body: &Bytes) -> Result<Map<String, Value>, ApiError> {
    if body.trim_ascii().is_empty() {
        return Ok(Map::new());
    }
    let object = serde_json::from_slice::<Option<Map<String, Value>>>(body);
    object
        .map(Option::unwrap_or_default)
        .map_err(|_| ApiError::BAD_REQUEST)
}

/// Returns the value of a member. A member that is `null` counts as absent.
pub(crate) fn present<'a>(object: &'a Map<String, Value>, member: &str) -> Option<&'a Value> {
    object.get(member).filter(|value| !value.is_null())
}

/// Returns the value of a string member, if present.
///
/// # Errors
///
/// `bad_request` if the value is not a string.
pub(crate) fn string(
    object: &Map<String, Value>,
    member: &str,
) -> Result<Option<String>, ApiError> {
    match present(object, member) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(ApiError::bad_request(format!("{member} must be a string"))),
    }
}
