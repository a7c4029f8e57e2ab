//! The query of a search: an operator and its operands.

use serde_json::Value;

use super::{User, failure::Failure, filter::Filter, index::Key, operand::present};

/// A query, checked. The default lets every user through.
///
/// Queries that mean the same are equal values whatever the order of their operands: cursors and
/// totals belong to a query.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(super) struct Query {
    /// Whether one matching filter is enough (`OR`); else all must match (`AND`).
    any: bool,
    filters: Vec<Filter>,
}

impl Query {
    /// Reads the `query` member of a search.
    ///
    /// Follows <https://stytch.com/docs/api/search-users>: without operands nothing is filtered.
    ///
    /// # Errors
    ///
    /// The `user_search_…` error of the first mistake.
    pub(super) fn parse(query: &Value) -> Result<Self, Failure> {
        let Value::Object(query) = query else {
            let message = "query must be an object";
            return Err(Failure::search("user_search_expected_object", message));
        };
        let mut filters: Vec<_> = match present(query, "operands") {
            None => Vec::new(),
            Some(Value::Array(operands)) => operands
                .iter()
                .map(Filter::parse)
                .collect::<Result<_, _>>()?,
            Some(_) => return Err(Failure::bad_request("query.operands must be an array")),
        };
        let any = match present(query, "operator").map(|operator| operator.as_str()) {
            Some(Some("AND")) => false,
            Some(Some("OR")) => true,
            None if filters.is_empty() => false,
            _ => {
                let message = "query.operator must be AND or OR";
                return Err(Failure::search("user_search_invalid_operator", message));
            }
        };
        // Order and repetition mean nothing to either operator.
        filters.sort_unstable();
        filters.dedup();
        Ok(Self {
            any: any && !filters.is_empty(),
            filters,
        })
    }

    /// Whether the query lets every user through.
    pub(super) fn is_everything(&self) -> bool {
        self.filters.is_empty()
    }

    /// The keys of which a user must have one to pass, if there is such a condition: then nobody
    /// else need be looked at.
    pub(super) fn keys(&self) -> Option<Vec<Key<'_>>> {
        if self.any {
            return None;
        }
        self.filters.iter().find_map(Filter::keys)
    }

    /// Whether the query lets the user through.
    pub(super) fn matches(&self, user: &User) -> bool {
        let mut filters = self.filters.iter();
        if self.any {
            filters.any(|filter| filter.matches(user))
        } else {
            filters.all(|filter| filter.matches(user))
        }
    }
}
