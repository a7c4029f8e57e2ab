//! Made-up users.
//!
//! Invariant: a user is a function of the seed and its number, so that the same seed gives the
//! same users, however many. Users come in the order of their creation; that is not the order of
//! their numbers.

use serde_json::json;

use super::User;

mod cast;
mod draw;
mod names;
mod profile;

pub(super) use draw::{Draw, Stream};
use names::NAMES;
use profile::Profile;

/// The instant at which the made-up world stands still, 2026-06-30T00:00:00Z. Fixed, because what
/// a seed gives must not depend on the day. Unix seconds.
const PRESENT: i64 = 1_782_777_600;

/// From when on users are generated, 2021-01-01T00:00:00Z. Unix seconds.
const BEGINNING: i64 = 1_609_459_200;

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

/// This many users, oldest first: the cast, and then generated ones.
pub(super) fn users(seed: u64, count: u64) -> impl Iterator<Item = User> {
    let mut order: Vec<(i64, u64)> = (cast::SIZE..count)
        .map(|number| {
            (
                created_at(&mut Draw::new(seed, Stream::User(number))),
                number,
            )
        })
        .collect();
    order.sort_unstable();
    let cast = (0..count).zip(cast::cast(seed)).map(|(_, user)| user);
    cast.chain(
        order
            .into_iter()
            .map(move |(_, number)| generate(seed, number)),
    )
}

/// When a generated user was created, in Unix seconds; the first thing that its stream gives.
fn created_at(draw: &mut Draw) -> i64 {
    let span = draw.below(PRESENT.abs_diff(BEGINNING));
    BEGINNING.saturating_add_unsigned(span)
}

fn generate(seed: u64, number: u64) -> User {
    let mut draw = Draw::new(seed, Stream::User(number));
    let created_at = created_at(&mut draw);
    let mut profile = Profile::new(draw, created_at);
    let pending = profile.draw.percent(10);
    if pending {
        profile.pending();
    }
    contacts(&mut profile, number, !pending);
    if !pending {
        factors(&mut profile);
    }
    account(&mut profile, number);
    profile.user
}

/// A name, and addresses that fit it.
fn contacts(p: &mut Profile, number: u64, active: bool) {
    let names = p.draw.pick(NAMES);
    let (first, last) = (p.draw.pick(names.first), p.draw.pick(names.last));
    if p.draw.percent(90) {
        let middle = if p.draw.percent(15) {
            p.draw.pick(names.first).0
        } else {
            ""
        };
        p.name(first.0, middle, last.0);
    }
    let emails = match p.draw.below(100) {
        0..5 => 0,
        5..90 => 1,
        90..98 => 2,
        _ => 3,
    };
    for nth in 0..emails {
        let domain = p.draw.pick(&DOMAINS);
        let verified = active && p.draw.percent(85);
        // The number keeps generated addresses apart from each other and from the cast's.
        let tag = if nth == 0 {
            String::new()
        } else {
            format!("+{nth}")
        };
        let address = format!("{}.{}.{number}{tag}@{domain}", first.1, last.1);
        p.email(&address, verified);
    }
    if emails == 0 || p.draw.percent(40) {
        let verified = active && p.draw.percent(75);
        p.phone(&fictional_phone(number), verified);
    }
}

/// A number of the range kept for fiction, past those that the cast has. There are 72,000 of them;
/// more users than that share them.
fn fictional_phone(number: u64) -> String {
    let (area, line) = (200 + number / 90 % 800, 10 + number % 90);
    format!("+1{area}55501{line}")
}

/// What the user logs in with.
fn factors(p: &mut Profile) {
    if p.draw.percent(33) {
        for _ in 0..=p.draw.below(4) / 2 {
            let (provider, locale) = (p.draw.pick(&PROVIDERS), p.draw.pick(&LOCALES));
            let held = p.user.providers.iter();
            if held.into_iter().all(|held| held.provider_type != provider) {
                p.oauth(provider, locale);
            }
        }
    }
    if p.draw.percent(15) {
        for _ in 0..=p.draw.below(2) {
            let (authenticator_type, name) = p.draw.pick(&AUTHENTICATORS);
            let verified = p.draw.percent(92);
            p.passkey(authenticator_type, name, verified);
        }
    }
    if p.draw.percent(12) {
        let verified = p.draw.percent(85);
        p.totp(verified);
    }
    if p.draw.percent(4) {
        let (chain, verified) = (
            p.draw.pick(&["ethereum", "ethereum", "solana"]),
            p.draw.percent(90),
        );
        p.wallet(chain, verified);
    }
    if p.draw.percent(6) {
        let verified = p.draw.percent(90);
        p.biometric(verified);
    }
    if p.draw.percent(55) {
        let requires_reset = p.draw.percent(4);
        p.password(requires_reset);
    }
    if p.draw.percent(2) {
        let (minutes_ago, minutes) = (p.draw.below(5), p.draw.pick(&[5, 60, 60, 24 * 60]));
        p.locked(i64::try_from(minutes_ago).unwrap_or_default(), minutes);
    }
}

/// What the application knows about the user.
fn account(p: &mut Profile, number: u64) {
    if p.draw.percent(25) {
        let roles = p.draw.pick(&ROLES);
        p.roles(roles);
    }
    if p.draw.percent(35) {
        let (plan, seats) = (p.draw.pick(&PLANS), p.draw.below(50) + 1);
        p.trusted(&json!({"plan": plan, "billing": {"seats": seats, "trial": seats < 3}}));
    }
    if p.draw.percent(25) {
        let theme = p.draw.pick(&["dark", "light"]);
        p.untrusted(&json!({"theme": theme}));
    }
    match p.draw.below(6) {
        0 => p.external_id(format!("cust-{number:07}")),
        1 => p.external_id(format!("legacy.user_{number}")),
        2 => p.external_id(format!("auth0|{number:016x}")),
        _ => p,
    };
}

#[cfg(test)]
mod tests;
