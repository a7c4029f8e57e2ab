//! Searches users: one page, or all of them.

use super::call::{Calls, Permits};
use super::input;
use super::lines::{json, ndjson, push_line};
use crate::caller::Caller;
use crate::problem::Problem;
use crate::server::State;
use crate::tokens::Operation;
use axum::body::Body;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State as Extract};
use axum::response::Response;
use bytes::Bytes;
use futures_util::{Stream, stream};
use http::{HeaderMap, Uri};
use serde::{Deserialize, Serialize};
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Instant;
use stytch_host::json::search_request_from_json;
use stytch_host::search::{Pages, Receipt, SearchError};
use stytch_host::types::{SearchPage, SearchRequest};
use tokio::sync::mpsc;
use tracing::Instrument;

/// The page size of a search for all users, unless the request has one: Stytch's largest.
const PAGE_SIZE: u32 = 1000;

/// Searches users, and returns one page.
pub(crate) async fn page(
    Extract(state): Extract<Arc<State>>,
    caller: Caller,
    path: Result<Path<String>, PathRejection>,
    uri: Uri,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let name = input::path(path)?;
    input::no_query(&uri)?;
    let calls = Calls::authorize(&state, &caller, &headers, &name, Operation::SearchUsers)?;
    let request = request(&headers, body).await?;
    let _permits = calls.enter().await?;
    let call = calls.plugin().search_users(calls.credential(), &request);
    json(&calls.call(call).await?)
}

async fn request(headers: &HeaderMap, body: Body) -> Result<SearchRequest, Problem> {
    let json = input::json(headers, body).await?;
    search_request_from_json(&json)
        .map_err(|error| Problem::invalid(format!("the body is not valid: {error}")))
}

/// The largest `max_users`: the largest integer that every JSON parser can represent.
pub(crate) const LARGEST_COUNT: u64 = (1 << 53) - 1;

/// The parameters of a search for all users.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Parameters {
    max_users: Option<String>,
}

fn count(max_users: &str) -> Result<u64, Problem> {
    let count = max_users.parse().ok();
    let count = count.filter(|count| (1..=LARGEST_COUNT).contains(count));
    count.ok_or_else(|| {
        Problem::invalid(format!(
            "the parameter max_users is not an integer from 1 to {LARGEST_COUNT}"
        ))
    })
}

/// Searches users, and returns them all: a line each, and the receipt as the last line.
pub(crate) async fn all(
    Extract(state): Extract<Arc<State>>,
    caller: Caller,
    path: Result<Path<String>, PathRejection>,
    query: Result<Query<Parameters>, QueryRejection>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let name = input::path(path)?;
    let Parameters { max_users } = input::query(query)?;
    let max_users = max_users.map(|text| count(&text)).transpose()?;
    let calls = Calls::authorize(&state, &caller, &headers, &name, Operation::SearchUsers)?;
    let mut request = request(&headers, body).await?;
    request.limit.get_or_insert(PAGE_SIZE);
    let mut pages = AllPages::start(calls, request, max_users).await?;
    // While nothing has been sent, a failure has a status of its own.
    let first = pages.next().await?;
    Ok(ndjson(lines(pages, first)))
}

/// The pages of a search, which holds its permits until it is dropped.
pub(crate) struct AllPages {
    calls: Calls,
    pages: Pages,
    _permits: Permits,
}

impl AllPages {
    /// Waits in the queue for the permits of the search.
    pub(crate) async fn start(
        calls: Calls,
        request: SearchRequest,
        max_users: Option<u64>,
    ) -> Result<Self, Problem> {
        let permits = calls.enter().await?;
        let mut pages = calls.plugin().search(calls.credential(), request);
        if let Some(users) = max_users {
            pages = pages.max_users(users);
        }
        Ok(Self {
            calls,
            pages,
            _permits: permits,
        })
    }

    /// Reads the next page, and records it as a call.
    pub(crate) async fn next(&mut self) -> Result<Option<SearchPage>, Problem> {
        let start = Instant::now();
        let page = self.pages.next_page().await.map_err(problem);
        if !matches!(page, Ok(None)) {
            let code = page.as_ref().err().map(Problem::code);
            self.calls.record(start.elapsed(), code);
        }
        page
    }

    /// Says what was read so far.
    pub(crate) fn receipt(&mut self) -> Option<Receipt> {
        self.pages.receipt().ok()
    }
}

fn problem(error: SearchError) -> Problem {
    match error {
        SearchError::Page(error) => error.into(),
        error => Problem::of_search(&error),
    }
}

/// The last line of a search.
#[derive(Debug, Serialize)]
struct Last {
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Problem>,
    receipt: Option<Receipt>,
}

/// A part of a search for all users.
enum Part {
    Page(SearchPage),
    End(Last),
}

/// The lines of a search whose first page was read: a chunk for each page, and the last
/// line. The next page is read while one is sent; a client that goes away ends that.
fn lines(
    mut pages: AllPages,
    mut page: Option<SearchPage>,
) -> impl Stream<Item = Result<Bytes, Infallible>> {
    let (sender, receiver) = mpsc::channel(1);
    let search = async move {
        let read = async {
            let error = loop {
                let Some(read) = page else { break None };
                if sender.send(Part::Page(read)).await.is_err() {
                    return;
                }
                match pages.next().await {
                    Ok(next) => page = next,
                    Err(error) => break Some(error),
                }
            };
            // A client that is gone needs no last line.
            let receipt = pages.receipt();
            let _ = sender.send(Part::End(Last { error, receipt })).await;
        };
        tokio::select! {
            () = read => {}
            () = sender.closed() => {}
        }
    };
    tokio::spawn(search.in_current_span());
    stream::unfold(Some(receiver), |receiver| async {
        let mut receiver = receiver?;
        let mut chunk = Vec::new();
        let last = match receiver.recv().await? {
            Part::Page(page) => match write_users(&mut chunk, &page) {
                Ok(()) => return Some((Ok(chunk.into()), Some(receiver))),
                Err(error) => Last {
                    error: Some(error),
                    receipt: None,
                },
            },
            Part::End(last) => last,
        };
        // A receipt and a problem are always serializable.
        let _ = push_line(&mut chunk, &last);
        Some((Ok(chunk.into()), None))
    })
}

fn write_users(chunk: &mut Vec<u8>, page: &SearchPage) -> Result<(), Problem> {
    page.users
        .iter()
        .try_for_each(|user| push_line(chunk, user))
}
