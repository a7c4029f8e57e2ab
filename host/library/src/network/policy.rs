//! The network policy of a call: one origin, two routes, public addresses. Nothing in this
//! module uses the network.
//!
//! There are two checks. [`check_request`] checks the parsed [`http::Uri`] that is dialled,
//! before any name is resolved. [`check_addresses`] checks the addresses that a name
//! resolved to, and exactly these addresses are dialled. Behind a proxy, which resolves
//! the name itself, only the first check applies.

mod address;
mod origin;

pub use origin::{Origin, OriginError};

pub(crate) use address::check_addresses;

use http::header::{
    ACCEPT, AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, HOST, HeaderMap, USER_AGENT,
};
use http::{HeaderName, Method, Request};

/// The headers that a component may send. Others could make a server treat the request as
/// a different one (`X-HTTP-Method-Override`, `X-Original-URL`), or request a response in
/// which a secret is not detected, such as a compressed one.
const ALLOWED_HEADERS: [HeaderName; 5] = [
    ACCEPT,
    AUTHORIZATION,
    CONTENT_LENGTH,
    CONTENT_TYPE,
    USER_AGENT,
];

/// The maximum length of quoted text from a component.
const LONGEST_QUOTE: usize = 100;

/// The denial of a request. The message says what was requested, why it was denied, and
/// what would allow it. Only the request comes from the component, and is quoted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{asked}: {reason}; {remedy}")]
pub(crate) struct Denial {
    asked: String,
    reason: String,
    remedy: String,
}

impl Denial {
    /// The path of a denied request may contain anything, so the message leaves it out.
    fn of<B>(request: &Request<B>, reason: String, remedy: String) -> Self {
        let method = quoted(request.method().as_str());
        let asked = match Origin::of_uri(request.uri()) {
            Ok(origin) => {
                let origin = quoted(&origin.to_string());
                format!("the component requested {method} at \"{origin}\"")
            }
            Err(_) => format!("the component requested {method} at a malformed URL"),
        };
        Self {
            asked,
            reason,
            remedy,
        }
    }
}

/// Shortens and escapes text from a component.
fn quoted(text: &str) -> String {
    let mut quoted: String = text.chars().take(LONGEST_QUOTE).collect();
    if quoted.len() < text.len() {
        quoted.push('…');
    }
    quoted.escape_debug().to_string()
}

/// Removes the headers that a component may not send.
pub(crate) fn keep_allowed(headers: &mut HeaderMap) {
    let others = headers
        .keys()
        .filter(|name| !ALLOWED_HEADERS.contains(name));
    for name in others.cloned().collect::<Vec<_>>() {
        headers.remove(name);
    }
}

/// Checks the body of a request that passed [`check_request`].
pub(crate) fn check_body<B: AsRef<[u8]>>(request: &Request<B>) -> Result<(), Denial> {
    if request.method() == Method::GET && !request.body().as_ref().is_empty() {
        return Err(Denial::of(
            request,
            "the request has a body, which a server may treat as another request".to_owned(),
            "send GET without a body".to_owned(),
        ));
    }
    Ok(())
}

/// Checks whether a call may send this request.
pub(crate) fn check_request<B>(origin: &Origin, request: &Request<B>) -> Result<(), Denial> {
    let (method, uri) = (request.method(), request.uri());
    let deny = |reason: String, remedy: String| Err(Denial::of(request, reason, remedy));
    match Origin::of_uri(uri) {
        Err(error) => return deny(error.to_string(), format!("only {origin} may be reached")),
        Ok(asked) if asked != *origin => {
            return deny(
                format!("this credential may reach {origin} only"),
                format!(
                    "if your Stytch API is not at {origin}, change the credential's base URL (--base-url); otherwise do not trust this component"
                ),
            );
        }
        Ok(_) => {}
    }
    // The client would send this header instead of the host that it dials.
    if request.headers().contains_key(HOST) {
        return deny(
            "the request sets the header Host".to_owned(),
            "leave the header out; the host derives it from the URL".to_owned(),
        );
    }
    let allowed = match *method {
        Method::GET => uri
            .path()
            .strip_prefix("/v1/users/")
            .is_some_and(is_user_segment),
        Method::POST => uri.path() == "/v1/users/search",
        _ => false,
    };
    if allowed && uri.query().is_none() {
        return Ok(());
    }
    deny(
        "this route is not allowed".to_owned(),
        "a component may only send GET /v1/users/{user_id} and POST /v1/users/search, without a query".to_owned(),
    )
}

/// Returns whether `segment`, decoded, is a user ID in Stytch's alphabet, which no server
/// or proxy can interpret as another path.
fn is_user_segment(segment: &str) -> bool {
    let decoded = || percent_encoding::percent_decode_str(segment);
    let is_legal = |byte: u8| byte.is_ascii_alphanumeric() || b"._|-".contains(&byte);
    let is_relative = decoded().eq(*b".") || decoded().eq(*b"..");
    !segment.is_empty() && decoded().all(is_legal) && !is_relative
}

#[cfg(test)]
mod tests;
