//! Filters of a query that are likely misspelt. Stytch decides which exist; here
//! they are only a hint.

use crate::access::Access;
use crate::error::Suggestion;
use stytch_credentials::most_similar;
use stytch_host::json::FILTER_NAMES;
use stytch_host::types::{Filter, SearchRequest};
use stytch_host::{Error, ErrorKind};

/// Adds to the failure of a search whose credential it was, and what may have been
/// meant in `request`.
pub(super) fn explain(access: &Access, error: Error, request: &SearchRequest) -> anyhow::Error {
    let suggestion = match error.kind() {
        ErrorKind::Rejected => suggestion(request),
        _ => None,
    };
    let error = access.explain(error);
    match suggestion {
        Some(suggestion) => error.context(suggestion),
        None => error,
    }
}

fn suggestion(request: &SearchRequest) -> Option<Suggestion> {
    let operands = request.query.iter().flat_map(|query| &query.operands);
    operands
        .filter_map(|operand| match operand {
            Filter::Other(custom) => Some(custom.filter_name.as_str()),
            _ => None,
        })
        .find_map(|wrong| {
            let meant = most_similar(wrong, FILTER_NAMES.into_iter())?;
            Some(Suggestion(format!(
                "Stytch documents no filter {wrong:?}; did you mean {meant}?"
            )))
        })
}
