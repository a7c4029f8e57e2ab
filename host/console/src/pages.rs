//! The pages, as HTML. All text of others is escaped by the templates.

mod card;
pub(crate) mod credentials;
mod frame;
mod parts;
mod results;
pub(crate) mod retrieve;
pub(crate) mod search;
pub(crate) mod sign_in;
mod steps;

use crate::backend::Failure;
use crate::guard::Visit;
use frame::{Frame, Tab, frame};
use maud::{Markup, html};

/// The page for an address that there is not.
pub(crate) fn unknown(visit: &Visit) -> Markup {
    let content = html! {
        h1 { "There is no such page" }
        p { "It may have been removed, or the address is not complete." }
        p { a .button href="/console/retrieve" { "Retrieve a user" } }
    };
    frame(&Frame::of("There is no such page", None, visit), &content)
}

/// The page for a form that was not sent by this session.
pub(crate) fn refused(visit: &Visit) -> Markup {
    let content = html! {
        h1 { "Nothing was changed" }
        p { "The form was not one of this session: it may have been open since before you signed in, or another site has sent it. Open the page again, and repeat." }
        p { a .button href="/console/credentials" { "Credentials" } }
    };
    frame(&Frame::of("Nothing was changed", None, visit), &content)
}

/// The page that a link of another site leads to. It makes no request to Stytch: the reader
/// decides.
pub(crate) fn restart(address: &str) -> Markup {
    let content = html! {
        h1 { "A link led you here" }
        p { "Another site or program linked to this page of the console. It has made no request yet." }
        p { a .button.primary href=(address) { "Open the page" } }
    };
    frame(&Frame::signed_out("A link led you here"), &content)
}

/// The page of an export that failed.
pub(crate) fn not_exported(visit: &Visit, failure: &Failure) -> Markup {
    failed(visit, Tab::Search, "The users were not exported", failure)
}

/// The page of a test of a credential that did not get to Stytch.
pub(crate) fn not_tested(visit: &Visit, failure: &Failure) -> Markup {
    let title = "The credential was not tested";
    failed(visit, Tab::Credentials, title, failure)
}

fn failed(visit: &Visit, tab: Tab, title: &str, failure: &Failure) -> Markup {
    let content = html! {
        h1 { (title) }
        (parts::failure(failure))
    };
    frame(&Frame::of(title, Some(tab), visit), &content)
}

#[cfg(test)]
pub(crate) mod tests;
