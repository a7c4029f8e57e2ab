//! Small parts of pages.

use crate::backend::{Failure, Listed};
use crate::query::CREDENTIAL;
use crate::routes::Choice;
use crate::tree::Tree;
use maud::{Markup, html};
use stytch_host::Environment;

/// The badge of an environment. Test and live differ in text, shape and colour.
pub(crate) fn environment(environment: Option<Environment>) -> Markup {
    html! {
        @match environment {
            Some(Environment::Test) => span .env.test { "Test" },
            Some(Environment::Live) => span .env.live { "Live" },
            None => {}
        }
    }
}

/// A button that copies a text, for browsers with JavaScript.
pub(crate) fn copy(what: &str, text: &str) -> Markup {
    html! {
        button .copy type="button" data-copy=(text) aria-label={ "Copy " (what) } hidden { "Copy" }
    }
}

/// Text of the contract, with code between backticks.
pub(crate) fn text(text: &str) -> Markup {
    html! {
        @for (index, part) in text.split('`').enumerate() {
            @if index % 2 == 0 { (part) } @else { code { (part) } }
        }
    }
}

/// Whether something was proved.
pub(crate) fn verified(verified: Option<bool>) -> Markup {
    html! {
        @match verified {
            Some(true) => span .tag.good { "✓ verified" },
            Some(false) => span .tag.doubt { "✗ unverified" },
            None => {}
        }
    }
}

/// The status of a user.
pub(crate) fn status(status: Option<&str>) -> Markup {
    html! {
        @match status {
            Some("active") => span .tag.good { "active" },
            Some(status) => span .tag.doubt { (status) },
            None => {}
        }
    }
}

/// A failure in words.
pub(crate) fn failure(failure: &Failure) -> Markup {
    let words = failure.explain();
    html! {
        section .failure role="alert" {
            h2 { (words.title) }
            p { (words.advice) }
            details {
                summary { "Details" }
                p .detail { (words.detail) }
                dl .facts {
                    @for (name, value) in &words.facts {
                        div { dt { (name) } dd { code { (value) } } }
                    }
                }
                @if let Some(url) = words.url {
                    p { a href=(url) rel="noreferrer" { "Stytch's documentation of this error" } }
                }
            }
        }
    }
}

/// The choice of a credential; their environments stand next to their names.
pub(crate) fn credentials(choice: &Choice) -> Markup {
    let label = |listed: &Listed| match listed.environment() {
        Some(Environment::Live) => format!("{} – LIVE", listed.name),
        Some(Environment::Test) => format!("{} – test", listed.name),
        None => format!("{} – cannot be used", listed.name),
    };
    html! {
        div .field.credential {
            label for="credential" { "Credential" }
            select #credential name=(CREDENTIAL) {
                @for listed in &choice.credentials {
                    option value=(listed.name) selected[choice.chosen.as_ref() == Some(&listed.name)] { (label(listed)) }
                }
                @if let (Some(chosen), None) = (&choice.chosen, choice.listed()) {
                    option value=(chosen) selected { (chosen) " – unknown" }
                }
            }
        }
    }
}

/// What a page says without a credential.
pub(crate) fn no_credentials() -> Markup {
    html! {
        section .empty {
            h2 { "There is no credential yet" }
            p { "A credential is a project ID and a secret of Stytch's dashboard." }
            p { a .button.primary href="/console/credentials" { "Set one up" } }
        }
    }
}

/// JSON as a tree that can be folded.
pub(crate) fn tree(tree: &Tree) -> Markup {
    html! {
        @match tree {
            Tree::Object(members) if members.is_empty() => code { "{}" },
            Tree::Array(items) if items.is_empty() => code { "[]" },
            Tree::Object(members) => ul .tree {
                @for (name, value) in members { li { (branch(name, value)) } }
            },
            Tree::Array(items) => ul .tree {
                @for (index, value) in items.iter().enumerate() { li { (branch(&index.to_string(), value)) } }
            },
            Tree::Text(text) => span .value { (text) },
            Tree::Word(word) => code .word { (word) },
        }
    }
}

fn branch(name: &str, value: &Tree) -> Markup {
    let is_branch = matches!(value, Tree::Object(_) | Tree::Array(_)) && !value.is_empty();
    html! {
        @if is_branch {
            details open { summary { span .key { (name) } } (tree(value)) }
        } @else {
            span .key { (name) } " " (tree(value))
        }
    }
}
