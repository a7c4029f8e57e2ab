//! The page that retrieves a user.

use super::card;
use super::frame::{Frame, Tab, frame};
use super::parts;
use super::steps::steps;
use crate::backend::{Failure, Listed};
use crate::guard::Visit;
use crate::routes::Choice;
use crate::step::Step;
use maud::{Markup, html};
use stytch_host::types::RetrievedUser;

/// What became of it.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// Nobody was asked for.
    Nothing,
    /// The ID looks like a secret.
    Secret,
    User(Box<RetrievedUser>, Vec<Step>),
    Failed(Failure),
}

pub(crate) fn page(visit: &Visit, choice: &Choice, user_id: &str, outcome: &Outcome) -> Markup {
    let is_secret = matches!(outcome, Outcome::Secret);
    let value = if is_secret { "" } else { user_id };
    let content = html! {
        h1 { "Retrieve a user" }
        @if choice.credentials.is_empty() && choice.chosen.is_none() {
            (parts::no_credentials())
        } @else {
            form .panel.row method="get" action="/console/retrieve" data-busy="Retrieving…" {
                (parts::credentials(choice))
                div .field.wide {
                    label for="id" { "Stytch user ID or external ID" }
                    input #id name="id" value=(value) required autocomplete="off" spellcheck="false"
                        autocapitalize="off" maxlength="128" placeholder="user-live-… or an ID of your own"
                        autofocus[matches!(outcome, Outcome::Nothing)];
                }
                button .primary { "Retrieve" }
            }
            @match outcome {
                Outcome::Nothing => p .hint.lead {
                    "The card shows verified contacts, locks, ways to sign in, roles and metadata. With "
                    code { "--emulator" } ", try " code { "ada.lovelace" } "."
                },
                Outcome::Secret => section .failure role="alert" {
                    h2 { "This looks like a secret" }
                    p { "Nothing was sent to Stytch. But it was in the address of this page, so your browser's history has it now: rotate it in the Stytch dashboard." }
                },
                Outcome::Failed(failure) => (parts::failure(failure)),
                Outcome::User(retrieved, known) => {
                    (card::card(retrieved, choice.listed().and_then(Listed::environment)))
                    (steps("lookup", known))
                },
            }
        }
    };
    let mut surroundings = Frame::of("Retrieve a user", Some(Tab::Retrieve), visit);
    surroundings.environment = choice.listed().and_then(Listed::environment);
    frame(&surroundings, &content)
}
