//! Lets nobody in who is not signed in, and takes no form that another page has sent.

use crate::Console;
use crate::backend::Caller;
use crate::cookie::Cookie;
use crate::input::Form;
use crate::pages::sign_in::{self, Reason};
use crate::pages::{refused, restart};
use crate::response::page;
use crate::session::{Random, Session};
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::uri::PathAndQuery;
use http::{HeaderMap, Method, StatusCode, Uri};
use std::sync::Arc;
use std::time::Instant;

/// The field of every form with the token of its session.
pub(crate) const FORM_TOKEN: &str = "form_token";

/// Who makes a request.
#[derive(Debug, Clone)]
pub(crate) struct Visit {
    pub(crate) caller: Arc<dyn Caller>,
    pub(crate) form_token: Random,
}

/// Lets requests of a session pass, with their [`Visit`], and with the [`Form`] if they send
/// one.
pub(crate) async fn signed_in(
    State(console): State<Arc<Console>>,
    mut request: Request,
    next: Next,
) -> Response {
    let headers = request.headers();
    // A browser says so of what a page of another site loads, or of another server of this
    // machine. Whoever follows the link from here does not come from there.
    let is_from_elsewhere = matches!(fetch_site(headers), Some("cross-site" | "same-site"));
    if *request.method() == Method::GET && is_from_elsewhere {
        return page(StatusCode::OK, restart(&address(request.uri())));
    }
    let session = Cookie::Session.of(headers);
    let session = session.and_then(|id| console.sessions.find(id, Instant::now()));
    let visit = session.and_then(|Session { caller, form_token }| {
        let caller = caller.of_request(request.extensions())?;
        Some(Visit { caller, form_token })
    });
    let Some(visit) = visit else {
        return signed_out(&console, &request);
    };
    if *request.method() == Method::POST {
        let (mut parts, body) = request.into_parts();
        if !is_same_origin(&parts.headers) {
            return page(StatusCode::FORBIDDEN, refused(&visit));
        }
        let form = match Form::read(&parts.headers, body).await {
            Ok(form) => form,
            Err(status) => return page(status, refused(&visit)),
        };
        if !visit.form_token.is(form.get(FORM_TOKEN)) {
            return page(StatusCode::FORBIDDEN, refused(&visit));
        }
        parts.extensions.insert(form);
        request = Request::from_parts(parts, axum::body::Body::empty());
    }
    request.extensions_mut().insert(visit);
    next.run(request).await
}

/// The response without a session: the page to sign in, which leads back.
fn signed_out(console: &Console, request: &Request) -> Response {
    let headers = request.headers();
    let reason = if Cookie::Session.of(headers).is_some() {
        Reason::Ended
    } else {
        Reason::First
    };
    let next = match *request.method() {
        Method::GET => address(request.uri()),
        // What was sent is lost. Where it was sent from is not known.
        _ => crate::PATH.to_owned(),
    };
    sign_in::response(console, headers, reason, &next)
}

fn address(uri: &Uri) -> String {
    let address = uri.path_and_query().map(PathAndQuery::as_str);
    address.unwrap_or(crate::PATH).to_owned()
}

/// Whether a page of the console may have sent a request. Older browsers do not say.
pub(crate) fn is_same_origin(headers: &HeaderMap) -> bool {
    fetch_site(headers).is_none_or(|site| site == "same-origin")
}

/// Which site a request comes from, as the browser says.
fn fetch_site(headers: &HeaderMap) -> Option<&str> {
    headers.get("sec-fetch-site")?.to_str().ok()
}
