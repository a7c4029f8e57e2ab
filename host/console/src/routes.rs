//! The paths of the console.

mod credentials;
mod retrieve;
mod search;
mod search_all;
mod session;

use crate::backend::{Backend, Listed};
use crate::guard::{Visit, signed_in};
use crate::response::{page, redirect, secure};
use crate::{Console, assets, pages};
use axum::extract::State;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::Response;
use axum::routing::get;
use axum::{Extension, Router};
use http::StatusCode;
use std::sync::Arc;

/// What requests without a session need, too.
#[derive(Debug, Clone)]
pub(crate) struct Shared {
    pub(crate) console: Arc<Console>,
    pub(crate) backend: Arc<dyn Backend>,
}

pub(crate) fn router<S: Clone + Send + Sync + 'static>(
    console: Arc<Console>,
    backend: Arc<dyn Backend>,
) -> Router<S> {
    let shared = Shared {
        console: console.clone(),
        backend,
    };
    let public = Router::new()
        .route("/", get(async || redirect(crate::PATH)))
        .route("/console/open", get(session::open))
        .route(
            "/console/sign-in",
            get(async || redirect(crate::PATH)).post(session::sign_in),
        )
        .route(assets::STYLE.path, get(async || assets::STYLE.response()))
        .route(assets::SCRIPT.path, get(async || assets::SCRIPT.response()))
        .route(assets::ICON.path, get(async || assets::ICON.response()))
        .with_state(shared);
    let private = Router::new()
        .route("/console", get(home))
        .route(
            "/console/sign-out",
            get(async || redirect(crate::PATH)).post(session::sign_out),
        )
        .route("/console/retrieve", get(retrieve::user))
        .route("/console/search", get(search::users))
        .route("/console/search/export", get(search_all::export))
        .route("/console/search/events", get(search_all::events))
        .route("/console/credentials", get(credentials::list))
        .route(
            "/console/credentials/add",
            get(credentials::new).post(credentials::add),
        )
        .route(
            "/console/credentials/test",
            get(credentials::back).post(credentials::test),
        )
        .route(
            "/console/credentials/default",
            get(credentials::back).post(credentials::set_default),
        )
        .route(
            "/console/credentials/remove",
            get(credentials::ask).post(credentials::remove),
        )
        .route("/console/{*rest}", get(unknown))
        .route_layer(from_fn_with_state(console.clone(), signed_in))
        .with_state(console);
    public.merge(private).layer(from_fn(secure))
}

/// Leads to where somebody starts: without a credential, to set one up.
async fn home(Extension(visit): Extension<Visit>) -> Response {
    if visit.caller.credentials().is_empty() {
        redirect("/console/credentials")
    } else {
        redirect("/console/retrieve")
    }
}

async fn unknown(Extension(visit): Extension<Visit>) -> Response {
    page(StatusCode::NOT_FOUND, pages::unknown(&visit))
}

/// The credentials of a visit, and which of them a form begins with: the default one of the
/// store, else the first.
#[derive(Debug)]
pub(crate) struct Choice {
    pub(crate) credentials: Vec<Listed>,
    pub(crate) chosen: Option<String>,
}

impl Choice {
    /// `asked` is the one that the address names.
    pub(crate) async fn of(console: &Arc<Console>, visit: &Visit, asked: Option<&str>) -> Self {
        let credentials = visit.caller.credentials();
        let chosen = if let Some(name) = asked {
            Some(name.to_owned())
        } else {
            let default = credentials::default_name(console).await;
            let names = || credentials.iter().map(|listed| &listed.name);
            let default = default.filter(|default| names().any(|name| name == default));
            default.or_else(|| names().next().cloned())
        };
        Self {
            credentials,
            chosen,
        }
    }

    /// The chosen credential, if there is one of that name.
    pub(crate) fn listed(&self) -> Option<&Listed> {
        let chosen = self.chosen.as_ref()?;
        let mut credentials = self.credentials.iter();
        credentials.find(|listed| listed.name == *chosen)
    }
}

pub(crate) type Shares = State<Shared>;
