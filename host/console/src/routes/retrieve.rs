//! Retrieves a user.

use super::Choice;
use crate::guard::Visit;
use crate::pages::retrieve::{Outcome, page as markup};
use crate::query::{CREDENTIAL, Query};
use crate::response::page;
use crate::{Console, step};
use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use http::{StatusCode, Uri};
use std::sync::Arc;
use stytch_credentials::validate;

/// The parameter with the ID of the user.
pub(crate) const ID: &str = "id";

/// The form, and the user that it asks for.
pub(crate) async fn user(
    State(console): State<Arc<Console>>,
    Extension(visit): Extension<Visit>,
    uri: Uri,
) -> Response {
    let query = Query::read(uri.query());
    let choice = Choice::of(&console, &visit, query.get(CREDENTIAL)).await;
    let user_id = query.get(ID).unwrap_or_default();
    let (status, outcome) = match (&choice.chosen, user_id) {
        (Some(credential), user_id) if !user_id.is_empty() => {
            // It would be in the address, and in the browser's history.
            if validate::check_user_id(user_id).is_err() {
                (StatusCode::BAD_REQUEST, Outcome::Secret)
            } else {
                match visit.caller.retrieve_user(credential, user_id).await {
                    Ok(retrieved) => (
                        StatusCode::OK,
                        Outcome::User(
                            Box::new(retrieved),
                            step::retrieve(credential, console.given(credential), user_id),
                        ),
                    ),
                    Err(failure) => (failure.status, Outcome::Failed(failure)),
                }
            }
        }
        _ => (StatusCode::OK, Outcome::Nothing),
    };
    page(status, markup(&visit, &choice, user_id, &outcome))
}
