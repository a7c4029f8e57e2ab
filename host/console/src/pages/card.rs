//! The card of a user: what an investigator looks at comes first.

use super::parts::{copy, environment, status, tree, verified};
use crate::clock;
use crate::tree::Tree;
use jiff::Timestamp;
use maud::{Markup, html};
use stytch_host::Environment;
use stytch_host::types::{RetrievedUser, User};

pub(crate) fn card(retrieved: &RetrievedUser, of: Option<Environment>) -> Markup {
    let user = &retrieved.user;
    let name = name(user);
    // It has no map whose keys are not strings, which is all that can fail.
    let raw = serde_json::to_string_pretty(retrieved).unwrap_or_default();
    html! {
        article .card aria-labelledby="user" {
            header {
                div .title {
                    h2 #user { @if let Some(name) = &name { (name) } @else { "User without a name" } }
                    (status(user.status.as_deref()))
                    (lock_tag(user))
                    (environment(of))
                }
                dl .ids {
                    (id("User ID", Some(&user.user_id)))
                    (id("External ID", user.external_id.as_ref()))
                    @if let Some(created) = &user.created_at {
                        div { dt { "Created" } dd { (time(created)) } }
                    }
                }
            }
            (lock(user))
            div .sections {
                (contact(user))
                (sign_in(user))
                (access(user))
                (metadata("Trusted metadata", "Only your backend can write it.", user.trusted_metadata.as_deref()))
                (metadata("Untrusted metadata", "The user can write it.", user.untrusted_metadata.as_deref()))
                (metadata("Other members", "Newer than this program.", user.extra.as_deref()))
            }
            details .raw {
                summary { "Raw JSON" }
                (copy("the JSON", &raw))
                pre tabindex="0" aria-label="Raw JSON" { code { (raw) } }
            }
        }
    }
}

/// The name of a user, as far as it is known.
pub(crate) fn name(user: &User) -> Option<String> {
    let name = user.name.as_ref()?;
    let parts = [&name.first_name, &name.middle_name, &name.last_name];
    let parts = parts.into_iter().flatten().map(String::as_str);
    let parts: Vec<_> = parts.filter(|part| !part.trim().is_empty()).collect();
    (!parts.is_empty()).then(|| parts.join(" "))
}

pub(crate) fn lock_tag(user: &User) -> Markup {
    html! { @if user.is_locked == Some(true) { span .tag.bad { "Locked" } } }
}

fn id(name: &str, value: Option<&String>) -> Markup {
    html! {
        @if let Some(value) = value.filter(|value| !value.is_empty()) {
            div { dt { (name) } dd { code { (value) } " " (copy(name, value)) } }
        }
    }
}

fn time(text: &str) -> Markup {
    html! { time datetime=(text) { (clock::time(text)) } }
}

/// When the lock began, and when it ends.
fn lock(user: &User) -> Markup {
    let now = Timestamp::now();
    html! {
        @if user.is_locked == Some(true) {
            p .notice.bad {
                strong { "Locked out" }
                @if let Some(since) = &user.lock_created_at { " since " (time(since)) }
                @if let Some(until) = &user.lock_expires_at {
                    " until " (time(until))
                    @if let Some(away) = clock::away(until, now) { " (" (away) ")" }
                }
                ". The lock ends by itself, or can be removed in the Stytch dashboard."
            }
        }
    }
}

/// A section with a title, or nothing in it.
fn section(title: &str, content: &Markup) -> Markup {
    html! {
        section {
            h3 { (title) }
            @if content.0.is_empty() { p .none { "None" } } @else { (content) }
        }
    }
}

fn contact(user: &User) -> Markup {
    let emails = user.emails.iter().flatten();
    let phones = user.phone_numbers.iter().flatten();
    let line = |what: &str, value: Option<&String>, is: Option<bool>| {
        html! {
            @let value = value.map_or("", String::as_str);
            li { span .value { (value) } " " (verified(is)) " " (copy(what, value)) }
        }
    };
    let list = html! {
        @for email in emails { (line("e-mail address", email.email.as_ref(), email.verified)) }
        @for phone in phones { (line("phone number", phone.phone_number.as_ref(), phone.verified)) }
    };
    let content = html! { @if !list.0.is_empty() { ul .lines { (list) } } };
    section("Contact", &content)
}

/// A way to sign in: its kind, whether it was proved, and what is known of it by name.
fn way(kind: &str, verdict: &Markup, facts: &[(&str, Option<&String>)]) -> Markup {
    let facts = facts
        .iter()
        .filter_map(|(name, fact)| Some((name, (*fact)?)));
    let facts: Vec<_> = facts.filter(|(_, fact)| !fact.is_empty()).collect();
    html! {
        li {
            span .kind { (kind) } " " (verdict)
            @if !facts.is_empty() {
                dl {
                    @for (name, fact) in facts { div { dt { (name) } dd { (fact) } } }
                }
            }
        }
    }
}

fn sign_in(user: &User) -> Markup {
    let list = html! {
        @if let Some(password) = &user.password {
            @let verdict = html! {
                @if password.requires_reset == Some(true) { span .tag.doubt { "must be reset" } }
                @else { span .tag { "set" } }
            };
            (way("Password", &verdict, &[]))
        }
        @for provider in user.providers.iter().flatten() {
            (way(
                provider.provider_type.as_deref().unwrap_or("OAuth"),
                &Markup::default(),
                &[
                    ("Subject", provider.provider_subject.as_ref()),
                    ("Locale", provider.locale.as_ref()),
                    // An address as text: loading the picture would tell its server who looks.
                    ("Picture", provider.profile_picture_url.as_ref()),
                ],
            ))
        }
        @for passkey in user.webauthn_registrations.iter().flatten() {
            (way(
                "Passkey",
                &verified(passkey.verified),
                &[
                    ("Name", passkey.name.as_ref()),
                    ("Type", passkey.authenticator_type.as_ref()),
                    ("Domain", passkey.domain.as_ref()),
                    ("Browser", passkey.user_agent.as_ref()),
                ],
            ))
        }
        @for totp in user.totps.iter().flatten() {
            (way("Authenticator app", &verified(totp.verified), &[("ID", totp.totp_id.as_ref())]))
        }
        @for biometric in user.biometric_registrations.iter().flatten() {
            @let id = biometric.biometric_registration_id.as_ref();
            (way("Biometrics", &verified(biometric.verified), &[("ID", id)]))
        }
        @for wallet in user.crypto_wallets.iter().flatten() {
            (way(
                "Wallet",
                &verified(wallet.verified),
                &[
                    ("Type", wallet.crypto_wallet_type.as_ref()),
                    ("Address", wallet.crypto_wallet_address.as_ref()),
                ],
            ))
        }
    };
    let content = html! { @if !list.0.is_empty() { ul .ways { (list) } } };
    section("Ways to sign in", &content)
}

fn access(user: &User) -> Markup {
    let roles = user.roles.iter().flatten();
    let list = html! { @for role in roles { li .tag { (role) } } };
    let content = html! { @if !list.0.is_empty() { ul .tags { (list) } } };
    section("Roles", &content)
}

fn metadata(title: &str, hint: &str, json: Option<&str>) -> Markup {
    let Some(json) = json else {
        return Markup::default();
    };
    let parsed = Tree::parse(json);
    if parsed.as_ref().is_some_and(Tree::is_empty) {
        return Markup::default();
    }
    let content = html! {
        p .hint { (hint) }
        @match &parsed {
            Some(parsed) => (tree(parsed)),
            // Only a component that violates the contract gets here.
            None => pre tabindex="0" aria-label=(title) { code { (json) } },
        }
    };
    section(title, &content)
}
