//! `POST /v1/users/search`.

use serde::Serialize;
use serde_json::{Map, Value};

use super::{
    User, cursor::Cursors, failure::Failure, operand::present, query::Query, store::Store,
};

/// Users on a page when no limit is given.
const DEFAULT_LIMIT: usize = 100;

/// The most users on a page.
const HIGHEST_LIMIT: usize = 1000;

/// What a cursor that leads to the first page has in place of a position.
const START: u64 = 0;

/// A search, checked.
#[derive(Debug)]
pub(super) struct Search {
    query: Query,
    limit: usize,
    /// The position after which the page begins; none is the first page.
    after: Option<u64>,
}

/// The answer, in the order of members that the SDKs' types have.
#[derive(Debug, Serialize)]
pub(super) struct Page<'a> {
    request_id: &'a str,
    results: Vec<&'a User>,
    results_metadata: ResultsMetadata,
    status_code: u16,
}

#[derive(Debug, Serialize)]
struct ResultsMetadata {
    total: usize,
    next_cursor: Option<String>,
}

impl Search {
    /// Reads the body of a search. `null` is the same as absent, and so is an empty cursor.
    ///
    /// Follows <https://stytch.com/docs/api/search-users>.
    ///
    /// # Errors
    ///
    /// The `user_search_…` error of the first mistake.
    pub(super) fn parse(body: &Map<String, Value>, cursors: &Cursors) -> Result<Self, Failure> {
        let query = match present(body, "query") {
            None => Query::default(),
            Some(query) => Query::parse(query)?,
        };
        let limit = match present(body, "limit") {
            None => DEFAULT_LIMIT,
            Some(limit) => limit
                .as_u64()
                .and_then(|limit| usize::try_from(limit).ok())
                .filter(|limit| (1..=HIGHEST_LIMIT).contains(limit))
                .ok_or_else(|| {
                    let message = format!("limit must be an integer from 1 to {HIGHEST_LIMIT}");
                    Failure::search("user_search_invalid_limit", message)
                })?,
        };
        let after = match present(body, "cursor").map(|cursor| cursor.as_str()) {
            None | Some(Some("")) => None,
            Some(cursor) => {
                let position = cursor.and_then(|cursor| cursors.open(&query, cursor));
                let position = position.ok_or_else(invalid_cursor)?;
                (position != START).then_some(position)
            }
        };
        Ok(Self {
            query,
            limit,
            after,
        })
    }

    /// Answers the search. With `looping` the cursor always leads back to the first page.
    ///
    /// # Errors
    ///
    /// `user_search_invalid_cursor` if the cursor is of a user that was created before the
    /// emulator was restarted, and is not there any more.
    pub(super) fn page<'a>(
        &'a self,
        store: &'a Store,
        cursors: &Cursors,
        request_id: &'a str,
        looping: bool,
    ) -> Result<Page<'a>, Failure> {
        let mut matching = store
            .matching(&self.query, self.after)
            .ok_or_else(invalid_cursor)?;
        let mut results = Vec::with_capacity(self.limit);
        let mut last = START;
        for (position, user) in matching.by_ref().take(self.limit) {
            results.push(user);
            last = position;
        }
        let next = if looping {
            Some(START)
        } else {
            matching.next().map(|_| last)
        };
        Ok(Page {
            request_id,
            results,
            results_metadata: ResultsMetadata {
                total: store.total(&self.query),
                next_cursor: next.map(|position| cursors.seal(&self.query, position)),
            },
            status_code: 200,
        })
    }
}

fn invalid_cursor() -> Failure {
    let message = "cursor must be the next_cursor of a search with the same query";
    Failure::search("user_search_invalid_cursor", message)
}
