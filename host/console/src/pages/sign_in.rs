//! The page to sign in.

use super::frame::{Frame, frame};
use crate::Console;
use crate::cookie::Cookie;
use crate::guard::FORM_TOKEN;
use crate::response::page;
use crate::session::Random;
use axum::response::{IntoResponse, Response};
use http::header::SET_COOKIE;
use http::{HeaderMap, StatusCode};
use maud::{Markup, html};

/// The field with the token.
pub(crate) const TOKEN: &str = "token";
/// The field with the address to go on at.
pub(crate) const NEXT: &str = "next";

/// Why somebody has to sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reason {
    /// There is no session.
    First,
    /// There was one.
    Ended,
    /// The token is not valid.
    Refused,
    /// The form is old, or not of this console.
    Stale,
    SignedOut,
    /// The link of `--open` is too old.
    OldLink,
    /// The link of `--open` was used before.
    Twice,
}

impl Reason {
    const fn status(self) -> StatusCode {
        match self {
            Self::SignedOut => StatusCode::OK,
            Self::Stale => StatusCode::FORBIDDEN,
            Self::First | Self::Ended | Self::Refused | Self::OldLink | Self::Twice => {
                StatusCode::UNAUTHORIZED
            }
        }
    }

    /// What happened; whether it is an error; nothing if nothing happened.
    const fn words(self) -> Option<(&'static str, bool)> {
        Some(match self {
            Self::First => return None,
            Self::Ended => (
                "Your session has ended: it was idle for half an hour, or its token was revoked. Sign in to go on where you were.",
                false,
            ),
            Self::Refused => (
                "This token is not valid. It may have expired or been revoked; check that it was copied as a whole.",
                true,
            ),
            Self::Stale => ("The form was out of date. Enter the token again.", true),
            Self::SignedOut => ("You are signed out.", false),
            Self::OldLink => (
                "The link to sign in is not valid any more: it works for a minute. Start the service again, or enter a token.",
                true,
            ),
            Self::Twice => (
                "The link to sign in was used a second time, so the session that it opened has been ended. If you did not open it twice, another user of this machine may have seen it: start the service again.",
                true,
            ),
        })
    }
}

/// The page, which leads to `next`.
pub(crate) fn response(
    console: &Console,
    headers: &HeaderMap,
    reason: Reason,
    next: &str,
) -> Response {
    // All tabs have one cookie, so they have one token.
    let form_token = Cookie::SignIn.of(headers).and_then(Random::parse);
    let Ok(form_token) = form_token.map_or_else(Random::new, Ok) else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let mut response = page(reason.status(), markup(reason, next, &form_token));
    let cookie = Cookie::SignIn.set(headers, form_token.expose(), console.options.secure);
    if let Some(cookie) = cookie {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    response
}

fn markup(reason: Reason, next: &str, form_token: &Random) -> Markup {
    let is_refused = reason == Reason::Refused;
    let content = html! {
        section .sign-in.panel {
            h1 { "Sign in" }
            @if let Some((text, is_error)) = reason.words() {
                p #reason .notice.bad[is_error] role=[is_error.then_some("alert")] { (text) }
            }
            form method="post" action="/console/sign-in" {
                input type="hidden" name=(FORM_TOKEN) value=(form_token.expose());
                input type="hidden" name=(NEXT) value=(next);
                div .field {
                    label for="token" { "Token" }
                    input #token type="password" name=(TOKEN) required autofocus autocomplete="off"
                        spellcheck="false" aria-describedby="token-hint"
                        aria-invalid=[is_refused.then_some("true")];
                    p #token-hint .hint {
                        "What " code { "stytch-host serve" } " printed as " code { "STYTCH_HOST_TOKEN" }
                        ", or one of " code { "stytch-host token create" } ". You may do here what the token permits."
                    }
                }
                button .primary { "Sign in" }
            }
        }
    };
    frame(&Frame::signed_out("Sign in"), &content)
}
