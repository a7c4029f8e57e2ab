//! Searches users, a page at a time.

use super::Choice;
use crate::guard::Visit;
use crate::pages::search::{Found, Outcome, page as markup};
use crate::query::{CREDENTIAL, Query};
use crate::response::{page, redirect};
use crate::{Console, SEARCH, step};
use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use http::{StatusCode, Uri};
use std::sync::Arc;
use std::time::Instant;

/// The form; and if the address names a credential, the page of users that it asks for.
pub(crate) async fn users(
    State(console): State<Arc<Console>>,
    Extension(visit): Extension<Visit>,
    uri: Uri,
) -> Response {
    let query = Query::read(uri.query());
    // A browser without JavaScript sends fields that are empty. An address is shared without
    // them.
    if has_empty_fields(uri.query().unwrap_or_default()) {
        return redirect(&format!("{SEARCH}?{}", query.print()));
    }
    let asked = query.get(CREDENTIAL);
    let choice = Choice::of(&console, &visit, asked).await;
    let (status, outcome) = match asked {
        None => (StatusCode::OK, Outcome::Nothing),
        Some(credential) => match query.request(&console.form) {
            Err(invalid) => (StatusCode::BAD_REQUEST, Outcome::Invalid(invalid)),
            Ok(request) => {
                let start = Instant::now();
                match visit.caller.search_users(credential, &request).await {
                    Err(failure) => (failure.status, Outcome::Failed(failure)),
                    Ok(page) => (
                        StatusCode::OK,
                        Outcome::Found(Box::new(Found {
                            page,
                            took: start.elapsed(),
                            steps: step::search(credential, console.given(credential), &request),
                        })),
                    ),
                }
            }
        },
    };
    page(
        status,
        markup(&visit, &console.form, &choice, &query, &outcome),
    )
}

fn has_empty_fields(query: &str) -> bool {
    let mut pairs = query.split('&').filter(|pair| !pair.is_empty());
    pairs.any(|pair| pair.ends_with('=') && pair.matches('=').count() == 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_with_empty_fields_is_shortened() {
        assert!(has_empty_fields("status=&limit=1"));
        assert!(has_empty_fields("limit=1&status="));
        for query in ["", "limit=1", "custom.filter_value=a=", "status"] {
            assert!(!has_empty_fields(query), "{query}");
        }
    }
}
