//! Whether the process lives, and whether it takes requests.

use crate::server::State;
use axum::extract::State as Extract;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use std::sync::Arc;

/// The process responds.
pub(crate) async fn live() -> &'static str {
    "ok\n"
}

/// The service takes requests: not any more while it drains. Credentials that cannot be
/// used are named; the others can.
pub(crate) async fn ready(Extract(state): Extract<Arc<State>>) -> Response {
    if state.is_draining() {
        return (StatusCode::SERVICE_UNAVAILABLE, "draining\n").into_response();
    }
    let mut text = "ok\n".to_owned();
    for entry in state.credentials.entries().values() {
        if let Err(reason) = &entry.credential {
            text.push_str(&format!("unusable credential {}: {reason}\n", entry.name));
        }
    }
    text.into_response()
}
