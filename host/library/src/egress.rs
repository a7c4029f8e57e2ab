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

use http::header::HOST;
use http::{Method, Request};

/// A request that the host did not let out. The text says what was asked, why
/// not, and what would allow it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{asked}: {reason}; {remedy}")]
pub(crate) struct Denial {
    asked: String,
    reason: String,
    remedy: String,
}

/// Whether a call may send this request.
pub(crate) fn check_request<B>(origin: &Origin, request: &Request<B>) -> Result<(), Denial> {
    let (method, uri) = (request.method(), request.uri());
    let asked_origin = Origin::of_uri(uri);
    // The path of a refused request may hold anything, so it is not repeated.
    let deny = |reason: String, remedy: String| {
        let asked = match &asked_origin {
            Ok(asked) => format!("{method} {asked}"),
            Err(_) => format!("{method} of a malformed URL"),
        };
        Err(Denial {
            asked,
            reason,
            remedy,
        })
    };
    match &asked_origin {
        Err(error) => return deny(error.to_string(), format!("only {origin} may be reached")),
        Ok(asked) if asked != origin => {
            return deny(
                format!("this credential may reach {origin} only"),
                format!("to allow it, give --base-url {asked}"),
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
