//! Suggestions for misspelt filter names. They are only hints: Stytch decides which
//! filters exist.

use crate::access::Access;
use crate::error::Suggestion;
use stytch_credentials::most_similar;
use stytch_host::json::FILTER_NAMES;
use stytch_host::types::{Filter, SearchRequest};
use stytch_host::{Error, ErrorKind};

/// Adds the source of the credential to the error of a search, and a suggestion if a
/// filter of `request` looks misspelt.
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
            let nearest = most_similar(wrong, FILTER_NAMES.into_iter())?;
            Some(Suggestion(format!(
                "Stytch documents no filter {wrong:?}; did you mean {nearest}?"
            )))
        })
}
