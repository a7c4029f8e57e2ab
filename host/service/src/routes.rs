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

use crate::caller::authenticate;
use crate::console::ConsoleBackend;
use crate::host;
use crate::observation::observe;
use crate::problem::{Problem, Refusal};
use crate::server::State;
use axum::Router;
use axum::body::Body;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};
use http::{Method, Request};
use std::any::Any;
use std::sync::Arc;
use std::time::Duration;
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::timeout::RequestBodyTimeoutLayer;

/// How long a client may take to send a part of a body.
const STALLED_BODY: Duration = Duration::from_secs(30);

pub(crate) fn router(state: Arc<State>) -> Router {
    let v1 = Router::new()
        .route("/credentials", get(credentials::list))
        .route("/credentials/{name}/check", post(credentials::check))
        .route("/credentials/{name}/users/search", post(search::page))
        .route("/credentials/{name}/users/search/all", post(search::all))
        .route("/credentials/{name}/users/retrieve", post(retrieve::many))
        .route("/credentials/{name}/users/{user_id}", get(retrieve::one))
        .route_layer(from_fn_with_state(state.clone(), authenticate));
    let metrics = Router::new()
        .route("/metrics", get(health::metrics))
        .route_layer(from_fn_with_state(state.clone(), authenticate));
    let mcp = match state.mcp {
        None => Router::new(),
        Some(_) => Router::new()
            .route("/mcp", post(mcp::handle).delete(mcp::handle))
            .route_layer(from_fn_with_state(state.clone(), authenticate))
            .route_layer(from_fn_with_state(state.clone(), host::check_origin)),
    };
    let console = state.console.clone().map_or_else(Router::new, |console| {
        console.router(Arc::new(ConsoleBackend(state.clone())))
    });
    Router::new()
        .nest("/v1", v1)
        .merge(metrics)
        .merge(mcp)
        .merge(console)
        .route("/healthz", get(health::live))
        .route("/readyz", get(health::ready))
        .route("/openapi.json", get(document::openapi))
        .route("/docs", get(document::page))
        .route("/docs/style.css", get(document::style))
        .fallback(unknown_route)
        .method_not_allowed_fallback(method_not_allowed)
        .layer(
            ServiceBuilder::new()
                .layer(RequestBodyTimeoutLayer::new(STALLED_BODY))
                .map_request(|request: Request<_>| request.map(Body::new)),
        )
        .layer(from_fn_with_state(state.clone(), host::check))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(from_fn_with_state(state.clone(), observe))
        .with_state(state)
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

/// The panic itself was printed by the panic hook.
fn panicked(_: Box<dyn Any + Send>) -> axum::response::Response {
    use axum::response::IntoResponse;
    Problem::refused(Refusal::Internal, "the service failed; see its log").into_response()
}
