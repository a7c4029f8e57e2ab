//! Signs in and out.

use super::Shares;
use crate::Console;
use crate::cookie::Cookie;
use crate::guard::is_same_origin;
use crate::input::Form;
use crate::pages::sign_in::{self, NEXT, Reason, TOKEN};
use crate::response::redirect;
use crate::session::{Random, Redeemed};
use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use http::header::SET_COOKIE;
use http::{HeaderMap, Uri};
use std::sync::Arc;
use std::time::Instant;
use subtle::ConstantTimeEq;

/// The field and the cookie that must be the same, so that no other page can sign anybody in.
pub(crate) use crate::guard::FORM_TOKEN;

/// Signs in who started the service, with a code that works once.
pub(crate) async fn open(State(shared): Shares, headers: HeaderMap, uri: Uri) -> Response {
    let (console, backend) = (&shared.console, &shared.backend);
    let code = crate::query::Query::read(uri.query());
    let code = code.get("code").unwrap_or_default();
    let session = Cookie::Session.of(&headers);
    let redeemed = (console.sessions).redeem(code, session, backend.operator(), Instant::now());
    match redeemed {
        Ok(Redeemed::Session(id)) => started(console, &headers, &id, crate::PATH),
        Ok(Redeemed::Already) => redirect(crate::PATH),
        Ok(Redeemed::Twice) => sign_in::response(console, &headers, Reason::Twice, crate::PATH),
        Ok(Redeemed::Invalid) | Err(_) => {
            sign_in::response(console, &headers, Reason::OldLink, crate::PATH)
        }
    }
}

/// Signs in with a token of the service.
pub(crate) async fn sign_in(State(shared): Shares, headers: HeaderMap, body: Body) -> Response {
    let (console, backend) = (&shared.console, &shared.backend);
    let Ok(form) = Form::read(&headers, body).await else {
        return sign_in::response(console, &headers, Reason::First, crate::PATH);
    };
    let next = own_address(form.get(NEXT));
    let cookie = Cookie::SignIn.of(&headers).unwrap_or_default();
    let sent = form.get(FORM_TOKEN);
    let is_own = !cookie.is_empty() && bool::from(cookie.as_bytes().ct_eq(sent.as_bytes()));
    if !is_same_origin(&headers) {
        return sign_in::response(console, &headers, Reason::Stale, next);
    }
    let session = Cookie::Session.of(&headers);
    if !is_own {
        let found = session.and_then(|id| console.sessions.find(id, Instant::now()));
        return match found {
            // Another tab has signed in.
            Some(_) => redirect(next),
            None => sign_in::response(console, &headers, Reason::Stale, next),
        };
    }
    let Some(caller) = backend.holder(form.get(TOKEN).trim()) else {
        return sign_in::response(console, &headers, Reason::Refused, next);
    };
    // Whoever signs in again is done with the session before.
    if let Some(id) = session {
        console.sessions.end(id);
    }
    match console.sessions.start(caller, Instant::now()) {
        Ok(id) => started(console, &headers, &id, next),
        Err(_) => sign_in::response(console, &headers, Reason::Stale, next),
    }
}

/// Ends the session.
pub(crate) async fn sign_out(State(console): State<Arc<Console>>, headers: HeaderMap) -> Response {
    if let Some(id) = Cookie::Session.of(&headers) {
        console.sessions.end(id);
    }
    let mut response = sign_in::response(&console, &headers, Reason::SignedOut, crate::PATH);
    if let Some(cookie) = Cookie::Session.remove(&headers) {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    response
}

fn started(console: &Console, headers: &HeaderMap, id: &Random, next: &str) -> Response {
    let mut response = redirect(next);
    let cookies = [
        Cookie::Session.set(headers, id.expose(), console.options.secure),
        Cookie::SignIn.remove(headers),
    ];
    for cookie in cookies.into_iter().flatten() {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    response
}

/// An address of the console; its start for any other.
fn own_address(address: &str) -> &str {
    let rest = address.strip_prefix(crate::PATH);
    let is_own = rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?']));
    let is_printable = address.bytes().all(|byte| byte.is_ascii_graphic());
    if is_own && is_printable {
        address
    } else {
        crate::PATH
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signing_in_leads_nowhere_else() {
        for address in ["/console", "/console/search?status=a%40b", "/console?x"] {
            assert_eq!(own_address(address), address);
        }
        for address in [
            "",
            "//evil.example",
            "https://evil.example/console",
            "/consoles",
            "/v1/credentials",
            "/console/\r\nset-cookie: a=b",
            "/console/\u{e9}",
        ] {
            assert_eq!(own_address(address), "/console", "{address:?}");
        }
    }
}
