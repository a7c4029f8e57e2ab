//! Generated users.
//!
//! Invariant: a user depends only on the seed and its number, so that a seed produces the same
//! users regardless of how many are requested. Users are returned in order of creation time, which
//! differs from the order of their numbers.

use serde_json::json;

use crate::{
    random::{Random, Stream},
    users::User,
};

mod fixed_users;
mod names;
mod user_builder;

use names::NAMES;
use user_builder::{NOW, UserBuilder};

/// The earliest creation time of a generated user, 2021-01-01T00:00:00Z, in Unix seconds.
const EARLIEST: i64 = 1_609_459_200;

const PROVIDERS: [&str; 10] = [
    "Google",
    "Google",
    "Google",
    "Google",
    "Apple",
    "Apple",
    "GitHub",
    "Microsoft",
    "Facebook",
    "Discord",
];
const LOCALES: [&str; 6] = ["en", "en-US", "de", "pt-BR", "ja", ""];
const DOMAINS: [&str; 5] = [
    "example.com",
    "example.com",
    "example.org",
    "example.net",
    "mail.example.com",
];
const ROLES: [&[&str]; 4] = [
    &["stytch_user"],
    &["stytch_user"],
    &["stytch_user", "editor"],
    &["stytch_user", "admin"],
];
const AUTHENTICATORS: [(&str, &str); 4] = [
    ("platform", "Laptop"),
    ("platform", "Phone"),
    ("cross-platform", "Security key"),
    ("", ""),
];
const PLANS: [&str; 3] = ["free", "team", "enterprise"];

/// Returns this many users, oldest first: the fixed users, then random ones.
pub(super) fn users(seed: u64, count: u64) -> impl Iterator<Item = User> {
    let mut order: Vec<(i64, u64)> = (fixed_users::COUNT..count)
        .map(|number| {
            (
                created_at(&mut Random::new(seed, Stream::User(number))),
                number,
            )
        })
        .collect();
    order.sort_unstable();
    let fixed = (0..count).zip(fixed_users::all(seed)).map(|(_, user)| user);
    fixed.chain(
        order
            .into_iter()
            .map(move |(_, number)| generate(seed, number)),
    )
}

/// Returns the creation time of a user, in Unix seconds. It is the first value in its stream.
fn created_at(random: &mut Random) -> i64 {
    let span = random.below(NOW.abs_diff(EARLIEST));
    EARLIEST.saturating_add_unsigned(span)
}

fn generate(seed: u64, number: u64) -> User {
    let mut random = Random::new(seed, Stream::User(number));
    let created_at = created_at(&mut random);
    let mut builder = UserBuilder::new(random, created_at);
    let pending = builder.random.percent(10);
    if pending {
        builder.pending();
    }
    contacts(&mut builder, number, !pending);
    if !pending {
        factors(&mut builder);
    }
    application_data(&mut builder, number);
    builder.user
}

/// Adds a name, and e-mail addresses that match it.
fn contacts(builder: &mut UserBuilder, number: u64, active: bool) {
    let names = builder.random.pick(NAMES);
    let first = builder.random.pick(names.first);
    let last = builder.random.pick(names.last);
    if builder.random.percent(90) {
        let middle = if builder.random.percent(15) {
            builder.random.pick(names.first).0
        } else {
            ""
        };
        builder.name(first.0, middle, last.0);
    }
    let emails = match builder.random.below(100) {
        0..5 => 0,
        5..90 => 1,
        90..98 => 2,
        _ => 3,
    };
    for nth in 0..emails {
        let domain = builder.random.pick(&DOMAINS);
        let verified = active && builder.random.percent(85);
        // The number makes the address unique.
        let tag = if nth == 0 {
            String::new()
        } else {
            format!("+{nth}")
        };
        let address = format!("{}.{}.{number}{tag}@{domain}", first.1, last.1);
        builder.email(&address, verified);
    }
    if emails == 0 || builder.random.percent(40) {
        let verified = active && builder.random.percent(75);
        builder.phone(&fictional_phone(number), verified);
    }
}

/// Returns a phone number of the range reserved for fiction, beyond those of the fixed users. There
/// are 72,000 of them; they repeat with more users than that.
fn fictional_phone(number: u64) -> String {
    let (area, line) = (200 + number / 90 % 800, 10 + number % 90);
    format!("+1{area}55501{line}")
}

/// Adds authentication factors.
fn factors(builder: &mut UserBuilder) {
    if builder.random.percent(33) {
        for _ in 0..=builder.random.below(4) / 2 {
            let provider = builder.random.pick(&PROVIDERS);
            let locale = builder.random.pick(&LOCALES);
            let mut others = builder.user.providers.iter();
            if others.all(|other| other.provider_type != provider) {
                builder.oauth(provider, locale);
            }
        }
    }
    if builder.random.percent(15) {
        for _ in 0..=builder.random.below(2) {
            let (authenticator_type, name) = builder.random.pick(&AUTHENTICATORS);
            let verified = builder.random.percent(92);
            builder.passkey(authenticator_type, name, verified);
        }
    }
    if builder.random.percent(12) {
        let verified = builder.random.percent(85);
        builder.totp(verified);
    }
    if builder.random.percent(4) {
        let chain = builder.random.pick(&["ethereum", "ethereum", "solana"]);
        let verified = builder.random.percent(90);
        builder.wallet(chain, verified);
    }
    if builder.random.percent(6) {
        let verified = builder.random.percent(90);
        builder.biometric(verified);
    }
    if builder.random.percent(55) {
        let requires_reset = builder.random.percent(4);
        builder.password(requires_reset);
    }
    if builder.random.percent(2) {
        let minutes_ago = builder.random.below(5);
        let minutes = builder.random.pick(&[5, 60, 60, 24 * 60]);
        builder.locked(i64::try_from(minutes_ago).unwrap_or_default(), minutes);
    }
}

/// Adds application data: roles, metadata and an external ID.
fn application_data(builder: &mut UserBuilder, number: u64) {
    if builder.random.percent(25) {
        let roles = builder.random.pick(&ROLES);
        builder.roles(roles);
    }
    if builder.random.percent(35) {
        let (plan, seats) = (builder.random.pick(&PLANS), builder.random.below(50) + 1);
        builder.trusted(&json!({"plan": plan, "billing": {"seats": seats, "trial": seats < 3}}));
    }
    if builder.random.percent(25) {
        let theme = builder.random.pick(&["dark", "light"]);
        builder.untrusted(&json!({"theme": theme}));
    }
    match builder.random.below(6) {
        0 => builder.external_id(format!("cust-{number:07}")),
        1 => builder.external_id(format!("legacy.user_{number}")),
        2 => builder.external_id(format!("auth0|{number:016x}")),
        _ => builder,
    };
}

#[cfg(test)]
mod tests;
