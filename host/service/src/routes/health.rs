//! The state of the service: whether it lives and takes requests, and its metrics.

use crate::caller::Caller;
use crate::config_errors::Config;
use crate::metrics::Now;
use crate::problem::{Problem, Refusal};
use crate::server::State;
use axum::extract::State as Extract;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::CONTENT_TYPE;
use std::fmt::Write;
use std::sync::Arc;

/// The process responds.
pub(crate) async fn live() -> &'static str {
    "ok\n"
}

/// The service takes requests: not any more while it drains. What could not be read is
/// named; the rest works.
pub(crate) async fn ready(Extract(state): Extract<Arc<State>>) -> Response {
    if state.is_draining() {
        return (StatusCode::SERVICE_UNAVAILABLE, "draining\n").into_response();
    }
    let mut text = "ok\n".to_owned();
    // Without a token, nobody is told the reasons: they may have paths.
    for config in state.config_errors.current().keys() {
        // Writing to a string does not fail.
        let _ = match config {
            Config::Credential(name) => writeln!(text, "unusable credential: {name}"),
            Config::Credentials | Config::Tokens | Config::Certificate => {
                writeln!(text, "cannot be read again: {}", config.name())
            }
        };
    }
    text.into_response()
}

/// The media type of `OpenMetrics`, which Prometheus reads.
const OPENMETRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// The metrics. They name credentials, so they need a token.
pub(crate) async fn metrics(
    Extract(state): Extract<Arc<State>>,
    _: Caller,
) -> Result<Response, Problem> {
    let now = Now {
        in_flight: state.bulkhead.in_use(),
        waiting: state.bulkheads.waiting() + state.bulkhead.waiting(),
        config_errors: &state.config_errors.current(),
        statistics: state.plugin.statistics(),
    };
    let text = state
        .metrics
        .encode(&now)
        .map_err(|error| Problem::refused(Refusal::Internal, error.to_string()))?;
    Ok(([(CONTENT_TYPE, OPENMETRICS)], text).into_response())
}
