//! The paths of the service.

mod call;
mod credentials;
mod document;
mod health;
mod input;
mod lines;
mod mcp;
mod retrieve;
mod search;

pub(crate) use call::{Calls, LONGEST, SHORTEST};
pub(crate) use input::NDJSON;
pub(crate) use mcp::Mcp;
pub(crate) use search::{AllPages, LARGEST_COUNT};

use crate::console::ConsoleBackend;
use crate::host;
use crate::observation::observe;
use crate::problem::{Problem, Refusal};
use crate::server::State;
use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State as Extract};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use futures_util::FutureExt;
use http::Method;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;
use tower::ServiceBuilder;
use tower_http::timeout::RequestBodyTimeoutLayer;

/// How long a client may take to send a part of a body.
const STALLED_BODY: Duration = Duration::from_secs(30);

/// Layers are few, since each one costs a request some allocations.
pub(crate) fn router(state: Arc<State>) -> Router {
    let mcp = match state.mcp {
        None => Router::new(),
        Some(_) => Router::new()
            .route("/mcp", post(mcp::handle).delete(mcp::handle))
            .route_layer(from_fn_with_state(state.clone(), host::check_origin)),
    };
    let console = state.console.clone().map_or_else(Router::new, |console| {
        console.router(Arc::new(ConsoleBackend(state.clone())))
    });
    let with_bodies = Router::new()
        .route("/v1/credentials/{name}/users/search", post(search::page))
        .route("/v1/credentials/{name}/users/search/all", post(search::all))
        .route(
            "/v1/credentials/{name}/users/retrieve",
            post(retrieve::many),
        )
        .merge(mcp)
        .merge(console)
        .layer(
            ServiceBuilder::new()
                .layer(RequestBodyTimeoutLayer::new(STALLED_BODY))
                .map_request(|request: http::Request<_>| request.map(Body::new)),
        );
    Router::new()
        .route("/v1/credentials", get(credentials::list))
        .route("/v1/credentials/{name}/check", post(credentials::check))
        .route("/v1/credentials/{name}/users/{user_id}", get(retrieve::one))
        .route("/metrics", get(health::metrics))
        .route("/healthz", get(health::live))
        .route("/readyz", get(health::ready))
        .route("/openapi.json", get(document::openapi))
        .route("/docs", get(document::page))
        .route("/docs/style.css", get(document::style))
        .merge(with_bodies)
        .fallback(unknown_route)
        .method_not_allowed_fallback(method_not_allowed)
        .layer(from_fn_with_state(state.clone(), handle))
        .with_state(state)
}

/// Handles any request.
async fn handle(Extract(state): Extract<Arc<State>>, request: Request, next: Next) -> Response {
    let checked = host::check(&state, &request);
    observe(state, request, |request| async {
        if let Err(problem) = checked {
            return problem.into_response();
        }
        let response = AssertUnwindSafe(next.run(request)).catch_unwind().await;
        // The panic itself was printed by the panic hook.
        response.unwrap_or_else(|_| {
            Problem::refused(Refusal::Internal, "the service failed; see its log").into_response()
        })
    })
    .await
}

async fn unknown_route() -> Problem {
    Problem::refused(
        Refusal::UnknownRoute,
        "there is no such path; /openapi.json lists them",
    )
}

async fn method_not_allowed(method: Method) -> Problem {
    Problem::refused(
        Refusal::MethodNotAllowed,
        format!("this path does not have the method {method}; /openapi.json lists them"),
    )
}
