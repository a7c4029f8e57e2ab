//! Searches all users: as a file, or as events with the parts of a file, so that a script can
//! show the progress. A client that goes away ends the search and its requests.

use crate::backend::{Failure, Pages};
use crate::export::{Format, Writer, summary};
use crate::guard::Visit;
use crate::pages::{not_exported, search};
use crate::query::{CREDENTIAL, Query};
use crate::response::{page, redirect};
use crate::{Console, SEARCH};
use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::{Stream, StreamExt, stream};
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use http::{HeaderValue, StatusCode, Uri};
use serde::Serialize;
use std::convert::Infallible;
use std::io;
use std::sync::Arc;
use stytch_host::types::SearchPage;

/// The parameter with the format of the file.
pub(crate) const FORMAT: &str = "format";

/// The page size, whatever that of the screen is: Stytch's largest, since requests count.
const PAGE_SIZE: u32 = 1000;

/// A search whose first page was read: until then, a failure has a status.
struct Started {
    format: Format,
    credential: String,
    pages: Box<dyn Pages>,
    first: Option<SearchPage>,
}

/// Why a search did not start.
enum NotStarted {
    /// The address is wrong: the page of the search says how.
    Invalid(Query),
    Failed(Failure),
}

async fn start(console: &Console, visit: &Visit, uri: &Uri) -> Result<Started, NotStarted> {
    let query = Query::read(uri.query());
    let format = query.get(FORMAT).and_then(Format::named);
    let credential = query.get(CREDENTIAL).map(str::to_owned);
    let query = query.without(&[FORMAT]);
    let (Some(format), Some(credential)) = (format, credential) else {
        return Err(NotStarted::Invalid(query));
    };
    let Ok(mut request) = query.request(&console.form) else {
        return Err(NotStarted::Invalid(query));
    };
    request.limit = Some(PAGE_SIZE);
    let pages = visit.caller.search_all(&credential, request).await;
    let mut pages = pages.map_err(NotStarted::Failed)?;
    let first = pages.next().await.map_err(NotStarted::Failed)?;
    Ok(Started {
        format,
        credential,
        pages,
        first,
    })
}

/// The users as a file. A response that ends early is broken off, so that a browser does not
/// keep a part of a file as if it were all.
pub(crate) async fn export(
    State(console): State<Arc<Console>>,
    Extension(visit): Extension<Visit>,
    uri: Uri,
) -> Response {
    let started = match start(&console, &visit, &uri).await {
        Ok(started) => started,
        Err(NotStarted::Invalid(query)) => {
            return redirect(&format!("{SEARCH}?{}", query.print()));
        }
        Err(NotStarted::Failed(failure)) => {
            return page(failure.status, not_exported(&visit, &failure));
        }
    };
    let format = started.format;
    let name = format!("stytch-users-{}.{}", started.credential, format.name());
    let parts = parts(started);
    let chunks = stream::unfold(Box::pin(parts), |mut parts| async {
        match parts.next().await? {
            Part::Page { bytes, .. } | Part::End { bytes, .. } => Some((Ok(bytes), parts)),
            Part::Failed { failure, .. } => Some((Err(io::Error::other(failure.code)), parts)),
        }
    });
    let disposition = format!("attachment; filename=\"{name}\"");
    let mut response = Body::from_stream(chunks).into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(format.media_type()));
    if let Ok(disposition) = disposition.parse() {
        headers.insert(CONTENT_DISPOSITION, disposition);
    }
    response
}

/// An event of a search, for the script of the page.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Event<'a> {
    /// A page was read.
    Page {
        users: u64,
        pages: u64,
        total: Option<u64>,
        /// The next part of the file.
        data: &'a str,
    },
    /// The search has ended.
    End {
        complete: bool,
        receipt: Option<String>,
        data: &'a str,
    },
    /// A page failed. What was read so far is no file.
    Failed {
        title: &'a str,
        advice: &'a str,
        receipt: Option<String>,
    },
}

/// The users as events, one a line.
pub(crate) async fn events(
    State(console): State<Arc<Console>>,
    Extension(visit): Extension<Visit>,
    uri: Uri,
) -> Response {
    let started = match start(&console, &visit, &uri).await {
        Ok(started) => started,
        Err(NotStarted::Invalid(_)) => {
            return page(StatusCode::BAD_REQUEST, search::not_an_address(&visit));
        }
        Err(NotStarted::Failed(failure)) => {
            let status = failure.status;
            let line = line(&failed_event(&failure, None));
            return (status, [(CONTENT_TYPE, "application/x-ndjson")], line).into_response();
        }
    };
    let lines = parts(started).map(|part| {
        Ok::<_, Infallible>(match &part {
            Part::Page {
                users,
                pages,
                total,
                bytes,
            } => line(&Event::Page {
                users: *users,
                pages: *pages,
                total: *total,
                data: text(bytes),
            }),
            Part::End {
                complete,
                receipt,
                bytes,
            } => line(&Event::End {
                complete: *complete,
                receipt: receipt.clone(),
                data: text(bytes),
            }),
            Part::Failed { failure, receipt } => line(&failed_event(failure, receipt.clone())),
        })
    });
    let headers = [(CONTENT_TYPE, "application/x-ndjson")];
    (headers, Body::from_stream(lines)).into_response()
}

fn failed_event(failure: &Failure, receipt: Option<String>) -> Event<'_> {
    let words = failure.explain();
    Event::Failed {
        title: words.title,
        advice: words.advice,
        receipt,
    }
}

/// A part is whole rows or whole values.
fn text(bytes: &Bytes) -> &str {
    std::str::from_utf8(bytes).unwrap_or_default()
}

fn line(event: &Event<'_>) -> Bytes {
    // An event is always serializable.
    let mut line = serde_json::to_vec(event).unwrap_or_default();
    line.push(b'\n');
    line.into()
}

/// A part of a search.
enum Part {
    Page {
        users: u64,
        pages: u64,
        total: Option<u64>,
        bytes: Bytes,
    },
    End {
        complete: bool,
        receipt: Option<String>,
        bytes: Bytes,
    },
    Failed {
        failure: Failure,
        receipt: Option<String>,
    },
}

/// A search that writes a file.
struct Search {
    pages: Box<dyn Pages>,
    writer: Writer,
    users: u64,
    count: u64,
    /// A page that was read and not written.
    read: Option<SearchPage>,
}

/// The parts of a search. A page is read when the client has taken the one before.
fn parts(started: Started) -> impl Stream<Item = Part> + Send {
    let search = Search {
        pages: started.pages,
        writer: Writer::new(started.format),
        users: 0,
        count: 0,
        read: started.first,
    };
    stream::unfold(Some(search), |search| async {
        let mut search = search?;
        let part = search.next().await;
        let goes_on = matches!(part, Part::Page { .. });
        Some((part, goes_on.then_some(search)))
    })
}

impl Search {
    async fn next(&mut self) -> Part {
        let page = match self.read.take() {
            Some(page) => Ok(Some(page)),
            None => self.pages.next().await,
        };
        match page {
            Ok(Some(page)) => self.page(&page),
            Ok(None) => {
                let receipt = self.pages.receipt();
                Part::End {
                    complete: receipt.as_ref().is_some_and(|receipt| receipt.complete),
                    bytes: self.writer.end(receipt.as_ref()).into(),
                    receipt: receipt.as_ref().map(summary),
                }
            }
            Err(failure) => Part::Failed {
                failure,
                receipt: self.pages.receipt().as_ref().map(summary),
            },
        }
    }

    fn page(&mut self, page: &SearchPage) -> Part {
        let mut bytes = if self.count == 0 {
            self.writer.begin()
        } else {
            Vec::new()
        };
        bytes.extend(self.writer.page(page));
        self.count += 1;
        self.users += u64::try_from(page.users.len()).unwrap_or(0);
        Part::Page {
            users: self.users,
            pages: self.count,
            total: page.total,
            bytes: bytes.into(),
        }
    }
}
