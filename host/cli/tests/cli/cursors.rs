//! Printed cursors are quoted for the shell.

use crate::{HUSH, all_pages, at, cli, emulated, stderr, stdout};
use serde_json::json;
use stytch_emulator::PROJECT_ID;
use stytch_testkit::{Answer, ScriptedServer};

const CURSORS: [&str; 6] = [
    "-abc",
    "--limit",
    "x-3azHuyoCF7sqAkx_3azA==",
    "a b'c\"d\\e",
    "$(echo x)`echo y`;&|<>*?!#~",
    "é 日本語",
];

fn page(next_cursor: &str) -> Answer {
    let metadata = json!({"total": 5, "next_cursor": next_cursor});
    let body = json!({"results": [{"user_id": "u"}], "results_metadata": metadata});
    Answer::http("200 OK", &["connection: close"], body.to_string())
}

/// Pastes the text after `mark` into a shell; returns the cursor that is then sent.
fn pasted(text: &str, mark: &str) -> String {
    let (_, rest) = text.split_once(mark).unwrap_or_else(|| panic!("{text}"));
    let flag = rest.lines().next().unwrap();
    let flag = flag.split("; for all users").next().unwrap();
    let server = ScriptedServer::start(page(""));
    let line = format!(
        "STYTCH_PROJECT_ID={PROJECT_ID} STYTCH_SECRET={HUSH} STYTCH_BASE_URL={} stytch-host search-users {flag}",
        server.base_url()
    );
    let output = cli().shell(&line);
    assert_eq!(output.status.code(), Some(0), "{flag}: {}", stderr(&output));
    let request = server.request();
    let (_, body) = request.split_once("\r\n\r\n").unwrap();
    let body: serde_json::Value = serde_json::from_str(body).unwrap();
    body["cursor"].as_str().unwrap().to_owned()
}

#[test]
fn printed_cursors_can_be_pasted_into_a_shell() {
    for cursor in CURSORS {
        let run = |answers: Vec<Answer>, args: &[&str]| {
            let server = ScriptedServer::start_with(answers);
            at(&server.base_url(), &[&["search-users"], args].concat())
        };
        let table = run(vec![page(cursor)], &["--output", "table"]);
        assert_eq!(pasted(stdout(&table), "next page: "), cursor);
        let csv = run(vec![page(cursor)], &["--output", "csv"]);
        assert_eq!(pasted(stderr(&csv), "next page: "), cursor);
        let args = [
            "--max-users",
            "1",
            "--output",
            "table",
            "--require-complete",
        ];
        let some = run(vec![page(cursor)], &args);
        assert_eq!(some.status.code(), Some(8));
        assert_eq!(pasted(stderr(&some), "\nresume with "), cursor);
        assert_eq!(pasted(stderr(&some), "the rest, resume with "), cursor);
        let failure = Answer::http("400 Bad Request", &["connection: close"], "{}");
        let failed = run(vec![page(cursor), failure], &["--all", "--output", "table"]);
        assert_eq!(failed.status.code(), Some(4), "{}", stderr(&failed));
        assert_eq!(pasted(stderr(&failed), "; resume with "), cursor);
    }
}

#[test]
fn values_may_begin_with_a_hyphen() {
    for option in [
        "--cursor",
        "--user-id",
        "--email",
        "--email-fuzzy",
        "--email-id",
        "--phone",
        "--phone-fuzzy",
        "--phone-id",
        "--name-fuzzy",
        "--status",
        "--oauth-provider",
        "--webauthn-registration-id",
        "--crypto-wallet-id",
        "--crypto-wallet-address",
        "--totp-id",
    ] {
        let args = [
            "search-users",
            option,
            "-abc",
            "--dry-run",
            "--output",
            "json",
        ];
        let output = emulated(&args);
        assert_eq!(
            output.status.code(),
            Some(0),
            "{option}: {}",
            stderr(&output)
        );
        assert!(stdout(&output).contains("\"-abc\""), "{option}");
        let forgotten = emulated(&["search-users", option, "--limit", "3"]);
        assert_eq!(forgotten.status.code(), Some(2), "{option}");
        let printed = stderr(&forgotten);
        assert!(
            printed.contains("'--limit' behind it is a flag"),
            "{printed}"
        );
        assert!(printed.contains(&format!("{option}=--limit")), "{printed}");
    }
    let all = emulated(&["search-users", "--all", "--output", "jsonl", "--jq", "-1"]);
    assert_eq!(all_pages(&all).0, "-1\n".repeat(200));
    let folder = tempfile::tempdir().unwrap();
    let mut command = cli().command(&["--emulator", "check", "--output-file", "-x.json"]);
    assert!(
        command
            .current_dir(folder.path())
            .status()
            .unwrap()
            .success()
    );
    assert!(folder.path().join("-x.json").exists());
}
