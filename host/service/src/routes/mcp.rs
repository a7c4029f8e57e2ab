//! The tools of agents: the Model Context Protocol over HTTP.

use super::call::{Calls, Permits};
use super::input;
use crate::caller::Caller;
use crate::problem::Problem;
use crate::server::State;
use crate::tokens::Operation;
use axum::body::Body;
use axum::extract::{Request, State as Extract};
use axum::response::Response;
use bytes::Bytes;
use http::header::CACHE_CONTROL;
use http::{HeaderMap, HeaderValue, Method};
use std::sync::{Arc, OnceLock};
use stytch_mcp::{Access, Catalog, Ended, Entered, Http, Listed, Refusal, Server, Tool};

/// What all requests of agents share.
#[derive(Debug)]
pub(crate) struct Mcp {
    catalog: Catalog,
    http: Http,
}

impl Mcp {
    pub(crate) fn new(catalog: Catalog) -> Self {
        Self {
            catalog,
            http: Http::default(),
        }
    }
}

/// Handles a message.
pub(crate) async fn handle(
    Extract(state): Extract<Arc<State>>,
    caller: Caller,
    request: Request,
) -> Result<Response, Problem> {
    // There is a route only if there are tools.
    let Some(mcp) = &state.mcp else {
        return Err(super::unknown_route().await);
    };
    input::no_query(request.uri())?;
    let (parts, body) = request.into_parts();
    let body = match parts.method {
        Method::POST => input::json_bytes(&parts.headers, body).await?,
        _ => Bytes::new(),
    };
    let tools = Tools {
        state: state.clone(),
        caller: caller.clone(),
        headers: parts.headers.clone(),
        calls: Arc::default(),
    };
    let server = Server::new(tools, mcp.catalog.clone());
    let request = Request::from_parts(parts, body);
    let mut response = mcp.http.handle(server, caller.id(), request).await;
    // It is people's data.
    let no_store = HeaderValue::from_static("no-store");
    response.headers_mut().insert(CACHE_CONTROL, no_store);
    Ok(response.map(Body::new))
}

/// What the caller of a request may use.
#[derive(Debug, Clone)]
struct Tools {
    state: Arc<State>,
    caller: Caller,
    headers: HeaderMap,
    /// The call of the request, once it has begun.
    calls: Arc<OnceLock<Calls>>,
}

/// The operation that a token must permit.
const fn operation(tool: Tool) -> Option<Operation> {
    match tool {
        Tool::RetrieveUser => Some(Operation::RetrieveUser),
        Tool::SearchUsers => Some(Operation::SearchUsers),
        Tool::CheckCredential => Some(Operation::Check),
        Tool::ListCredentials => None,
    }
}

impl Access for Tools {
    type Permit = Permits;

    fn credentials(&self) -> Vec<Listed> {
        let entries = self.state.credentials.entries();
        let scope = self.caller.scope();
        let entries = entries
            .values()
            .filter(|entry| scope.permits_credential(&entry.name));
        entries
            .map(|entry| Listed {
                name: entry.name.clone(),
                environment: entry.environment(),
                usable: entry.credential.is_ok(),
            })
            .collect()
    }

    fn permits(&self, tool: Tool) -> bool {
        operation(tool).is_none_or(|operation| self.caller.scope().permits_operation(operation))
    }

    async fn enter(&self, tool: Tool, credential: &str) -> Result<Entered<Permits>, Refusal> {
        // Listing the credentials is no call.
        let operation = operation(tool).unwrap_or(Operation::Check);
        let Self {
            state,
            caller,
            headers,
            calls,
        } = self;
        let authorized = Calls::authorize(state, caller, headers, credential, operation);
        let authorized = authorized.map_err(|problem| refusal(&problem))?;
        let permit = authorized.enter().await;
        let permit = permit.map_err(|problem| refusal(&problem))?;
        let entered = Entered {
            plugin: authorized.plugin().clone(),
            credential: authorized.credential().clone(),
            permit,
        };
        let _ = calls.set(authorized);
        Ok(entered)
    }

    fn ended(&self, call: &Ended<'_>) {
        let observation = self.caller.observation();
        let _ = observation.tool.set(call.tool.name());
        if let Some(code) = call.code {
            let _ = observation.code.set(code);
        }
        if let Some(request_id) = call.request_id {
            let _ = observation.request_id.set(request_id.to_owned());
        }
        if let Some(calls) = self.calls.get() {
            calls.record(call.duration, call.code);
        }
    }
}

fn refusal(problem: &Problem) -> Refusal {
    Refusal {
        code: problem.code(),
        message: problem.detail().to_owned(),
        retry_after: problem.retry_after(),
    }
}
