use super::*;
use crate::failure::tests::failure;
use crate::pages::parts::{environment, tree};
use crate::tree::Tree;
use stytch_host::Environment;
use stytch_host::types::{Email, Name, OauthProvider, RetrievedUser, User};

/// A user with an ID and nothing else.
pub(crate) fn user(user_id: &str) -> User {
    User {
        user_id: user_id.to_owned(),
        emails: None,
        status: None,
        phone_numbers: None,
        webauthn_registrations: None,
        providers: None,
        totps: None,
        crypto_wallets: None,
        biometric_registrations: None,
        is_locked: None,
        roles: None,
        name: None,
        created_at: None,
        password: None,
        trusted_metadata: None,
        untrusted_metadata: None,
        external_id: None,
        lock_created_at: None,
        lock_expires_at: None,
        extra: None,
    }
}

/// What must not be in a page as it is, wherever a user's text stands.
const HOSTILE: &str = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>";

fn hostile() -> User {
    let text = || Some(HOSTILE.to_owned());
    let json = serde_json::json!({HOSTILE: [HOSTILE, {HOSTILE: 1}]}).to_string();
    User {
        status: text(),
        emails: Some(vec![Email {
            email_id: text(),
            email: text(),
            verified: Some(true),
            extra: None,
        }]),
        providers: Some(vec![OauthProvider {
            provider_type: text(),
            provider_subject: text(),
            profile_picture_url: Some(format!("https://tracker.example/{HOSTILE}")),
            locale: text(),
            oauth_user_registration_id: text(),
            extra: None,
        }]),
        roles: Some(vec![HOSTILE.to_owned()]),
        name: Some(Name {
            first_name: text(),
            middle_name: text(),
            last_name: text(),
            extra: None,
        }),
        created_at: text(),
        is_locked: Some(true),
        lock_expires_at: text(),
        external_id: text(),
        trusted_metadata: Some(json.clone()),
        untrusted_metadata: Some(HOSTILE.to_owned()),
        extra: Some(json),
        ..user(HOSTILE)
    }
}

fn check(html: &str) {
    assert!(html.contains("&lt;script&gt;"), "{html}");
    for absent in ["<script", "<img", "\"'>", HOSTILE] {
        assert!(!html.contains(absent), "{absent} in {html}");
    }
}

#[test]
fn text_of_users_is_escaped_in_a_card_and_in_a_table() {
    let retrieved = RetrievedUser {
        request_id: Some(HOSTILE.to_owned()),
        user: hostile(),
    };
    check(&card::card(&retrieved, None).into_string());
    check(&results::table(HOSTILE, &[hostile()]).into_string());
}

#[test]
fn text_of_failures_is_escaped_and_addresses_are_links_of_stytch_alone() {
    let mut failed = failure("rejected", Some(HOSTILE));
    failed.detail = HOSTILE.to_owned();
    failed.report.request_id = Some(HOSTILE.to_owned());
    failed.report.error_url = Some("javascript:alert(1)".to_owned());
    let html = parts::failure(&failed).into_string();
    check(&html);
    assert!(!html.contains("javascript:"), "{html}");
}

#[test]
fn an_address_that_somebody_linked_to_is_escaped() {
    let html = restart("/console/search?status=\"><b>&a=b").into_string();
    assert!(
        html.contains("?status=&quot;&gt;&lt;b&gt;&amp;a=b\""),
        "{html}"
    );
}

#[test]
fn a_card_shows_what_is_known_and_nothing_else() {
    let retrieved = RetrievedUser {
        request_id: None,
        user: user("user-test-1"),
    };
    let html = card::card(&retrieved, Some(Environment::Test)).into_string();
    for text in [
        "User without a name",
        "user-test-1",
        "<h3>Contact</h3><p class=\"none\">None</p>",
    ] {
        assert!(html.contains(text), "{text} in {html}");
    }
    for absent in ["Locked", "Trusted metadata", "Created"] {
        assert!(!html.contains(absent), "{absent} in {html}");
    }
}

#[test]
fn test_and_live_differ_in_text_and_shape() {
    let (test, live) = (
        environment(Some(Environment::Test)).into_string(),
        environment(Some(Environment::Live)).into_string(),
    );
    assert!(
        test.contains(">Test<") && live.contains(">Live<"),
        "{test} {live}"
    );
    let style = include_str!("../../assets/console.css");
    let rule = |name: &str| {
        let (_, rest) = style.split_once(&format!("{name} {{")).unwrap();
        rest.split_once('}').unwrap().0.to_owned()
    };
    assert!(rule(".env.test").contains("border-radius: 1rem"));
    assert!(rule(".env.live").contains("border-radius: 2px"));
    assert!(rule(".env.live").contains("background: var(--live)"));
}

#[test]
fn a_tree_keeps_the_order_and_the_numbers_of_metadata() {
    let json = r#"{"z":1.50,"a":{"b":[]},"n":null}"#;
    let html = tree(&Tree::parse(json).unwrap()).into_string();
    let places =
        ["z", "1.50", "a", "b", "[]", "n", "null"].map(|text| html.find(&format!(">{text}<")));
    assert!(places.iter().all(Option::is_some), "{html}");
    assert!(places.is_sorted(), "{html}");
}

#[test]
fn assets_load_nothing_from_elsewhere() {
    for text in [
        include_str!("../../assets/console.css"),
        include_str!("../../assets/console.js"),
    ] {
        for absent in [
            "url(",
            "@import",
            "http://",
            "https://",
            "eval(",
            "innerHTML",
        ] {
            assert!(!text.contains(absent), "{absent}");
        }
    }
}
