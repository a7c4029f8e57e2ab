//! Where the credential comes from, and the errors for invalid ones.

use crate::{HUSH, assert_no_secret, cli, json_error, stderr, stdout};
use serde_json::json;
use stytch_emulator::PROJECT_ID;
use stytch_testkit::{Answer, ScriptedServer};

const LIVE: &str = "project-live-00000000-0000-4000-8000-000000000000";

#[test]
fn a_missing_or_invalid_credential_is_not_sent() {
    let test_url = "https://test.stytch.com";
    let live_url = "https://api.stytch.com";
    for (project_id, secret, base_url, code, expected) in [
        (
            "",
            "",
            "",
            "invalid_input",
            "STYTCH_PROJECT_ID and STYTCH_SECRET are not set",
        ),
        (PROJECT_ID, "", "", "invalid_input", "STYTCH_SECRET is not"),
        ("", HUSH, "", "invalid_input", "STYTCH_PROJECT_ID is not"),
        (
            LIVE,
            "secret",
            test_url,
            "misconfigured",
            "the project ID is a live one",
        ),
        (
            PROJECT_ID,
            HUSH,
            live_url,
            "misconfigured",
            "the project ID is not a live one",
        ),
        (
            PROJECT_ID,
            HUSH,
            "HTTPS://API.Stytch.com:443/",
            "misconfigured",
            "not a live one",
        ),
        (LIVE, HUSH, "", "misconfigured", "is a test one"),
        (
            PROJECT_ID,
            "secret-live-x",
            "",
            "misconfigured",
            "is a live one",
        ),
    ] {
        let variables = [
            ("STYTCH_PROJECT_ID", project_id),
            ("STYTCH_SECRET", secret),
            ("STYTCH_BASE_URL", base_url),
        ];
        for command in [&["check"][..], &["search-users"], &["retrieve-user", "x"]] {
            let args = [command, &["--output", "json"]].concat();
            let output = cli().run_with(&args, &variables, "");
            let error = json_error(&output, 2);
            assert_eq!(
                (&error["code"], &error["attempts"]),
                (&json!(code), &json!(0))
            );
            assert!(
                error["message"].as_str().unwrap().contains(expected),
                "{error}"
            );
            assert!(
                error["hint"].as_str().unwrap().contains("STYTCH_SECRET"),
                "{error}"
            );
            assert_eq!(stdout(&output), "");
            assert_no_secret(&output);

            let text = cli().run_with(command, &variables, "");
            assert_eq!(text.status.code(), Some(2));
            assert!(stderr(&text).contains(expected), "{}", stderr(&text));
            assert_no_secret(&text);
        }
    }
}

#[test]
fn the_error_without_a_credential_explains_how_to_set_one() {
    let output = cli().run(&["check"]);
    assert_eq!(output.status.code(), Some(2));
    insta::assert_snapshot!("no-credential", stderr(&output));
}

#[test]
fn empty_variables_count_as_unset() {
    let unset = cli().run(&["check"]);
    let variables = [("STYTCH_PROJECT_ID", ""), ("STYTCH_SECRET", "")];
    assert_eq!(cli().run_with(&["check"], &variables, ""), unset);
}

#[test]
fn a_variable_that_is_not_utf_8_is_named_but_not_quoted() {
    use std::os::unix::ffi::OsStrExt;
    let bytes = [HUSH.as_bytes(), b"\xff"].concat();
    let output = cli()
        .command(&["check"])
        .env("STYTCH_PROJECT_ID", PROJECT_ID)
        .env("STYTCH_SECRET", std::ffi::OsStr::from_bytes(&bytes))
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("STYTCH_SECRET is not UTF-8"));
    assert_no_secret(&output);
}

#[test]
fn the_emulator_does_not_use_the_callers_credential() {
    let server = ScriptedServer::start(Answer::http("200 OK", &[], "{}"));
    let variables = [
        ("STYTCH_PROJECT_ID", LIVE),
        ("STYTCH_SECRET", HUSH),
        ("STYTCH_BASE_URL", &server.base_url()),
    ];
    let args = ["--emulator", "check", "--output", "table"];
    let output = cli().run_with(&args, &variables, "");
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(stdout(&output).contains(PROJECT_ID));
    assert_eq!(server.pending_requests(), 0);
    assert_no_secret(&output);
}

#[test]
fn no_flag_accepts_a_secret() {
    for flag in ["--secret", "--project-id"] {
        let output = cli().run(&[flag, HUSH, "check"]);
        assert_eq!(output.status.code(), Some(2));
        assert_no_secret(&output);
    }
}
