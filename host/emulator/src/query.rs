//! The query of a search: an operator and its operands.

use serde_json::Value;

use crate::{
    api_error::ApiError,
    json::present,
    users::{User, identifier::Key},
};

mod filter;
mod parse_operand;

use filter::Filter;

/// A valid query. The default matches every user.
///
/// Equivalent queries compare equal regardless of the order of their operands, because cursors
/// and cached totals belong to a query.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(crate) struct Query {
    /// Whether one filter must match (`OR`) or all of them (`AND`).
    any: bool,
    filters: Vec<Filter>,
}

impl Query {
    /// Parses the `query` member of a search.
    ///
    /// Follows <https://stytch.com/docs/api/search-users>: without operands, every user matches.
    ///
    /// # Errors
    ///
    /// The `user_search_…` error for the first invalid member.
    pub(crate) fn parse(query: &Value) -> Result<Self, ApiError> {
        let Value::Object(query) = query else {
            let message = "query must be an object";
            return Err(ApiError::search("user_search_expected_object", message));
        };
        let mut filters: Vec<_> = match present(query, "operands") {
            None => Vec::new(),
            Some(Value::Array(operands)) => operands
                .iter()
                .map(Filter::parse)
                .collect::<Result<_, _>>()?,
            Some(_) => return Err(ApiError::bad_request("query.operands must be an array")),
        };
        let any = match present(query, "operator").map(|operator| operator.as_str()) {
            Some(Some("AND")) => false,
            Some(Some("OR")) => true,
            None if filters.is_empty() => false,
            _ => {
                let message = "query.operator must be AND or OR";
                return Err(ApiError::search("user_search_invalid_operator", message));
            }
        };
        // Neither operator depends on order or repetition.
        filters.sort_unstable();
        filters.dedup();
        Ok(Self {
            any: any && !filters.is_empty(),
            filters,
        })
    }

    /// Returns whether the query matches every user.
    pub(crate) fn matches_all(&self) -> bool {
        self.filters.is_empty()
    }

    /// Returns the keys of which a matching user must have one, if the query has such a filter.
    /// Then only users with those keys need to be examined.
    pub(crate) fn keys(&self) -> Option<Vec<Key<'_>>> {
        if self.any {
            return None;
        }
        self.filters.iter().find_map(Filter::keys)
    }

    /// Returns whether the query matches the user.
    pub(crate) fn matches(&self, user: &User) -> bool {
        let mut filters = self.filters.iter();
        if self.any {
            filters.any(|filter| filter.matches(user))
        } else {
            filters.all(|filter| filter.matches(user))
        }
    }
}

#[cfg(test)]
mod tests;
