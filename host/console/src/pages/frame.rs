//! What all pages have around their content.

use crate::assets::{ICON, SCRIPT, STYLE};
use crate::guard::{FORM_TOKEN, Visit};
use maud::{DOCTYPE, Markup, html};
use stytch_host::Environment;

/// The parts of the console.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tab {
    Retrieve,
    Search,
    Credentials,
}

impl Tab {
    const ALL: [Self; 3] = [Self::Retrieve, Self::Search, Self::Credentials];

    const fn title(self) -> &'static str {
        match self {
            Self::Retrieve => "Retrieve",
            Self::Search => "Search",
            Self::Credentials => "Credentials",
        }
    }

    const fn address(self) -> &'static str {
        match self {
            Self::Retrieve => "/console/retrieve",
            Self::Search => "/console/search",
            Self::Credentials => "/console/credentials",
        }
    }
}

/// What differs between the frames of pages.
#[derive(Debug)]
pub(crate) struct Frame<'a> {
    title: &'a str,
    tab: Option<Tab>,
    visit: Option<&'a Visit>,
    /// The environment of what is shown.
    pub(crate) environment: Option<Environment>,
}

impl<'a> Frame<'a> {
    pub(crate) fn of(title: &'a str, tab: Option<Tab>, visit: &'a Visit) -> Self {
        Self {
            title,
            tab,
            visit: Some(visit),
            environment: None,
        }
    }

    pub(crate) fn signed_out(title: &'a str) -> Self {
        Self {
            title,
            tab: None,
            visit: None,
            environment: None,
        }
    }
}

/// A page with this content.
pub(crate) fn frame(frame: &Frame<'_>, content: &Markup) -> Markup {
    let is_live = frame.environment == Some(Environment::Live);
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (frame.title) " – Stytch users" }
                link rel="icon" href=(ICON.address());
                link rel="stylesheet" href=(STYLE.address());
                script src=(SCRIPT.address()) defer {}
            }
            body {
                a .skip href="#main" { "Skip to the content" }
                header .bar {
                    a .brand href="/console" {
                        svg .mark viewBox="0 0 24 24" aria-hidden="true" {
                            path d="M12 2 21 7v10l-9 5-9-5V7z" {}
                            circle cx="12" cy="10" r="2.75" {}
                            path d="M6.8 16.6c1-2.2 2.9-3.3 5.2-3.3s4.2 1.1 5.2 3.3" {}
                        }
                        "Stytch users"
                    }
                    @if let Some(visit) = frame.visit {
                        nav aria-label="Console" {
                            @for tab in Tab::ALL {
                                a href=(tab.address()) aria-current=[(frame.tab == Some(tab)).then_some("page")] { (tab.title()) }
                            }
                        }
                        form .who method="post" action="/console/sign-out" {
                            (token(visit))
                            span .token title="The token that you signed in with" { (visit.caller.name()) }
                            button .quiet { "Sign out" }
                        }
                    }
                }
                @if is_live {
                    p .live-notice role="note" { strong { "Live environment" } " These are real people." }
                }
                main #main { (content) }
                div #said .visually-hidden role="status" {}
            }
        }
    }
}

/// The field that every form has that changes something.
pub(crate) fn token(visit: &Visit) -> Markup {
    html! { input type="hidden" name=(FORM_TOKEN) value=(visit.form_token.expose()); }
}
