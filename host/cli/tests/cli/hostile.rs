//! Untrusted text of users and servers must not control a terminal.

use crate::{Served, at, json, json_error, stderr, succeeded};
use serde_json::json;
use std::fs;
use stytch_testkit::{Answer, ScriptedServer};

/// Characters that move the cursor, change colours, or turn text around.
fn steers(c: char) -> bool {
    (c.is_control() && c != '\n') || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[test]
fn a_table_escapes_control_characters() {
    let evil = "\u{1b}[2J\u{9b}31m\u{7}\r\n\t\u{202e}\u{2066}\u{7f}";
    let user = json!({
        "user_id": format!("u{evil}"), "external_id": "x", "status": evil,
        "name": {"first_name": evil, "middle_name": evil, "last_name": "Eve"},
        "emails": [{"email_id": evil, "email": evil, "verified": true}],
        "phone_numbers": [{"phone_id": evil, "phone_number": evil, "verified": false}],
        "providers": [{"provider_type": evil, "provider_subject": evil}],
        "webauthn_registrations": [{"webauthn_registration_id": evil, "domain": evil,
            "user_agent": evil, "authenticator_type": evil, "name": evil, "verified": true}],
        "totps": [{"totp_id": evil, "verified": true}],
        "biometric_registrations": [{"biometric_registration_id": evil}],
        "crypto_wallets": [{"crypto_wallet_id": evil, "crypto_wallet_address": evil,
            "crypto_wallet_type": evil}],
        "roles": [evil], "trusted_metadata": {evil: evil}, "untrusted_metadata": {"a": [evil]},
    });
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("users.json");
    fs::write(&file, json!([user]).to_string()).unwrap();
    let served = Served::start(&["--load", file.to_str().unwrap()]);
    for args in [&["retrieve-user", "x"][..], &["search-users"]] {
        let table = served.run(&[args, &["--output", "table"]].concat());
        let table = succeeded(&table);
        assert!(!table.contains(steers), "{table:?}");
        assert!(table.contains("\\u{1b}[2J\\u{9b}31m\\u{7}\\u{d}\\u{a}\\u{9}\\u{202e}"));
    }
    // Each user is one row: a name cannot start another.
    let table = served.run(&["search-users", "--output", "table"]);
    let rows = succeeded(&table)
        .lines()
        .filter(|line| line.contains("Eve"));
    assert_eq!(rows.count(), 1);
    // JSON keeps the text as it was sent, with JSON escapes.
    let user = json(&served.run(&["retrieve-user", "x"]));
    assert_eq!(user["name"]["first_name"], evil);
}

#[test]
fn control_characters_in_a_server_error_are_escaped() {
    let evil = "\u{1b}]0;owned\u{7}\u{9b}2J\u{202e}\r\nerror: all is well";
    let body =
        json!({"error_type": evil, "error_message": evil, "error_url": evil, "request_id": evil});
    let server = ScriptedServer::start(Answer::http("400 Bad Request", &[], body.to_string()));
    let output = at(&server.base_url(), &["check", "--output", "table"]);
    assert_eq!(output.status.code(), Some(4));
    let printed = stderr(&output);
    assert!(!printed.contains(steers), "{printed:?}");
    assert_eq!(printed.lines().count(), 4, "{printed}");
    let error = json_error(&at(&server.base_url(), &["check", "--output", "json"]), 4);
    assert_eq!(error["error_type"], evil);
}

#[test]
fn control_characters_in_a_cursor_are_escaped() {
    let page = json!({"results": [], "results_metadata": {"total": 1, "next_cursor": "\u{1b}[2J"}});
    let server = ScriptedServer::start(Answer::http("200 OK", &[], page.to_string()));
    let table = at(&server.base_url(), &["search-users", "--output", "table"]);
    assert!(succeeded(&table).contains("--cursor=$'\\033[2J'\n"));
}

#[test]
fn a_malformed_response_is_not_printed() {
    for body in [
        "{\"results\":[{\"user_id\":\"\u{1b}[2J",
        "\u{1b}[2J",
        "{\"\u{1b}[2J\":",
    ] {
        let server = ScriptedServer::start(Answer::http("200 OK", &[], body));
        let output = at(&server.base_url(), &["search-users", "--output", "table"]);
        assert_eq!(output.status.code(), Some(5));
        assert!(!stderr(&output).contains(steers), "{:?}", stderr(&output));
    }
}

#[test]
fn deep_and_wide_responses_do_not_crash() {
    let deep = "[".repeat(1_000_000);
    let nested = format!(r#"{{"user_id":"u","x":{deep}"#);
    let twice = r#"{"user_id":"u","user_id":"v","status":"a","status":null}"#.to_owned();
    let long = format!(r#"{{"user_id":"{}"}}"#, "u".repeat(1 << 20));
    let numbers = r#"{"user_id":"u","x":1e999999,"y":-0,"z":123456789012345678901234567890}"#;
    for body in [deep, nested, twice, long, numbers.to_owned()] {
        let server = ScriptedServer::start(Answer::http("200 OK", &[], &body));
        let output = at(&server.base_url(), &["retrieve-user", "u"]);
        let start = &body[..body.len().min(40)];
        assert!(
            matches!(output.status.code(), Some(0 | 5)),
            "{start}: {}",
            stderr(&output)
        );
        assert!(!stderr(&output).contains("panicked"), "{start}");
    }
}
