//! Lists and checks credentials.

use super::call::Calls;
use super::input;
use super::lines::json;
use crate::caller::Caller;
use crate::problem::Problem;
use crate::server::State;
use crate::tokens::Operation;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State as Extract};
use axum::response::Response;
use http::{HeaderMap, Uri};
use serde::Serialize;
use std::sync::Arc;

/// A credential, without its secret and its project ID.
#[derive(Debug, Serialize)]
struct Listed<'a> {
    name: &'a str,
    environment: Option<String>,
    usable: bool,
}

#[derive(Debug, Serialize)]
struct List<'a> {
    credentials: Vec<Listed<'a>>,
}

/// Lists the credentials that the caller may use.
pub(crate) async fn list(
    Extract(state): Extract<Arc<State>>,
    caller: Caller,
    uri: Uri,
) -> Result<Response, Problem> {
    input::no_query(&uri)?;
    let entries = state.credentials.entries();
    let entries = entries.values();
    let credentials = entries
        .filter(|entry| caller.scope().permits_credential(&entry.name))
        .map(|entry| Listed {
            name: &entry.name,
            environment: entry
                .environment()
                .map(|environment| environment.to_string()),
            usable: entry.credential.is_ok(),
        });
    json(&List {
        credentials: credentials.collect(),
    })
}

/// Asks Stytch whether it accepts a credential.
pub(crate) async fn check(
    Extract(state): Extract<Arc<State>>,
    caller: Caller,
    path: Result<Path<String>, PathRejection>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let name = input::path(path)?;
    input::no_query(&uri)?;
    let calls = Calls::authorize(&state, &caller, &headers, &name, Operation::Check)?;
    let _permits = calls.enter().await?;
    json(&calls.call(calls.plugin().check(calls.credential())).await?)
}
