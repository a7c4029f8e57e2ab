//! `POST /v1/users/search`.

use serde::Serialize;
use serde_json::{Map, Value};

use super::cursor::Cursors;
use crate::{api_error::ApiError, json::present, query::Query, store::Store, users::User};

/// The default number of users on a page.
const DEFAULT_LIMIT: usize = 100;

/// The maximum number of users on a page.
const MAX_LIMIT: usize = 1000;

/// The position in a cursor that resumes at the first page.
const START: u64 = 0;

/// A valid search request.
#[derive(Debug)]
pub(crate) struct Search {
    query: Query,
    limit: usize,
    /// The position after which the page starts; `None` for the first page.
    after: Option<u64>,
}

/// The response body, with members in the order of the SDKs' types.
#[derive(Debug, Serialize)]
pub(crate) struct Page<'a> {
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
    /// Parses the body of a search. `null` counts as absent, and so does an empty cursor.
    ///
    /// Follows <https://stytch.com/docs/api/search-users>.
    ///
    /// # Errors
    ///
    /// The `user_search_…` error for the first invalid member.
    pub(crate) fn parse(body: &Map<String, Value>, cursors: &Cursors) -> Result<Self, ApiError> {
        let query = match present(body, "query") {
            None => Query::default(),
            Some(query) => Query::parse(query)?,
        };
        let limit = match present(body, "limit") {
            None => DEFAULT_LIMIT,
            Some(limit) => limit
                .as_u64()
                .and_then(|limit| usize::try_from(limit).ok())
                .filter(|limit| (1..=MAX_LIMIT).contains(limit))
                .ok_or_else(|| {
                    let message = format!("limit must be an integer from 1 to {MAX_LIMIT}");
                    ApiError::search("user_search_invalid_limit", message)
                })?,
        };
        let after = match present(body, "cursor").map(|cursor| cursor.as_str()) {
            None | Some(Some("")) => None,
            Some(cursor) => {
                let position = cursor.and_then(|cursor| cursors.decode(&query, cursor));
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

    /// Returns a page of results. If `cursor_loop` is set, its cursor resumes at the first page.
    ///
    /// # Errors
    ///
    /// `user_search_invalid_cursor` if the cursor refers to a user that was created before the
    /// emulator restarted, and no longer exists.
    pub(crate) fn page<'a>(
        &'a self,
        store: &'a Store,
        cursors: &Cursors,
        request_id: &'a str,
        cursor_loop: bool,
    ) -> Result<Page<'a>, ApiError> {
        let mut matching = store
            .matching(&self.query, self.after)
            .ok_or_else(invalid_cursor)?;
        let mut results = Vec::with_capacity(self.limit);
        let mut last = START;
        for (position, user) in matching.by_ref().take(self.limit) {
            results.push(user);
            last = position;
        }
        let next = if cursor_loop {
            Some(START)
        } else {
            matching.next().map(|_| last)
        };
        Ok(Page {
            request_id,
            results,
            results_metadata: ResultsMetadata {
                total: store.total(&self.query),
                next_cursor: next.map(|position| cursors.encode(&self.query, position)),
            },
            status_code: 200,
        })
    }
}

fn invalid_cursor() -> ApiError {
    let message = "cursor must be the next_cursor of a search with the same query";
    ApiError::search("user_search_invalid_cursor", message)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Returns the type of the error for a search, without its prefix; `None` if it is valid.
    fn error_type(body: &Value) -> Option<&'static str> {
        let body = serde_json::from_value(body.clone()).unwrap();
        let error = Search::parse(&body, &Cursors::new(1)).err()?;
        assert_eq!(error.status, 400);
        let name = error.error_type;
        Some(name.strip_prefix("user_search_").unwrap_or(name))
    }

    #[test]
    fn each_invalid_search_gets_its_error() {
        let operands = json!([{"filter_name": "status", "filter_value": "active"}]);
        for (body, expected) in [
            (json!({}), None),
            (json!({"cursor": null, "limit": null, "query": null}), None),
            (json!({"cursor": "", "limit": 1, "query": {}}), None),
            (json!({"limit": 1000, "unknown": 1}), None),
            (json!({"limit": 0}), Some("invalid_limit")),
            (json!({"limit": 1001}), Some("invalid_limit")),
            (json!({"limit": -1}), Some("invalid_limit")),
            (json!({"limit": 10.5}), Some("invalid_limit")),
            (json!({"limit": "10"}), Some("invalid_limit")),
            (json!({"cursor": "abc"}), Some("invalid_cursor")),
            (json!({"cursor": 7}), Some("invalid_cursor")),
            (json!({"query": []}), Some("expected_object")),
            (
                json!({"query": {"operator": "and"}}),
                Some("invalid_operator"),
            ),
            (json!({"query": {"operator": 1}}), Some("invalid_operator")),
            (
                json!({"query": {"operator": "XOR", "operands": operands}}),
                Some("invalid_operator"),
            ),
            (
                json!({"query": {"operands": operands}}),
                Some("invalid_operator"),
            ),
            (
                json!({"query": {"operator": "OR", "operands": operands}}),
                None,
            ),
            (
                json!({"query": {"operator": "AND", "operands": {}}}),
                Some("bad_request"),
            ),
            (
                json!({"query": {"operator": "AND", "operands": [1]}}),
                Some("expected_object"),
            ),
        ] {
            assert_eq!(error_type(&body), expected, "{body}");
        }
    }
}
