//! Where a call may go: one origin, two routes, public addresses. Pure: nothing
//! here touches the network.
//!
//! There are two gates. [`check_request`] decides on the parsed [`http::Uri`]
//! that is dialled, before any name is resolved. [`check_addresses`] decides on
//! what a name resolved to, and those very addresses are dialled; through a proxy,
//! which resolves the name itself, there is only the first.

mod address;
mod origin;

pub use origin::{Origin, OriginError};

pub(crate) use address::check_addresses;

use http::header::{
    ACCEPT, AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, HOST, HeaderMap, USER_AGENT,
};
use http::{HeaderName, Method, Request};

/// The headers of a component that are sent. Others could make a server take a
/// request for another one (`X-HTTP-Method-Override`, `X-Original-URL`), or ask for a
/// response in which a secret is not recognized, such as a compressed one.
const ALLOWED_HEADERS: [HeaderName; 5] = [
    ACCEPT,
    AUTHORIZATION,
    CONTENT_LENGTH,
    CONTENT_TYPE,
    USER_AGENT,
];

/// The longest part of what a component asked for that is shown.
const LONGEST_QUOTE: usize = 100;

/// A request that the host did not let out. The text says what was asked, why
/// not, and what would allow it. Only what was asked is the component's, and is
/// shown as that.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{asked}: {reason}; {remedy}")]
pub(crate) struct Denial {
    asked: String,
    reason: String,
    remedy: String,
}

impl Denial {
    /// The path of a refused request may hold anything, so it is not repeated.
    fn of<B>(request: &Request<B>, reason: String, remedy: String) -> Self {
        let method = quoted(request.method().as_str());
        let asked = match Origin::of_uri(request.uri()) {
            Ok(origin) => {
                let origin = quoted(&origin.to_string());
                format!("the component asked for {method} of \"{origin}\"")
            }
            Err(_) => format!("the component asked for {method} of a malformed URL"),
        };
        Self {
            asked,
            reason,
            remedy,
        }
    }
}

/// What a component chose, in a form that is no more than a quotation.
fn quoted(text: &str) -> String {
    let mut quoted: String = text.chars().take(LONGEST_QUOTE).collect();
    if quoted.len() < text.len() {
        quoted.push('…');
    }
    quoted.escape_debug().to_string()
}

/// Takes out of a component's headers what is not sent.
pub(crate) fn keep_allowed(headers: &mut HeaderMap) {
    let others = headers
        .keys()
        .filter(|name| !ALLOWED_HEADERS.contains(name));
    for name in others.cloned().collect::<Vec<_>>() {
        headers.remove(name);
    }
}

/// Whether a request that passed [`check_request`] may have this body.
pub(crate) fn check_body<B: AsRef<[u8]>>(request: &Request<B>) -> Result<(), Denial> {
    if request.method() == Method::GET && !request.body().as_ref().is_empty() {
        return Err(Denial::of(
            request,
            "the request has a body, which a server may take for another request".to_owned(),
            "send GET without one".to_owned(),
        ));
    }
    Ok(())
}

/// Whether a call may send this request.
pub(crate) fn check_request<B>(origin: &Origin, request: &Request<B>) -> Result<(), Denial> {
    let (method, uri) = (request.method(), request.uri());
    let deny = |reason: String, remedy: String| Err(Denial::of(request, reason, remedy));
    match Origin::of_uri(uri) {
        Err(error) => return deny(error.to_string(), format!("only {origin} may be reached")),
        Ok(asked) if asked != *origin => {
            return deny(
                format!("this credential may reach {origin} only"),
                format!(
                    "if your Stytch API is not at {origin}, change the credential's base URL (--base-url); else do not trust this component"
                ),
            );
        }
        Ok(_) => {}
    }
    // The client would send it in place of the host that it dials.
    if request.headers().contains_key(HOST) {
        return deny(
            "the request names a host of its own".to_owned(),
            "leave out the header Host, which is made from the URL".to_owned(),
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
        "no such route is allowed".to_owned(),
        "a component may send GET /v1/users/{user_id} and POST /v1/users/search, without a query, and nothing else".to_owned(),
    )
}

/// Whether `segment`, decoded, is a user ID in Stytch's alphabet: then no server
/// or proxy can read another path out of it.
fn is_user_segment(segment: &str) -> bool {
    let decoded = || percent_encoding::percent_decode_str(segment);
    let is_legal = |byte: u8| byte.is_ascii_alphanumeric() || b"._|-".contains(&byte);
    let is_relative = decoded().eq(*b".") || decoded().eq(*b"..");
    !segment.is_empty() && decoded().all(is_legal) && !is_relative
}

#[cfg(test)]
mod tests;
