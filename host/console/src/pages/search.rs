//! The page that searches users.

mod fields;

use super::frame::{Frame, Tab, frame};
use super::parts::{self, copy};
use super::results;
use super::steps::steps;
use crate::backend::{Failure, Listed};
use crate::export::{Format, grouped};
use crate::form::SearchForm;
use crate::guard::Visit;
use crate::query::{CURSOR, Invalid, Query};
use crate::routes::Choice;
use crate::step::Step;
use fields::fields;
use maud::{Markup, html};
use std::time::Duration;
use stytch_host::types::SearchPage;

/// What became of a search.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// Nothing was asked for.
    Nothing,
    Invalid(Invalid),
    Failed(Failure),
    Found(Box<Found>),
}

/// A page of users.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) page: SearchPage,
    pub(crate) took: Duration,
    pub(crate) steps: Vec<Step>,
}

pub(crate) fn page(
    visit: &Visit,
    form: &SearchForm,
    choice: &Choice,
    query: &Query,
    outcome: &Outcome,
) -> Markup {
    let invalid = match outcome {
        Outcome::Invalid(invalid) => Some(invalid),
        _ => None,
    };
    // A form that was not sent, or that has to be corrected, is open on a narrow screen.
    let is_open = matches!(outcome, Outcome::Nothing | Outcome::Invalid(_));
    let content = html! {
        h1 { "Search users" }
        @if choice.credentials.is_empty() && choice.chosen.is_none() {
            (parts::no_credentials())
        } @else {
            div .search {
                details .filters open[is_open] {
                    summary { "Credential and filters" }
                    (fields(form, choice, query, invalid))
                }
                div .found {
                    @match outcome {
                        Outcome::Nothing => (introduction()),
                        Outcome::Invalid(invalid) => (corrections(invalid)),
                        Outcome::Failed(failure) => {
                            (asked(form, query))
                            (parts::failure(failure))
                            @if query.get(CURSOR).is_some() {
                                p { a .button href=(address(&query.without(&[CURSOR]))) { "First page" } }
                            }
                        },
                        Outcome::Found(found) => {
                            (asked(form, query))
                            (users(choice, query, found))
                        },
                    }
                }
            }
        }
    };
    let mut surroundings = Frame::of("Search users", Some(Tab::Search), visit);
    surroundings.environment = choice.listed().and_then(Listed::environment);
    frame(&surroundings, &content)
}

/// What the script is told if the address of a search is not valid.
pub(crate) fn not_an_address(visit: &Visit) -> Markup {
    let content = html! {
        h1 { "This is not the address of a search" }
        p { a .button href="/console/search" { "Search users" } }
    };
    frame(
        &Frame::of("Search users", Some(Tab::Search), visit),
        &content,
    )
}

fn address(query: &Query) -> String {
    format!("{}?{}", crate::SEARCH, query.print())
}

fn introduction() -> Markup {
    html! {
        section .empty {
            h2 { "Who are you looking for?" }
            p { "Choose filters, or search without any to see the users that Stytch lists first. The address of a search can be kept and shared: it has the filters, and no secret." }
        }
    }
}

/// What is wrong with the fields.
fn corrections(invalid: &Invalid) -> Markup {
    html! {
        section .failure role="alert" {
            h2 { "The search was not sent" }
            ul {
                @for (label, problem) in invalid.iter() {
                    li { strong { (label) } ": " (problem.advice) }
                }
            }
        }
    }
}

/// The filters in words.
fn asked(form: &SearchForm, query: &Query) -> Markup {
    let chips = query.chips(form);
    let joined = if query.is_any() { "any" } else { "all" };
    html! {
        div .asked {
            @match chips.len() {
                0 => p { "Every user" },
                1 => p #asked { "Users with" },
                _ => p #asked { "Users with " strong { (joined) } " of" },
            }
            @if !chips.is_empty() {
                ul .chips aria-labelledby="asked" {
                    @for chip in &chips {
                        li .chip {
                            span { (chip.label) ": " strong { (chip.value) } }
                            a href={ (crate::SEARCH) "?" (chip.without) } aria-label={ "Remove " (chip.label) } { "×" }
                        }
                    }
                }
            }
        }
    }
}

fn users(choice: &Choice, query: &Query, found: &Found) -> Markup {
    let page = &found.page;
    let credential = choice.chosen.as_deref().unwrap_or_default();
    let count = u64::try_from(page.users.len()).unwrap_or(u64::MAX);
    let noun = if count == 1 { "user" } else { "users" };
    let milliseconds = found.took.as_millis();
    html! {
        div .summary {
            p role="status" {
                strong { (grouped(count)) }
                @match page.total { Some(total) => { " of " strong { (grouped(total)) } " " }, None => " " }
                (noun) " in " (milliseconds) " ms"
                (parts::environment(choice.listed().and_then(Listed::environment)))
            }
            @if let Some(id) = &page.request_id {
                p .hint { "Stytch's request ID " code { (id) } " " (copy("the request ID", id)) }
            }
        }
        @if page.users.is_empty() {
            section .empty {
                h2 { "No user matches" }
                p { "Remove a filter, or search for users with any of them. Test and live users are separate: the credential chooses between them." }
            }
        } @else {
            (results::table(credential, &page.users))
        }
        nav .pages aria-label="Pages" {
            @if query.get(CURSOR).is_some() {
                a .button href=(address(&query.without(&[CURSOR]))) { "First page" }
            }
            @if let Some(cursor) = &page.next_cursor {
                a .button.primary rel="next" href=(address(&query.with(CURSOR, cursor))) { "Next page" }
            }
        }
        (export(query, page.total))
        (steps("search", &found.steps))
    }
}

/// All pages as a file. With a script, it shows the progress and can be stopped.
fn export(query: &Query, total: Option<u64>) -> Markup {
    let query = query.without(&[CURSOR]);
    html! {
        section .panel.export aria-labelledby="export" {
            h2 #export { "All pages" @if let Some(total) = total { ": " (grouped(total)) " users" } }
            form method="get" action="/console/search/export" data-events="/console/search/events" {
                @for (name, value) in query.pairs() { input type="hidden" name=(name) value=(value); }
                fieldset .choices {
                    legend { "Format" }
                    @for format in Format::ALL {
                        label {
                            input type="radio" name="format" value=(format.name()) checked[format == Format::Csv];
                            " " (format.title())
                        }
                    }
                }
                button { "Export all pages" }
            }
            div .run hidden {
                progress aria-label="Users read" {}
                p .progress role="status" {}
                p .outcome role="status" {}
                button .quiet type="button" data-stop="" { "Stop" }
                a .button.primary download hidden { "Save the file" }
            }
        }
    }
}
