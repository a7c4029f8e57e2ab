//! A page of users: as a table, or as a list on a narrow screen.

use super::card::{lock_tag, name};
use super::parts::status;
use crate::clock;
use crate::query::CREDENTIAL;
use form_urlencoded::Serializer;
use maud::{Markup, html};
use stytch_host::types::User;

/// How many values of a cell are shown.
const LINES: usize = 3;

const COLUMNS: [&str; 7] = [
    "User", "Status", "E-mail", "Phone", "Sign-in", "Roles", "Created",
];

/// The roles are named where a style makes a row something else than a row.
pub(crate) fn table(credential: &str, users: &[User]) -> Markup {
    html! {
        div .scroll {
            table .users role="table" aria-label="Users" {
                thead role="rowgroup" {
                    tr role="row" {
                        @for column in COLUMNS { th scope="col" role="columnheader" { (column) } }
                    }
                }
                tbody role="rowgroup" {
                    @for user in users { (row(credential, user)) }
                }
            }
        }
    }
}

fn row(credential: &str, user: &User) -> Markup {
    let emails = user.emails.iter().flatten();
    let emails = emails.map(|email| (email.email.as_deref(), email.verified));
    let phones = user.phone_numbers.iter().flatten();
    let phones = phones.map(|phone| (phone.phone_number.as_deref(), phone.verified));
    let ways = ways(user);
    let roles = user.roles.iter().flatten();
    html! {
        tr role="row" {
            th scope="row" role="rowheader" {
                a href=(address(credential, &user.user_id)) {
                    @match name(user) { Some(name) => (name), None => "No name" }
                }
                code .id { (user.user_id) }
            }
            td role="cell" data-label="Status" { (status(user.status.as_deref())) " " (lock_tag(user)) }
            td role="cell" data-label="E-mail" { (lines(emails)) }
            td role="cell" data-label="Phone" { (lines(phones)) }
            td role="cell" data-label="Sign-in" { (lines(ways.iter().map(|way| (Some(way.as_str()), None)))) }
            td role="cell" data-label="Roles" { (lines(roles.map(|role| (Some(role.as_str()), None)))) }
            td role="cell" data-label="Created" {
                @if let Some(created) = &user.created_at {
                    time datetime=(created) { (clock::day(created)) }
                }
            }
        }
    }
}

/// The card of a user.
fn address(credential: &str, user_id: &str) -> String {
    let mut query = Serializer::new(String::new());
    query.append_pair(CREDENTIAL, credential);
    query.append_pair("id", user_id);
    format!("/console/retrieve?{}", query.finish())
}

/// The first values of a cell, and how many more there are.
fn lines<'a>(values: impl Iterator<Item = (Option<&'a str>, Option<bool>)>) -> Markup {
    let values: Vec<_> = values.collect();
    let more = values.len().saturating_sub(LINES);
    html! {
        @for (value, verified) in values.iter().take(LINES) {
            div {
                (breakable(value.unwrap_or_default()))
                @match verified {
                    Some(true) => { " " span .yes role="img" aria-label="verified" { "✓" } },
                    Some(false) => { " " span .no role="img" aria-label="unverified" { "✗" } },
                    None => {}
                }
            }
        }
        @if more > 0 { div .hint { "+ " (more) " more" } }
    }
}

/// A text that is broken at the domain of an address first, where it has to be.
fn breakable(text: &str) -> Markup {
    html! {
        @match text.split_once('@') {
            Some((local, domain)) => { (local) "@" wbr; (domain) },
            None => (text),
        }
    }
}

/// How a user can sign in, in few words.
fn ways(user: &User) -> Vec<String> {
    let mut ways = Vec::new();
    if user.password.is_some() {
        ways.push("password".to_owned());
    }
    let providers = user.providers.iter().flatten();
    ways.extend(providers.filter_map(|provider| provider.provider_type.clone()));
    let counts = [
        (
            user.webauthn_registrations.as_ref().map(Vec::len),
            "passkey",
        ),
        (user.totps.as_ref().map(Vec::len), "authenticator"),
        (
            user.biometric_registrations.as_ref().map(Vec::len),
            "biometric",
        ),
        (user.crypto_wallets.as_ref().map(Vec::len), "wallet"),
    ];
    for (count, way) in counts {
        match count {
            None | Some(0) => {}
            Some(1) => ways.push(way.to_owned()),
            Some(count) => ways.push(format!("{count} {way}s")),
        }
    }
    ways
}
