//! What must hold for any bytes. Each function is a fuzz target: it panics where
//! something does not hold.
#![allow(
    dead_code,
    unused_imports,
    reason = "of the linked files only some functions are called"
)]

extern crate alloc;

mod api;
mod bindings;
mod config;
mod convert;
mod http;
mod input;
mod json;
mod plain;
mod policy;
mod types;
mod unquoted;

use bindings::exports::stytch::users::types::{ApiError, Error};
use convert::{page_from_response, search_to_json, user_from_response};
use http::Response;
use json::{query_from_json, search_request_from_json};
use policy::Origin;
use serde_json::Value;
use std::sync::Once;
use stytch_runtime::{Bump, NeverReuses};

/// The component's: what is fuzzed is what it runs.
#[global_allocator]
static ALLOCATOR: Bump = Bump::new();

// SAFETY: it is right above.
const NEVER_REUSES: NeverReuses = unsafe { NeverReuses::new() };

/// Runs one input, and takes the memory back as the component does after a call.
pub fn run(check: fn(&[u8]), input: &[u8]) {
    // What the standard library keeps from its first use stays.
    static FIRST: Once = Once::new();
    FIRST.call_once(|| check(input));
    let mark = ALLOCATOR.mark();
    check(input);
    // SAFETY: a check keeps nothing, and there is one thread. If it did keep something,
    // that would be overwritten here.
    unsafe { ALLOCATOR.forget_since(mark) }
}

fn response_of(status: u16, body: &[u8]) -> Response {
    Response {
        status,
        body: body.to_vec(),
        header: None,
    }
}

/// A user or a page comes out as a plain reading of the body gives it; and why
/// another body is refused is said without a word of it.
pub fn response(body: &[u8]) {
    match user_from_response(response_of(200, body)) {
        Ok(user) => same(body, &user, plain::retrieved),
        Err(error) => unquoted::check(&error),
    }
    match page_from_response(response_of(200, body)) {
        Ok(page) => same(body, &page, plain::page),
        Err(error) => unquoted::check(&error),
    }
}

fn same(
    body: &[u8],
    record: &impl serde::Serialize,
    plain: fn(&str) -> serde_json::Result<String>,
) {
    // Bytes that are not UTF-8 pass in members that are passed over, and nowhere else.
    let body = &String::from_utf8_lossy(body);
    let written = serde_json::to_string(record).expect("a record can be written");
    assert!(serde_json::from_str::<&serde_json::value::RawValue>(&written).is_ok());
    match plain(body) {
        Ok(plain) => assert_eq!(written, plain),
        Err(error) => panic!("accepted, and not JSON of that shape: {error}"),
    }
}

/// The status decides; the body adds what it has as strings, and what is kept as
/// JSON is JSON. The first two bytes are the status, and the `Retry-After` is the
/// body's first line.
pub fn error(data: &[u8]) {
    let Some(([high, low], body)) = data.split_first_chunk() else {
        return;
    };
    let status = u16::from_be_bytes([*high, *low]) % 1000;
    let mut response = response_of(status, body);
    if status >= 400 {
        response.header = body.split(|byte| *byte == b'\n').next().map(<[u8]>::to_vec);
    }
    let error = match user_from_response(response) {
        Ok(_) => return assert!((200..300).contains(&status)),
        Err(error) => error,
    };
    match (status, error) {
        // What is not Stytch's says nothing of the credential or the user.
        (400..=499, Error::Unauthorized(api)) if status != 429 => {
            assert!(api.error_type.is_some());
            check_api_error(status, &api, body);
        }
        (404, Error::NotFound(api)) => {
            assert_eq!(api.error_type.as_deref(), Some("user_not_found"));
            check_api_error(status, &api, body);
        }
        (429, Error::RateLimited(api))
        | (400..=499, Error::Rejected(api))
        | (500..=599, Error::Unavailable(api)) => check_api_error(status, &api, body),
        (0..=399 | 600.., error @ Error::MalformedResponse(_)) => unquoted::check(&error),
        (status, error) => panic!("{status}: {error:?}"),
    }
}

fn check_api_error(status: u16, error: &ApiError, body: &[u8]) {
    assert_eq!(error.status, status);
    if let Some(details) = &error.details {
        assert!(stytch_decode::check(details).is_ok());
    }
    let Ok(Value::Object(members)) = serde_json::from_slice(body) else {
        return;
    };
    if let Some(said) = members.get("status_code").and_then(Value::as_i64) {
        assert!(said == i64::from(status) || error.error_type.is_none());
    }
    for (name, found) in [
        ("error_message", &error.message),
        ("request_id", &error.request_id),
        ("error_url", &error.error_url),
    ] {
        // A value of another type is passed over, after which an earlier one of
        // the same name stays.
        if let Some(text) = members.get(name).and_then(Value::as_str) {
            assert_eq!(found.as_deref(), Some(text), "{name}");
        }
    }
}

/// A search that the host takes and the component allows is sent as it was
/// given: read again, it is the same.
pub fn query(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else {
        return;
    };
    if let Err(error) = query_from_json(text) {
        let _ = error.to_string();
    }
    let Ok(request) = search_request_from_json(text) else {
        return;
    };
    if input::check_search(&request).is_err() {
        return;
    }
    let sent = search_to_json(&request).expect("what was checked can be written");
    let mut again = search_request_from_json(&sent).expect("what was sent can be read");
    // An empty cursor is none.
    if request.cursor.as_deref() == Some("") {
        again.cursor = Some(String::new());
    }
    assert_eq!(format!("{again:?}"), format!("{request:?}"));
}

/// An origin that the host takes has a host and nothing that could lead
/// elsewhere; it stays the same when it is written and read again; and where the
/// component takes the same text, the two mean the same origin.
pub fn origin(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else {
        return;
    };
    let guest = config::base_url(text);
    let Ok(origin) = text.parse::<Origin>() else {
        return;
    };
    let shown = origin.to_string();
    assert!(!origin.host().is_empty());
    assert!(
        shown.bytes().all(|byte| byte.is_ascii_graphic())
            && !shown.contains(['@', '?', '#', '\\'])
            && shown.matches('/').count() == 2,
        "{shown}"
    );
    assert_eq!(shown.parse(), Ok(origin.clone()));
    // The component gets the host's spelling, and sends to what it read there.
    let again = config::base_url(&shown);
    for (tls, authority) in guest.into_iter().chain(again) {
        let scheme = if tls { "https" } else { "http" };
        let read: Origin = format!("{scheme}://{authority}")
            .parse()
            .expect("an origin");
        assert_eq!(read, origin, "{authority}");
    }
}
