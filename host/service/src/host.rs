//! Checks the `Host` header: a web page whose name resolves to this machine (DNS
//! rebinding) sends its own name there.

use crate::headers::single;
use crate::problem::{Problem, Refusal};
use crate::server::State;
use axum::extract::{Request, State as Extract};
use axum::middleware::Next;
use axum::response::Response;
use http::HeaderValue;
use http::header::{HOST, ORIGIN};
use http::uri::Authority;
use std::net::IpAddr;
use std::sync::Arc;

/// Checks that a request names this server.
pub(crate) fn check(state: &State, request: &Request) -> Result<(), Problem> {
    // HTTP/2 has the authority in the URI.
    let authority = request.uri().authority().cloned().or_else(|| {
        let host = single(request.headers(), &HOST).ok()??;
        host.to_str().ok()?.parse().ok()
    });
    // RFC 9112, section 3.2.
    let Some(authority) = authority.filter(is_host_and_port) else {
        return Err(Problem::invalid(
            "the request needs one Host header, with a host and optionally a port",
        ));
    };
    if is_own(&authority, &state.settings.host_names) {
        return Ok(());
    }
    Err(Problem::refused(
        Refusal::Misdirected,
        "the Host header does not name this server; --allow-host adds a name",
    ))
}

/// Returns whether there is nothing else, such as a user, and the port is a number.
fn is_host_and_port(authority: &Authority) -> bool {
    let (whole, host) = (authority.as_str(), authority.host());
    whole == host || (whole.starts_with(host) && authority.port_u16().is_some())
}

/// Lets requests pass that no web page of another name has sent: browsers send its origin.
pub(crate) async fn check_origin(
    Extract(state): Extract<Arc<State>>,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let is_foreign = |origin: &HeaderValue| {
        let authority = origin.to_str().ok().and_then(authority);
        !authority.is_some_and(|authority| is_own(&authority, &state.settings.host_names))
    };
    if request.headers().get_all(ORIGIN).iter().any(is_foreign) {
        return Err(Problem::refused(
            Refusal::Forbidden,
            "the request comes from a web page of another origin",
        ));
    }
    Ok(next.run(request).await)
}

/// The authority of an origin, such as `localhost:80` of `http://localhost:80`.
fn authority(origin: &str) -> Option<Authority> {
    let (_, authority) = origin.split_once("://")?;
    authority.parse().ok()
}

/// Returns whether `authority` is an IP address, which no DNS name can be rebound to,
/// `localhost` or one of `names`.
fn is_own(authority: &Authority, names: &[String]) -> bool {
    let host = authority.host();
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    bare.parse::<IpAddr>().is_ok()
        || host.eq_ignore_ascii_case("localhost")
        || names.iter().any(|name| name.eq_ignore_ascii_case(host))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_header_has_a_host_and_a_port() {
        for (authority, expected) in [
            ("localhost", true),
            ("localhost:80", true),
            ("[::1]:80", true),
            ("[::1]", true),
            ("localhost:", false),
            ("localhost:99999", false),
            ("localhost:abc", false),
            ("user@localhost", false),
            ("user@localhost:80", false),
        ] {
            let parsed = authority.parse::<Authority>();
            let is_valid = parsed.is_ok_and(|authority| is_host_and_port(&authority));
            assert_eq!(is_valid, expected, "{authority}");
        }
    }

    #[test]
    fn an_origin_has_an_authority() {
        for (origin, expected) in [
            ("http://localhost:80", Some("localhost:80")),
            ("https://evil.example", Some("evil.example")),
            ("null", None),
            ("http://", None),
        ] {
            let authority = authority(origin).map(|authority| authority.to_string());
            assert_eq!(authority.as_deref(), expected, "{origin}");
        }
    }

    #[test]
    fn addresses_and_known_names_are_this_server() {
        for (authority, expected) in [
            ("127.0.0.1:80", true),
            ("[::1]:8080", true),
            ("10.1.2.3", true),
            ("LocalHost:1", true),
            ("stytch-host.internal:80", true),
            ("evil.example", false),
            ("localhost.evil.example", false),
            ("127.0.0.1.evil.example", false),
        ] {
            let names = ["stytch-host.internal".to_owned()];
            let authority = authority.parse().unwrap();
            assert_eq!(is_own(&authority, &names), expected, "{authority}");
        }
    }
}
