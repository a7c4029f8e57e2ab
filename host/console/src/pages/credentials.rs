//! The pages of credentials.

use super::frame::{Frame, Tab, frame, token};
use super::parts::environment;
use crate::Given;
use crate::backend::{Failure, Listed};
use crate::clock;
use crate::guard::Visit;
use crate::tested::Test;
use jiff::Timestamp;
use maud::{Markup, html};
use stytch_credentials::{Error, Place, StoredCredential, redact};

/// A credential of the list.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) listed: Listed,
    /// What the store says of it, if it is stored.
    pub(crate) stored: Option<StoredCredential>,
    pub(crate) given: Option<Given>,
    pub(crate) test: Option<Test>,
}

/// A credential that was just added.
#[derive(Debug)]
pub(crate) struct Added {
    pub(crate) name: String,
}

pub(crate) fn list(
    visit: &Visit,
    entries: &[Entry],
    manages: bool,
    has_store: bool,
    added: Option<&Added>,
    failure: Option<StoreFailure<'_>>,
) -> Markup {
    let content = html! {
        div .heading {
            h1 { "Credentials" }
            @if manages && !entries.is_empty() {
                a .button.primary href="/console/credentials/add" { "Add a credential" }
            }
        }
        @if let Some(added) = added {
            p .notice.good role="status" {
                strong { (added.name) } " was added. "
                a href={ "/console/retrieve?credential=" (added.name) } { "Retrieve a user with it" }
            }
        }
        @if let Some(failure) = failure { (store_failure(failure)) }
        @if entries.is_empty() {
            section .empty {
                h2 { "No credential yet" }
                p { "A credential is how this console asks Stytch: the project ID and a secret of one environment of a project. Both are on the page API keys of the Stytch dashboard." }
                @if manages {
                    p { a .button.primary href="/console/credentials/add" { "Add a credential" } }
                } @else { (why_not(has_store)) }
            }
        } @else {
            ul .credentials {
                @for entry in entries { (card(visit, entry, manages, has_store)) }
            }
            @if !manages { (why_not(has_store)) }
        }
    };
    frame(
        &Frame::of("Credentials", Some(Tab::Credentials), visit),
        &content,
    )
}

/// Why nothing can be changed here.
fn why_not(has_store: bool) -> Markup {
    html! {
        p .hint {
            @if has_store {
                "Your token may use these credentials, and not change them. Whoever runs the service can: with the token that it prints, or one of "
                code { "stytch-host token create NAME --manage-credentials" } "."
            } @else {
                "These credentials were given to the service when it was started, so they are changed there. Without "
                code { "--emulator" } " and " code { "--credentials-dir" } ", credentials can be added here."
            }
        }
    }
}

/// What the credential store could not do.
#[derive(Debug, Clone, Copy)]
pub(crate) enum StoreFailure<'a> {
    Unread(&'a Error),
    Unchanged(&'a Error),
}

fn store_failure(failure: StoreFailure<'_>) -> Markup {
    let (title, error) = match failure {
        StoreFailure::Unread(error) => ("The credential store cannot be read", error),
        StoreFailure::Unchanged(error) => ("The credentials were not changed", error),
    };
    html! {
        section .failure role="alert" {
            h2 { (title) }
            p { (redact(&error.to_string())) }
            @if let Some(hint) = error.hint() { p .hint { (hint) } }
        }
    }
}

fn card(visit: &Visit, entry: &Entry, manages: bool, has_store: bool) -> Markup {
    let Entry {
        listed,
        stored,
        given,
        test,
    } = entry;
    let name = &listed.name;
    let stored = stored.as_ref();
    let action = |address: &str, label: &str| {
        html! {
            form method="post" action=(address) {
                (token(visit))
                input type="hidden" name="name" value=(name);
                button aria-label={ (label) " " (name) } { (label) }
            }
        }
    };
    html! {
        li #(name) .panel.credential-card {
            header {
                h2 { (name) }
                (environment(listed.environment()))
                @if stored.is_some_and(|stored| stored.default) { span .tag { "default" } }
            }
            dl .facts {
                @match &listed.usable {
                    Ok(usable) => {
                        div { dt { "Project ID" } dd { code { (usable.project_id) } } }
                        div { dt { "API" } dd { code { (usable.origin) } } }
                    },
                    Err(reason) => div { dt { "Cannot be used" } dd .wrong { (redact(reason)) } },
                }
                div { dt { "Kept in" } dd { (place(stored, *given, has_store)) } }
                div { dt { "Last test" } dd { (last_test(test.as_ref())) } }
            }
            div .actions {
                (action("/console/credentials/test", "Test"))
                @if let (true, Some(stored)) = (manages, stored) {
                    @if !stored.default { (action("/console/credentials/default", "Make default")) }
                    a .button href={ "/console/credentials/add?replace=" (name) } aria-label={ "Replace secret of " (name) } { "Replace secret" }
                    a .button.danger href={ "/console/credentials/remove?name=" (name) } aria-label={ "Remove " (name) } { "Remove…" }
                }
            }
        }
    }
}

fn place(stored: Option<&StoredCredential>, given: Option<Given>, has_store: bool) -> &'static str {
    match (stored.map(|stored| stored.store), given) {
        (_, Some(Given::Emulator)) => "the emulator, for this run",
        (_, Some(Given::Variables)) => "the variables STYTCH_PROJECT_ID and STYTCH_SECRET",
        (Some(Place::Keyring), None) => "the system's keyring",
        (Some(Place::File), None) => "a file that only its owner can read",
        // The store cannot be read now.
        (None, None) if has_store => "the credential store",
        (None, None) => "a folder of the service",
    }
}

fn last_test(test: Option<&Test>) -> Markup {
    html! {
        @match test {
            None => "not since the service was started",
            Some(Test { time, result }) => {
                @match result {
                    Ok(()) => span .tag.good { "✓ Stytch accepts it" },
                    Err((title, advice)) => { span .tag.bad { "✗ " (title) } " " span { (advice) } },
                }
                " " time .hint datetime=(time) title=(clock::of(*time)) { (clock::distance(*time, Timestamp::now())) }
            },
        }
    }
}

/// What was entered, without the secret.
#[derive(Debug, Clone, Default)]
pub(crate) struct Fields {
    pub(crate) name: String,
    pub(crate) project_id: String,
    pub(crate) base_url: String,
    pub(crate) default: bool,
    pub(crate) replace: bool,
}

impl Fields {
    /// Empties fields that hold what looks like a secret: they are shown again.
    pub(crate) fn without_secrets(&self) -> Self {
        let clean = |text: &str| {
            if redact(text) == text {
                text.to_owned()
            } else {
                String::new()
            }
        };
        Self {
            name: clean(&self.name),
            project_id: clean(&self.project_id),
            base_url: clean(&self.base_url),
            ..*self
        }
    }
}

/// Why a credential was not added.
#[derive(Debug)]
pub(crate) struct Problem {
    /// The field that is wrong, if it is one.
    field: Option<&'static str>,
    title: String,
    advice: Option<String>,
    /// Whether it could be added all the same.
    may_add: bool,
}

impl Problem {
    pub(crate) fn of(error: &Error) -> Self {
        Self {
            field: match error {
                Error::InvalidName { .. } | Error::Exists(_) | Error::Unknown { .. } => {
                    Some("name")
                }
                Error::InvalidProjectId { .. } => Some("project_id"),
                Error::BaseUrlOfOtherEnvironment { .. } => Some("base_url"),
                _ => None,
            },
            title: title(error),
            advice: advice(error),
            may_add: false,
        }
    }

    /// The same, of a field.
    pub(crate) fn at(field: &'static str, error: &Error) -> Self {
        Self {
            field: Some(field),
            ..Self::of(error)
        }
    }

    pub(crate) fn in_words(field: &'static str, title: String) -> Self {
        Self {
            field: Some(field),
            title,
            advice: None,
            may_add: false,
        }
    }

    pub(crate) fn secret_in(field: &'static str) -> Self {
        let title = "this looks like a secret, which belongs in the field Secret";
        Self::in_words(field, title.to_owned())
    }

    /// The service was given another credential of that name.
    pub(crate) fn taken() -> Self {
        let title = "the service was started with a credential of this name; choose another";
        Self::in_words("name", title.to_owned())
    }

    /// Stytch did not accept it, or was not reached.
    pub(crate) fn untested(failure: &Failure) -> Self {
        let words = failure.explain();
        Self {
            field: None,
            title: words.title.to_owned(),
            advice: Some(words.advice.to_owned()),
            may_add: true,
        }
    }
}

/// What is wrong, where the store speaks of arguments.
fn title(error: &Error) -> String {
    match error {
        Error::SecretAsArgument => "this looks like a secret".to_owned(),
        error => redact(&error.to_string()).into_owned(),
    }
}

/// What to do, without the commands of a terminal.
fn advice(error: &Error) -> Option<String> {
    Some(match error {
        Error::SecretAsArgument => {
            "The secret belongs in the field Secret. Nothing was stored.".to_owned()
        }
        Error::EmptySecret => "Copy it from the page API keys of the Stytch dashboard.".to_owned(),
        Error::Exists(_) => {
            "Choose another name; or go to the list, and replace its secret.".to_owned()
        }
        Error::BaseUrlOfOtherEnvironment { project, .. } => {
            format!("Leave the base URL empty, or use {}.", project.origin())
        }
        error => return error.hint(),
    })
}

pub(crate) fn form(visit: &Visit, fields: &Fields, problem: Option<&Problem>) -> Markup {
    let title = if fields.replace {
        "Replace a secret"
    } else {
        "Add a credential"
    };
    let wrong = |name: &str| {
        let problem = problem.filter(|problem| problem.field == Some(name));
        problem.map(|_| "problem")
    };
    let invalid = |name: &str| wrong(name).map(|_| "true");
    let described = |name: &'static str, hint: &str| match wrong(name) {
        Some(id) => format!("{id} {hint}"),
        None => hint.to_owned(),
    };
    let may_add = problem.is_some_and(|problem| problem.may_add);
    let content = html! {
        p { a href="/console/credentials" { "← Credentials" } }
        h1 { (title) }
        @if let Some(problem) = problem {
            section #problem .failure role="alert" {
                h2 { @if problem.field.is_none() { (problem.title) } @else { "It was not added" } }
                @if problem.field.is_some() { p { (sentence(&problem.title)) } }
                @if let Some(advice) = &problem.advice { p { (sentence(advice)) } }
                p .hint { "The secret is never sent back: enter it again." }
            }
        }
        form .panel.stack method="post" action="/console/credentials/add" autocomplete="off" data-busy="Testing…" {
            (token(visit))
            @if fields.replace { input type="hidden" name="replace" value="yes"; }
            div .field {
                label for="name" { "Nickname" }
                input #name name="name" value=(fields.name) required maxlength="64" pattern="[A-Za-z0-9._\\-]+"
                    readonly[fields.replace] spellcheck="false" autocapitalize="off" placeholder="acme-test"
                    aria-invalid=[invalid("name")] aria-describedby=(described("name", "name-hint"));
                p #name-hint .hint { "Letters, digits, hyphens, underscores and dots. It is shown in lists and logs." }
            }
            div .field {
                label for="project_id" { "Project ID" }
                input #project_id name="project_id" value=(fields.project_id) required spellcheck="false"
                    autocapitalize="off" placeholder="project-test-…" data-environment="environment"
                    aria-invalid=[invalid("project_id")] aria-describedby=(described("project_id", "environment project-id-hint"));
                p #environment .environment role="status" {
                    @if !fields.project_id.is_empty() { (environment_of(&fields.project_id)) }
                }
                p #project-id-hint .hint { "From the page API keys of the Stytch dashboard. One that begins with project-live- is for live users, any other for test users." }
            }
            div .field {
                label for="secret" { "Secret" }
                input #secret type="password" name="secret" required autocomplete="new-password" spellcheck="false"
                    placeholder="secret-test-…" aria-invalid=[invalid("secret")]
                    aria-describedby=(described("secret", "secret-hint"));
                p #secret-hint .hint { "Kept in the system's keyring, or else in a file that only its owner can read. It is never shown again." }
            }
            details .group open[!fields.base_url.is_empty()] {
                summary { "Custom domain" }
                div .field {
                    label for="base_url" { "Base URL" }
                    input #base_url name="base_url" value=(fields.base_url) inputmode="url" spellcheck="false"
                        placeholder="https://login.example.com" aria-invalid=[invalid("base_url")]
                        aria-describedby=(described("base_url", "base-url-hint"));
                    p #base-url-hint .hint { "Where requests go instead of Stytch's own address: a custom domain of your project, or an emulator." }
                }
            }
            label .check { input type="checkbox" name="default" value="yes" checked[fields.default]; " Make it the default" }
            @if may_add {
                label .check { input type="checkbox" name="untested" value="yes"; " Add it without a test" }
            }
            div .actions {
                button .primary { "Test and " @if fields.replace { "replace" } @else { "add" } }
                a .button href="/console/credentials" { "Cancel" }
            }
        }
    };
    frame(&Frame::of(title, Some(Tab::Credentials), visit), &content)
}

/// The environment of a project ID, as the script shows it while it is typed.
fn environment_of(project_id: &str) -> Markup {
    environment(Some(stytch_host::Environment::of(project_id)))
}

/// Begins with a capital letter, and ends with a full stop.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string());
    let end = if text.ends_with(['.', '?', '…']) {
        ""
    } else {
        "."
    };
    format!("{}{}{end}", first.unwrap_or_default(), letters.as_str())
}

/// Asks whether to remove a credential.
pub(crate) fn ask(visit: &Visit, stored: &StoredCredential) -> Markup {
    let content = html! {
        p { a href="/console/credentials" { "← Credentials" } }
        h1 { "Remove " (stored.name) "?" }
        section .panel.stack {
            p { (environment(Some(stored.environment))) " " code { (stored.project_id) } }
            p { "The service and " code { "stytch-host" } " will not be able to use it any more. Its secret is deleted here; in Stytch it stays valid until you delete it in the dashboard." }
            @if stored.default { p { "It is the default credential; afterwards there is none." } }
            form .actions method="post" action="/console/credentials/remove" {
                (token(visit))
                input type="hidden" name="name" value=(stored.name);
                button .danger { "Remove " (stored.name) }
                a .button href="/console/credentials" { "Keep it" }
            }
        }
    };
    let mut surroundings = Frame::of("Remove a credential", Some(Tab::Credentials), visit);
    surroundings.environment = Some(stored.environment);
    frame(&surroundings, &content)
}

/// The page for somebody who may not change credentials.
pub(crate) fn not_permitted(visit: &Visit, has_store: bool) -> Markup {
    let content = html! {
        h1 { "You may not change credentials" }
        (why_not(has_store))
        p { a .button href="/console/credentials" { "Credentials" } }
    };
    frame(
        &Frame::of("Not permitted", Some(Tab::Credentials), visit),
        &content,
    )
}
