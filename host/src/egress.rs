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

use http::{Method, Uri};

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
pub(crate) fn check_request(origin: &Origin, method: &Method, uri: &Uri) -> Result<(), Denial> {
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
    let mut decoded = percent_encoding::percent_decode_str(segment);
    let legal = decoded.all(|byte| byte.is_ascii_alphanumeric() || b"._|-".contains(&byte));
    let relative = || {
        let decoded: Vec<u8> = percent_encoding::percent_decode_str(segment).collect();
        decoded == b"." || decoded == b".."
    };
    !segment.is_empty() && legal && !relative()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(origin: &str, method: &Method, uri: &str) -> Result<(), String> {
        let uri: Uri = uri.parse().map_err(|_| "no URI".to_owned())?;
        check_request(&origin.parse().unwrap(), method, &uri).map_err(|denial| denial.to_string())
    }

    #[test]
    fn the_two_routes_are_allowed() {
        for (method, path) in [
            (
                Method::GET,
                "/v1/users/user-test-16d9ba61-97a1-4ba4-9720-b03761dc50c6",
            ),
            (Method::GET, "/v1/users/ext%7Cid.1_a-b"),
            (Method::GET, "/v1/users/ext|id"),
            (Method::GET, "/v1/users/user%2Dtest"),
            (Method::POST, "/v1/users/search"),
        ] {
            for origin in ["https://test.stytch.com", "http://127.0.0.1:4010"] {
                let result = check(origin, &method, &format!("{origin}{path}"));
                assert_eq!(result, Ok(()), "{method} {path}");
            }
        }
    }

    #[test]
    fn every_other_route_is_denied() {
        for (method, path) in [
            (Method::GET, "/"),
            (Method::GET, "/v1/users"),
            (Method::GET, "/v1/users/"),
            (Method::GET, "/v1/users/."),
            (Method::GET, "/v1/users/.."),
            (Method::GET, "/v1/users/%2e%2E"),
            (Method::GET, "/v1/users/a/b"),
            (Method::GET, "/v1/users/a%2fb"),
            (Method::GET, "/v1/users/a%5Cb"),
            (Method::GET, "/v1/users/a%00"),
            (Method::GET, "/v1/users/a%"),
            (Method::GET, "/v1/users/../sessions"),
            (Method::GET, "/v1/users/a;b"),
            (Method::GET, "/v1/users/a?x=1"),
            (Method::GET, "/v1/users//a"),
            (Method::GET, "/V1/users/a"),
            (Method::GET, "/v1/sessions"),
            (Method::POST, "/v1/users"),
            (Method::POST, "/v1/users/search/"),
            (Method::POST, "/v1/users/search?x"),
            (Method::POST, "/v1/users/%73earch"),
            (Method::POST, "/v1/users/a"),
            (Method::PUT, "/v1/users/a"),
            (Method::DELETE, "/v1/users/a"),
            (Method::HEAD, "/v1/users/a"),
            (Method::OPTIONS, "/v1/users/a"),
            (Method::TRACE, "/v1/users/a"),
            (Method::CONNECT, "/v1/users/a"),
        ] {
            let url = format!("https://test.stytch.com{path}");
            let denial = check("https://test.stytch.com", &method, &url).unwrap_err();
            assert!(
                denial.contains("no such route"),
                "{method} {path}: {denial}"
            );
        }
    }

    #[test]
    fn every_other_origin_is_denied() {
        for url in [
            "http://test.stytch.com/v1/users/a",
            "https://test.stytch.com:8443/v1/users/a",
            "https://test.stytch.com./v1/users/a",
            "https://api.stytch.com/v1/users/a",
            "https://eviltest.stytch.com/v1/users/a",
            "https://test.stytch.com.evil.example/v1/users/a",
            "https://test.stytch.com@evil.example/v1/users/a",
            "https://evil.example@test.stytch.com/v1/users/a",
            "https://127.0.0.1/v1/users/a",
            "https://2130706433/v1/users/a",
            "https://[::ffff:127.0.0.1]/v1/users/a",
            "/v1/users/a",
        ] {
            assert!(
                check("https://test.stytch.com", &Method::GET, url).is_err(),
                "{url}"
            );
        }
    }

    #[test]
    fn the_same_origin_in_another_spelling_is_allowed() {
        for url in [
            "https://TEST.Stytch.Com/v1/users/a",
            "https://test.stytch.com:443/v1/users/a",
        ] {
            assert_eq!(check("https://test.stytch.com", &Method::GET, url), Ok(()));
        }
    }

    #[test]
    fn a_denial_says_what_why_and_what_would_allow_it() {
        let denial = check(
            "https://test.stytch.com",
            &Method::GET,
            "http://127.0.0.1:1/v1/users/jane",
        );
        assert_eq!(
            denial.unwrap_err(),
            "GET http://127.0.0.1:1: this credential may reach https://test.stytch.com only; to allow it, give --base-url http://127.0.0.1:1"
        );
    }
}
