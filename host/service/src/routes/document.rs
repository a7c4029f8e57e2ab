//! The description of the service, for programs and for people.

use super::input::JSON;
use crate::reference::STYLE;
use crate::server::State;
use axum::extract::State as Extract;
use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use std::sync::Arc;

/// What the page may load: its style sheet.
const POLICY: &str = "default-src 'none'; style-src 'self'; base-uri 'none'; \
                      form-action 'none'; frame-ancestors 'none'";

/// The `OpenAPI` document.
pub(crate) async fn openapi(Extract(state): Extract<Arc<State>>) -> Response {
    ([(CONTENT_TYPE, JSON)], state.openapi.clone()).into_response()
}

/// The same as a page.
pub(crate) async fn page(Extract(state): Extract<Arc<State>>) -> Response {
    let headers = [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (CONTENT_SECURITY_POLICY, POLICY),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (headers, state.page.clone()).into_response()
}

/// Its style sheet.
pub(crate) async fn style() -> Response {
    let headers = [
        (CONTENT_TYPE, "text/css; charset=utf-8"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (headers, STYLE).into_response()
}
