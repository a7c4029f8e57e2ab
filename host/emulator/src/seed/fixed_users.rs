//! Two dozen handwritten users that together cover every attribute in every state that a client
//! should be tested with.
//!
//! Domains are reserved for examples (RFC 2606), phone numbers for fiction (555-01xx).

use serde_json::json;

use super::user_builder::UserBuilder;
use crate::{
    random::{Random, Stream},
    users::User,
};

/// The creation time of the first user, in Unix seconds, and the interval to each of the others:
/// all in 2020, before any random user.
const FIRST_CREATED: i64 = 1_578_299_400;
const INTERVAL: i64 = 13 * 24 * 3600 + 7 * 3600 + 11 * 60 + 17;

/// The number of fixed users.
pub(super) const COUNT: u64 = LEN as u64;
const LEN: usize = 26;

/// Returns the fixed users, oldest first. Only their IDs depend on the seed.
pub(super) fn all(seed: u64) -> Vec<User> {
    let mut builders = (0_u64..).zip(0_i64..).map(|(number, steps)| {
        UserBuilder::new(
            Random::new(seed, Stream::User(number)),
            FIRST_CREATED + steps * INTERVAL,
        )
    });
    let mut users = Vec::new();
    for build in FIXED_USERS {
        users.extend(builders.next().map(|mut builder| {
            build(&mut builder);
            builder.user
        }));
    }
    users
}

/// Builds each fixed user.
const FIXED_USERS: [fn(&mut UserBuilder) -> &mut UserBuilder; LEN] = [
    // One of each attribute, all verified.
    |p| {
        p.name("Ada", "King", "Lovelace")
            .email("ada@example.com", true)
            .phone("+12025550101", true)
            .oauth("Google", "en-GB")
            .passkey("platform", "Ada's laptop", true)
            .totp(true)
            .wallet("ethereum", true)
            .biometric(true)
            .password(false)
            .roles(&["stytch_user", "admin"])
            .trusted(&json!({"plan": "enterprise", "seats": 12}))
            .untrusted(&json!({"theme": "dark"}))
            .external_id("ada.lovelace")
    },
    // Several e-mail addresses, verified and unverified.
    |p| {
        p.name("Grace", "", "Hopper")
            .email("ghopper@example.com", true)
            .email("grace.hopper@example.org", true)
            .email("amazing.grace@mail.example.net", false)
            .password(false)
            .external_id("grace_hopper")
    },
    // Only phone numbers, one of them unverified.
    |p| {
        p.name("Alan", "", "Adams")
            .phone("+14155550102", true)
            .phone("+13125550103", false)
    },
    // Pending: invited, but not yet accepted.
    |p| {
        p.pending()
            .name("Maya", "", "Baker")
            .email("maya.baker@example.com", false)
    },
    // Pending with a phone number.
    |p| p.pending().phone("+16175550104", false),
    // Only an ID. Even the metadata is null, and there are no roles, as for users created before
    // Stytch had roles.
    |p| p.roles(&[]).trusted(&json!(null)).untrusted(&json!(null)),
    // Locked for the default hour.
    |p| {
        p.name("Locked", "Out", "Larry")
            .email("larry@example.com", true)
            .password(false)
            .locked(10, 60)
    },
    // Locked for the maximum time, with a password that must be reset.
    |p| {
        p.name("Barred", "", "Betty")
            .email("betty@example.com", true)
            .password(true)
            .roles(&["stytch_user"])
            .locked(90, 7 * 24 * 60)
    },
    // Passkeys of every kind, and an incomplete registration.
    |p| {
        p.name("Katherine", "", "Johnson")
            .email("katherine@example.com", true)
            .passkey("platform", "Phone", true)
            .passkey("cross-platform", "Security key", true)
            .passkey("", "", false)
    },
    // Only crypto wallets.
    |p| {
        p.wallet("ethereum", true)
            .wallet("solana", true)
            .wallet("solana", false)
    },
    // Authenticator apps and biometrics, in both states.
    |p| {
        p.name("Edsger", "W.", "Dijkstra")
            .email("edsger@example.net", true)
            .totp(true)
            .totp(false)
            .biometric(true)
            .biometric(false)
    },
    // The first half of the OAuth providers.
    |p| {
        [
            "Amazon",
            "Apple",
            "Bitbucket",
            "Coinbase",
            "Discord",
            "Facebook",
            "Figma",
            "GitHub",
        ]
        .into_iter()
        .fold(p, |p, provider| p.oauth(provider, ""))
        .name("Olivia", "", "Authwell")
        .email("olivia@example.com", true)
    },
    // The second half.
    |p| {
        [
            "GitLab",
            "LinkedIn",
            "Microsoft",
            "Salesforce",
            "Slack",
            "Snapchat",
            "TikTok",
            "Twitch",
        ]
        .into_iter()
        .chain(["Twitter", "Yahoo"])
        .fold(p, |p, provider| p.oauth(provider, "pt-BR"))
        .name("José", "María", "Núñez")
        .email("jose@example.com", true)
    },
    // An imported user.
    |p| {
        p.name("Zoë", "", "Ångström")
            .email("zoe@example.org", true)
            .external_id("auth0|5f7c8ec7")
    },
    |p| {
        p.name("Анна", "Петровна", "Иванова")
            .email("anna@example.com", true)
    },
    |p| {
        p.name("Ελένη", "", "Παπαδοπούλου")
            .email("eleni@example.com", true)
    },
    |p| p.name("ليلى", "", "الحسن").email("layla@example.com", true),
    |p| p.name("נועה", "", "כהן").email("noa@example.com", true),
    |p| p.name("आरव", "", "शर्मा").email("aarav@example.com", true),
    |p| {
        p.name("สมชาย", "", "ใจดี")
            .email("somchai@example.com", true)
    },
    |p| p.name("小明", "", "王").email("xiaoming@example.com", true),
    |p| p.name("花子", "", "山田").email("hanako@example.com", true),
    |p| p.name("민준", "", "김").email("minjun@example.com", true),
    // An apostrophe, an emoji of several code points, and a spreadsheet formula.
    |p| {
        p.name("Siobhán", "👩🏽‍💻", "O'Neill")
            .email("o'neill+tag@example.com", true)
            .untrusted(&json!({"motto": "=1+1", "note": "línea 1\nlínea 2\t\"quoted\" \\ 🦊"}))
    },
    // The longest names and external ID.
    |p| {
        let ids = format!("tenant-7|crm.v2_{}", "x".repeat(112));
        p.name(
            &"Wolfeschlegelsteinhausen".repeat(5),
            "Bergerdorff",
            &"welche-".repeat(20),
        )
        .email("wolfe@example.com", true)
        .external_id(ids)
    },
    // Metadata of every JSON type, with numbers that floating point cannot represent.
    |p| {
        p.name("Meta", "", "Data")
            .email("meta@example.com", true)
            .trusted(&json!({
                "nested": {"list": [1, [2, {"three": null}]], "empty": {}, "none": []},
                "largest": u64::MAX, "smallest": i64::MIN, "odd": 9_007_199_254_740_993_i64,
                "fraction": 0.1, "tiny": 1.5e-9, "yes": true, "no": false, "ключ": "значение 🌍",
                "": "an empty key",
            }))
            .untrusted(&json!({}))
    },
];
