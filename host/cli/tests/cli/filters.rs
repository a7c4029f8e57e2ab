//! Every filter flag sends Stytch's filter.

use crate::{EMPTY_PAGE, at, succeeded};
use serde_json::{Value, json};
use stytch_testkit::{Answer, ScriptedServer};

/// The body that a search with these arguments sends.
fn sent(server: &ScriptedServer, args: &[&str]) -> Value {
    let output = at(&server.base_url(), &[&["search-users"], args].concat());
    succeeded(&output);
    let request = server.request();
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("POST /v1/users/search "), "{head}");
    serde_json::from_str(body).unwrap()
}

fn query(operator: &str, filters: &[(&str, Value)]) -> Value {
    let operands: Vec<_> = filters
        .iter()
        .map(|(name, value)| json!({"filter_name": name, "filter_value": value}))
        .collect();
    json!({"query": {"operator": operator, "operands": operands}})
}

#[test]
fn each_flag_sends_its_filter() {
    let server = ScriptedServer::start(Answer::http("200 OK", &[], EMPTY_PAGE));
    let (after, before) = ("2026-01-01T00:00:00Z", "2026-02-01T01:02:03.5+02:00");
    for (flag, argument, name, value) in [
        ("--status", "active", "status", json!("active")),
        ("--email", "a@x.org", "email_address", json!(["a@x.org"])),
        ("--email-fuzzy", "a,b", "email_address_fuzzy", json!("a,b")),
        ("--email-id", "e1,e2", "email_id", json!(["e1", "e2"])),
        ("--email-verified", "true", "email_verified", json!(true)),
        ("--phone", "+1,+2", "phone_number", json!(["+1", "+2"])),
        ("--phone-fuzzy", "+12", "phone_number_fuzzy", json!("+12")),
        ("--phone-id", "p", "phone_id", json!(["p"])),
        ("--phone-verified", "false", "phone_verified", json!(false)),
        ("--name-fuzzy", "Zoë 山", "full_name_fuzzy", json!("Zoë 山")),
        (
            "--created-after",
            after,
            "created_at_greater_than",
            json!(after),
        ),
        (
            "--created-before",
            before,
            "created_at_less_than",
            json!(before),
        ),
        (
            "--created-between",
            &format!("{after},{before}"),
            "created_at_between",
            json!({"greater_than": after, "less_than": before}),
        ),
        ("--user-id", "u|1,u.2", "user_id", json!(["u|1", "u.2"])),
        (
            "--oauth-provider",
            "Google,GitHub",
            "oauth_provider",
            json!(["Google", "GitHub"]),
        ),
        (
            "--webauthn-registration-id",
            "w",
            "webauthn_registration_id",
            json!(["w"]),
        ),
        (
            "--webauthn-registration-verified",
            "true",
            "webauthn_registration_verified",
            json!(true),
        ),
        ("--crypto-wallet-id", "c", "crypto_wallet_id", json!(["c"])),
        (
            "--crypto-wallet-address",
            "0xA,0xB",
            "crypto_wallet_address",
            json!(["0xA", "0xB"]),
        ),
        (
            "--crypto-wallet-verified",
            "false",
            "crypto_wallet_verified",
            json!(false),
        ),
        ("--totp-id", "t", "totp_id", json!(["t"])),
        ("--totp-verified", "true", "totp_verified", json!(true)),
        (
            "--password-exists",
            "false",
            "password_exists",
            json!(false),
        ),
    ] {
        let expected = query("AND", &[(name, value)]);
        assert_eq!(sent(&server, &[flag, argument]), expected, "{flag}");
        let joined = format!("{flag}={argument}");
        assert_eq!(sent(&server, &[&joined]), expected, "{joined}");
    }
}

#[test]
fn a_list_flag_can_be_repeated() {
    let server = ScriptedServer::start(Answer::http("200 OK", &[], EMPTY_PAGE));
    let args = ["--email", "a@x.org,b@x.org", "--email", "c@x.org"];
    let expected = query(
        "AND",
        &[("email_address", json!(["a@x.org", "b@x.org", "c@x.org"]))],
    );
    assert_eq!(sent(&server, &args), expected);
}

#[test]
fn filters_are_joined_by_and_or_by_or_with_any() {
    let server = ScriptedServer::start(Answer::http("200 OK", &[], EMPTY_PAGE));
    let filters = ["--name-fuzzy", "jane", "--status", "active"];
    let expected = [
        ("status", json!("active")),
        ("full_name_fuzzy", json!("jane")),
    ];
    assert_eq!(sent(&server, &filters), query("AND", &expected));
    let any = [&filters[..], &["--any"]].concat();
    assert_eq!(sent(&server, &any), query("OR", &expected));
}

#[test]
fn without_filters_no_query_is_sent() {
    let server = ScriptedServer::start(Answer::http("200 OK", &[], EMPTY_PAGE));
    for (args, expected) in [
        (&[][..], json!({})),
        (&["--limit", "7"], json!({"limit": 7})),
        (&["--limit", "1000"], json!({"limit": 1000})),
        (&["--cursor", "a=/+_-"], json!({"cursor": "a=/+_-"})),
        (&["--cursor", ""], json!({})),
    ] {
        assert_eq!(sent(&server, args), expected, "{args:?}");
    }
}
