//! The calls that every host makes, and what must come of them.

use crate::answer::{as_stytch, without_nulls};
use crate::{Host, Variables};
use serde_json::{Value, json};
use std::net::TcpListener;
use stytch_emulator::{Emulator, Options, PROJECT_ID, SECRET};
use stytch_testkit::{Answer, Cli, ScriptedServer};

/// Makes every call in the host and in this project's own, each against a Stytch of its
/// own that begins the same, request IDs and cursors included.
pub(crate) async fn same_as_the_own_host(host: &impl Host) {
    answers(host).await;
    pages(host).await;
    errors(host).await;
    unanswered(host);
    redirected(host);
}

/// This project's own host.
struct Own(Cli);

impl Own {
    fn new() -> Self {
        let cli = Cli::new(env!("CARGO_BIN_EXE_stytch-host"));
        Self(cli.with_cache(env!("CARGO_TARGET_TMPDIR")))
    }

    fn call(&self, variables: &Variables, operation: &str, input: &Value) -> Value {
        let variables: Vec<_> = variables
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        let input = input.to_string();
        let args = ["--max-attempts", "1", "invoke", operation, &input];
        let output = self.0.run_with(&args, &variables, "");
        let json = if output.status.success() {
            &output.stdout
        } else {
            &output.stderr
        };
        without_nulls(&serde_json::from_slice(json).unwrap())
    }
}

fn variables(base_url: &str) -> [(&'static str, String); 3] {
    [
        ("STYTCH_PROJECT_ID", PROJECT_ID.to_owned()),
        ("STYTCH_SECRET", SECRET.to_owned()),
        ("STYTCH_BASE_URL", base_url.to_owned()),
    ]
}

async fn emulator(chaos: &str) -> Emulator {
    let options = Options::default().chaos(chaos.parse().unwrap());
    let address = ([127, 0, 0, 1], 0).into();
    Emulator::start(address, options).await.unwrap()
}

/// One call of both, against emulators with these faults: the own host's answer, and
/// the other's.
async fn both(host: &impl Host, chaos: &str, operation: &str, input: &Value) -> (Value, Value) {
    let (mine, other) = (emulator(chaos).await, emulator(chaos).await);
    let (mine, other) = (variables(&mine.base_url()), variables(&other.base_url()));
    tokio::task::block_in_place(|| {
        let expected = Own::new().call(&mine, operation, input);
        (expected, as_stytch(&host.call(&other, operation, input)))
    })
}

/// Two conditions, which more users meet than fit on one page.
fn filtered(limit: u32) -> Value {
    let operands = [
        json!({"filter_name": "status", "filter_value": "active"}),
        json!({"filter_name": "email_verified", "filter_value": true}),
    ];
    json!({"limit": limit, "query": {"operator": "AND", "operands": operands}})
}

async fn answers(host: &impl Host) {
    for (operation, input) in [
        ("retrieve-user", json!({"user_id": "ada.lovelace"})),
        // The emulator's cast: every attribute of a user, and every one absent.
        ("search-users", json!({"limit": 30})),
        (
            "search-users",
            json!({"query": {"operator": "OR", "operands": [
                {"filter_name": "full_name_fuzzy", "filter_value": "Ada"},
                {"filter_name": "oauth_provider", "filter_value": ["GitHub"]},
            ]}}),
        ),
    ] {
        let (expected, found) = both(host, "", operation, &input).await;
        assert!(expected.get("error").is_none(), "{expected}");
        assert_eq!(found, expected, "{operation} {input}");
    }

    let (mut expected, mut found) = both(host, "", "check", &json!({})).await;
    // Each had a server of its own.
    for report in [&mut expected, &mut found] {
        let base_url = report["base_url"].take();
        assert!(base_url.as_str().unwrap().starts_with("http://127.0.0.1:"));
    }
    assert_eq!(found, expected);
    assert_eq!(found["environment"], "test");
}

async fn pages(host: &impl Host) {
    let (mine, other) = (emulator("").await, emulator("").await);
    let (mine, other) = (variables(&mine.base_url()), variables(&other.base_url()));
    let mut input = filtered(3);
    let mut seen = Vec::new();
    for _ in 0..2 {
        let (expected, found) = tokio::task::block_in_place(|| {
            let expected = Own::new().call(&mine, "search-users", &input);
            (
                expected,
                as_stytch(&host.call(&other, "search-users", &input)),
            )
        });
        assert_eq!(found, expected);
        input["cursor"] = found["results_metadata"]["next_cursor"].clone();
        let users = found["results"].as_array().unwrap();
        seen.extend(users.iter().map(|user| user["user_id"].clone()));
    }
    assert_eq!(seen.len(), 6);
    assert!(
        !seen[..3].contains(&seen[3]),
        "the second page is the first"
    );
}

/// Errors that Stytch answers with, and those that the component finds by itself.
async fn errors(host: &impl Host) {
    let nobody = json!({"user_id": "nobody"});
    let no_path = json!({"user_id": "../sessions"});
    let no_status = json!({"query": {"operator": "AND", "operands": [
        {"filter_name": "status", "filter_value": "deleted"},
    ]}});
    for (code, chaos, operation, input) in [
        ("invalid_input", "", "retrieve-user", &no_path),
        ("unauthorized", "401", "search-users", &json!({})),
        ("not_found", "", "retrieve-user", &nobody),
        ("rejected", "", "search-users", &no_status),
        (
            "rate_limited",
            "429,retry-after=2s",
            "search-users",
            &json!({}),
        ),
        ("unavailable", "503", "retrieve-user", &nobody),
        // A gateway's HTML page.
        ("unavailable", "502", "check", &json!({})),
    ] {
        let (expected, found) = both(host, chaos, operation, input).await;
        same_error(&expected, &found, code);
    }

    let server = emulator("").await;
    let with = |name, value: &str| {
        let mut variables = variables(&server.base_url());
        let variable = variables.iter_mut().find(|(known, _)| *known == name);
        value.clone_into(&mut variable.unwrap().1);
        variables
    };
    for (code, variables) in [
        ("misconfigured", with("STYTCH_SECRET", "secret-live-1")),
        ("misconfigured", with("STYTCH_PROJECT_ID", "project-live-1")),
        ("unauthorized", with("STYTCH_SECRET", "secret-test-1")),
    ] {
        let (mut expected, mut found) = tokio::task::block_in_place(|| {
            let expected = Own::new().call(&variables, "check", &json!({}));
            (
                expected,
                as_stytch(&host.call(&variables, "check", &json!({}))),
            )
        });
        if code == "unauthorized" {
            // Both asked the same server, so these are two.
            let [mine, other] =
                [&mut expected, &mut found].map(|side| side["error"]["request_id"].take());
            assert_ne!(mine, other);
            assert!(other.as_str().unwrap().starts_with("request-id-test-"));
        }
        same_error(&expected, &found, code);
    }
}

/// Errors without an answer, or without one that can be understood.
fn unanswered(host: &impl Host) {
    // Nothing listens there any more.
    let closed = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let nonsense = ScriptedServer::start(Answer::http("200 OK", &[], r#"{"results":7}"#));
    for (code, base_url) in [
        ("unreachable", format!("http://{closed}")),
        ("malformed_response", nonsense.base_url()),
    ] {
        let variables = variables(&base_url);
        let (expected, found) = tokio::task::block_in_place(|| {
            let expected = Own::new().call(&variables, "check", &json!({}));
            (expected, host.call(&variables, "check", &json!({})))
        });
        if code == "unreachable" {
            assert_eq!(found["err"]["val"]["cause"], "connect");
        }
        same_error(&expected, &as_stytch(&found), code);
    }
}

/// Redirects to a server that would answer: it hears nothing, of the secret least of all.
fn redirected(host: &impl Host) {
    let page = r#"{"results":[],"results_metadata":{"total":0,"next_cursor":""}}"#;
    let elsewhere = ScriptedServer::start(Answer::http("200 OK", &[], page));
    let location = format!("location: {}/v1/users/search", elsewhere.base_url());
    for (status, operation, input) in [
        ("302 Found", "retrieve-user", json!({"user_id": "a"})),
        // These keep the method, and the body.
        ("307 Temporary Redirect", "check", json!({})),
        ("308 Permanent Redirect", "search-users", json!({})),
    ] {
        let redirect = ScriptedServer::start(Answer::http(status, &[location.as_str()], ""));
        let variables = variables(&redirect.base_url());
        let (expected, found) = tokio::task::block_in_place(|| {
            let expected = Own::new().call(&variables, operation, &input);
            (expected, host.call(&variables, operation, &input))
        });
        same_error(&expected, &as_stytch(&found), "malformed_response");
    }
    assert_eq!(elsewhere.pending_requests(), 0, "a redirect was followed");
}

/// The own host's error has more members, which only a host can know; and a message
/// that holds what the component said.
fn same_error(expected: &Value, found: &Value, code: &str) {
    let (expected, found) = (&expected["error"], &found["error"]);
    assert_eq!(found["code"], code, "{found}");
    for name in [
        "code",
        "status_code",
        "error_type",
        "request_id",
        "error_url",
        "error_details",
        "retry_after_ms",
    ] {
        // Searches that were refused without a time have one that the host infers.
        if name == "retry_after_ms" && found.get(name).is_none() {
            continue;
        }
        assert_eq!(
            found.get(name),
            expected.get(name),
            "{name}: {found} {expected}"
        );
    }
    let message = expected["message"].as_str().unwrap();
    for said in found["said"].as_array().unwrap() {
        assert!(
            message.contains(said.as_str().unwrap()),
            "{said}: {message}"
        );
    }
}
