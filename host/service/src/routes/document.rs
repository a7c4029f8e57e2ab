//! The description of the service for programs.

use super::input::JSON;
use crate::server::State;
use axum::extract::State as Extract;
use axum::response::{IntoResponse, Response};
use http::header::CONTENT_TYPE;
use std::sync::Arc;

/// The `OpenAPI` document.
pub(crate) async fn openapi(Extract(state): Extract<Arc<State>>) -> Response {
    ([(CONTENT_TYPE, JSON)], state.openapi.clone()).into_response()
}
