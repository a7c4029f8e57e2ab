//! Secrets in the wrong place are never printed; and credentials as other programs pass
//! them on.

use crate::{HUSH, assert_refused, cli, json, stderr, stdout};
use std::process::Output;
use stytch_emulator::PROJECT_ID;
use stytch_testkit::{Answer, Cli, ScriptedServer};

const LIVE_SECRET: &str = "secret-live-hush4dGhpcyBpcyBub3QgYSBzZWNyZXQ=";
const LIVE_PROJECT: &str = "project-live-1";

fn assert_hidden(output: &Output) {
    for text in [stdout(output), stderr(output)] {
        assert!(!text.to_ascii_lowercase().contains("hush"), "{text}");
    }
}

fn with<'a>(project_id: &'a str, secret: &'a str) -> [(&'static str, &'a str); 2] {
    [("STYTCH_PROJECT_ID", project_id), ("STYTCH_SECRET", secret)]
}

/// The commands that need a credential.
const COMMANDS: [&[&str]; 5] = [
    &["check"],
    &["doctor"],
    &["inspect"],
    &["search-users", "--dry-run"],
    &["retrieve-user", "u", "-vv"],
];

#[test]
fn swapped_variables_are_detected() {
    for secret in ["secret-live-hush", LIVE_SECRET, HUSH] {
        for args in COMMANDS {
            for format in ["json", "table"] {
                let args = [args, &["--output", format]].concat();
                let output = cli().run_with(&args, &with(secret, LIVE_PROJECT), "");
                assert_eq!(output.status.code(), Some(2), "{args:?} {output:?}");
                assert_hidden(&output);
                let message = format!("{}{}", stdout(&output), stderr(&output));
                assert!(
                    message.contains("STYTCH_PROJECT_ID holds what looks like a secret, and STYTCH_SECRET a project ID")
                        && message.contains("swap them"),
                    "{args:?} {message}"
                );
            }
        }
    }
}

#[test]
fn a_secret_in_any_argument_is_not_printed() {
    let server = ScriptedServer::start(Answer::http("200 OK", &[], "{}"));
    let base_url = server.base_url();
    let ca = format!("{LIVE_SECRET}.pem");
    let url = "https://secret-live-hush.example.invalid";
    let with_user = format!("https://a:{LIVE_SECRET}@example.invalid");
    let query = format!("@{LIVE_SECRET}");
    let inner = format!("--limit={LIVE_SECRET}");
    for args in [
        &["--credential", LIVE_SECRET, "check"][..],
        &["--base-url", url, "check"],
        &["--base-url", url, "doctor"],
        &["--base-url", url, "inspect"],
        &["--base-url", url, "search-users", "--dry-run"],
        &["--base-url", &with_user, "doctor"],
        &["--base-url", &with_user, "check"],
        &["--ca-cert", &ca, "check"],
        &["--component", LIVE_SECRET, "check"],
        &["search-users", "--query", LIVE_SECRET],
        &["search-users", "--query", &query],
        &["search-users", &inner],
        &["search-users", "--status", LIVE_SECRET, "--dry-run"],
        &["search-users", "--created-after", LIVE_SECRET],
        &["search-users", "--cursor", LIVE_SECRET, "--dry-run"],
        &["retrieve-user", LIVE_SECRET],
        &["retrieve-user", LIVE_SECRET, "--dry-run"],
        &["retrieve-user", "u", LIVE_SECRET, "-vv"],
        &["invoke", LIVE_SECRET],
        &[
            "invoke",
            "retrieve-user",
            &format!(r#"{{"user_id":"{LIVE_SECRET}"}}"#),
        ],
        &["credential", "test", LIVE_SECRET],
        &["credential", "remove", LIVE_SECRET],
        &["--jq", LIVE_SECRET, "check"],
        &["--output-file", &format!("/nowhere/{LIVE_SECRET}"), "check"],
        &[LIVE_SECRET],
        &["--secret", LIVE_SECRET],
    ] {
        for format in ["json", "table"] {
            let args = [args, &["--output", format]].concat();
            let variables = [
                ("STYTCH_PROJECT_ID", PROJECT_ID),
                ("STYTCH_SECRET", "secret-test-1"),
                ("STYTCH_BASE_URL", &*base_url),
            ];
            let output = cli().run_with(&args, &variables, "");
            assert_hidden(&output);
            assert!(
                output.status.success() == args.contains(&"--dry-run")
                    || output.status.code() == Some(2),
                "{args:?} {output:?}"
            );
        }
    }
}

#[test]
fn a_secret_in_a_list_of_ids_is_not_sent() {
    let server = ScriptedServer::start(Answer::http("200 OK", &[], r#"{"user_id":"u"}"#));
    let variables = [
        ("STYTCH_PROJECT_ID", PROJECT_ID),
        ("STYTCH_SECRET", "secret-test-1"),
        ("STYTCH_BASE_URL", &*server.base_url()),
    ];
    let args = ["retrieve-user", "-", "--output", "json"];
    let output = cli().run_with(&args, &variables, &format!("{HUSH}\n"));
    assert_refused(&output, "a user ID looks like a secret");
    assert_hidden(&output);
    assert_eq!(server.pending_requests(), 0);
}

#[test]
fn credentials_are_trimmed() {
    let server = ScriptedServer::start(Answer::http("200 OK", &[], crate::EMPTY_PAGE));
    for (project_id, secret) in [
        (format!("{PROJECT_ID}\n"), format!("{HUSH}\n")),
        (format!(" {PROJECT_ID}\t"), format!("\r\n{HUSH} \r\n")),
        (format!("\u{feff}{PROJECT_ID}"), format!("\u{feff}{HUSH}")),
    ] {
        let variables = [
            ("STYTCH_PROJECT_ID", &*project_id),
            ("STYTCH_SECRET", &*secret),
            ("STYTCH_BASE_URL", &*server.base_url()),
        ];
        let output = cli().run_with(&["check", "--output", "json"], &variables, "");
        assert_eq!(json(&output)["environment"], "test");
        assert_hidden(&output);
    }
}

#[test]
fn errors_describe_other_invalid_characters() {
    let quoted = format!("\"{LIVE_SECRET}\"");
    let inner = format!("{LIVE_SECRET} {LIVE_SECRET}");
    let end = format!("{LIVE_SECRET}\u{200b}");
    let control = format!("\u{1}{LIVE_SECRET}");
    for (project_id, secret, expected) in [
        (
            "\"project-live-1\"",
            &*quoted,
            "STYTCH_PROJECT_ID has quotation marks around it",
        ),
        (
            "'project-live-1'",
            "x",
            "STYTCH_PROJECT_ID has quotation marks around it",
        ),
        (
            LIVE_PROJECT,
            &quoted,
            "STYTCH_SECRET has quotation marks around it",
        ),
        (LIVE_PROJECT, &inner, "STYTCH_SECRET has a space inside"),
        (
            LIVE_PROJECT,
            &end,
            "STYTCH_SECRET has a character that is not ASCII at its end",
        ),
        (
            LIVE_PROJECT,
            &control,
            "STYTCH_SECRET has a control character at its start",
        ),
        (
            "project-live-1\nx",
            "x",
            "STYTCH_PROJECT_ID has a line break inside",
        ),
        ("project:test", "x", "STYTCH_PROJECT_ID has a colon"),
        (
            "Project-Live-1",
            "x",
            "STYTCH_PROJECT_ID begins with project-live- in other letters",
        ),
    ] {
        for args in COMMANDS {
            let args = [args, &["--output", "json"]].concat();
            let output = cli().run_with(&args, &with(project_id, secret), "");
            assert_eq!(output.status.code(), Some(2), "{args:?} {output:?}");
            let message = format!("{}{}", stdout(&output), stderr(&output));
            assert!(message.contains(expected), "{args:?} {message}");
            assert_hidden(&output);
        }
    }
}

fn stored(cli: &Cli, from: &str, to: &str) {
    let args = [
        "credential",
        "add",
        "acme",
        "--project-id",
        PROJECT_ID,
        "--no-test",
        "--store",
        "file",
    ];
    assert_eq!(cli.run_with(&args, &[], HUSH).status.code(), Some(0));
    let path = cli.home().join(".config/stytch-host/credentials.json");
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.contains(from), "{from} is not in the file");
    std::fs::write(&path, text.replace(from, to)).unwrap();
}

#[test]
fn a_secret_in_the_wrong_place_of_the_file_is_not_printed() {
    for (from, to) in [
        ("\"acme\": {", "\"secret-live-hush\": {".to_owned()),
        (PROJECT_ID, LIVE_SECRET.to_owned()),
        (
            "\"store\":",
            "\"base_url\": \"https://secret-live-hush.example\", \"store\":".to_owned(),
        ),
        (HUSH, format!("{HUSH} ")),
        (HUSH, format!("'{HUSH}'")),
    ] {
        let cli = cli();
        stored(&cli, from, &to);
        for args in [&["credential", "list"][..], &["doctor"], &["check"]] {
            let output = cli.run(args);
            assert_hidden(&output);
            // The list does not read secrets.
            let expected = if from == HUSH && args[1..] == ["list"] {
                0
            } else {
                2
            };
            assert_eq!(output.status.code(), Some(expected), "{args:?} {output:?}");
        }
    }
}
