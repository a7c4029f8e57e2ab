//! `--sealed` and hostile components, with the real binary.

use crate::{
    EMPTY_PAGE, HUSH, assert_no_secret_in, at, cli, emulated, json, json_error, stderr, stdout,
    succeeded,
};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use stytch_emulator::PROJECT_ID;
use stytch_testkit::{Answer, ScriptedServer, guest, unmasked};

#[test]
fn a_sealed_command_works_like_any_other() {
    let args = ["search-users", "--status", "active", "--output", "json"];
    let sealed = emulated(&[&["--sealed"], &args[..]].concat());
    assert_eq!(succeeded(&sealed), succeeded(&emulated(&args)));
}

#[test]
fn the_secret_is_sent_but_not_by_the_component() {
    let server = ScriptedServer::start(Answer::http("200 OK", &[], EMPTY_PAGE));
    let output = at(&server.base_url(), &["--sealed", "-vv", "search-users"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let pair = BASE64_STANDARD.encode(format!("{PROJECT_ID}:{HUSH}"));
    assert!(server.request().contains(&format!("Basic {pair}")));

    assert!(stderr(&output).contains(", attempt 1, sealed)"));

    // A dry run shows the request that would be sent.
    let args = ["--sealed", "--dry-run", "check", "--output", "json"];
    let dry = json(&at(&server.base_url(), &args));
    assert_eq!(dry["dry_run"]["headers"]["authorization"], "Basic <hidden>");
}

#[test]
fn a_component_cannot_see_or_send_a_sealed_secret() {
    let spy = guest("spy");
    let spy = spy.to_str().unwrap();
    let stytch = ScriptedServer::start(Answer::http("200 OK", &[], "{}"));
    let evil = ScriptedServer::start(Answer::http("200 OK", &[], "{}"));
    for server in [&stytch, &evil] {
        let to = format!("127.0.0.1:{}", server.port());
        // `at` checks that the secret is not printed.
        let args = ["--sealed", "--component", spy, "-vv", "retrieve-user", &to];
        let output = at(&stytch.base_url(), &args);
        assert_eq!(output.status.code(), Some(5), "{}", stderr(&output));
        let seen = unmasked(stderr(&output));
        // Long words are shortened; `tests/e2e/sealed.rs` checks everything that the spy sees.
        assert!(seen.contains("project-id"), "{seen}");
        assert_no_secret_in(&seen);
    }
    assert_eq!(evil.pending_requests(), 0);
}

#[test]
fn a_response_that_echoes_the_secret_is_rejected() {
    let body = format!(r#"{{"results":[],"echo":"{HUSH}"}}"#);
    let server = ScriptedServer::start(Answer::http("200 OK", &[], body));
    let args = ["--sealed", "-vv", "search-users", "--output", "table"];
    let output = at(&server.base_url(), &args);
    assert_eq!(output.status.code(), Some(3));
    assert!(stderr(&output).contains("the response contains the secret"));
}

#[test]
fn a_sealed_secret_is_not_sent_over_plain_http_to_another_machine() {
    let output = at(
        "http://10.1.2.3:1",
        &["--sealed", "check", "--output", "json"],
    );
    let error = json_error(&output, 2);
    assert_eq!(error["code"], "misconfigured");
    assert_eq!(error["attempts"], 0);
    assert!(error["message"].as_str().unwrap().contains("use https"));
}

#[test]
fn inspect_and_doctor_show_whether_the_component_can_read_the_secret() {
    for (args, expected) in [
        (
            &["inspect", "--output", "table"][..],
            "could read the secret",
        ),
        (
            &["--sealed", "inspect", "--output", "table"],
            "cannot read the secret",
        ),
        (&["inspect", "--output", "jsonl"], r#""reads_secret":true"#),
        (
            &["--sealed", "inspect", "--output", "jsonl"],
            r#""reads_secret":false"#,
        ),
    ] {
        let output = cli().run(args);
        assert!(stdout(&output).contains(expected), "{}", stdout(&output));
    }
    let output = emulated(&["--sealed", "doctor"]);
    assert!(stdout(&output).contains("it cannot read the secret"));
}

#[test]
fn a_component_that_means_harm_is_exit_1_and_says_why() {
    for (name, reason) in [
        ("memory", "more memory than allowed"),
        ("stack", "more stack than allowed"),
        ("handles", "more host resources than allowed"),
        ("headers", "larger headers than allowed"),
        ("result", "more data to the host than allowed"),
        ("trap", "unreachable"),
    ] {
        let path = guest(name);
        let args = ["--component", path.to_str().unwrap(), "retrieve-user", "u"];
        let args = [&args[..], &["--output", "json"]].concat();
        let error = json_error(&at("http://127.0.0.1:1", &args), 1);
        assert_eq!(error["code"], "plugin_failed");
        assert!(
            error["message"].as_str().unwrap().contains(reason),
            "{error}"
        );
    }
}

#[test]
fn an_endless_loop_ends_at_the_timeout() {
    let path = guest("loop");
    let path = path.to_str().unwrap();
    // Compile it first, so that only the call is timed.
    let nowhere = ["--base-url", "http://127.0.0.1:1"];
    cli().run(&[&nowhere[..], &["--component", path, "doctor"]].concat());
    let args = [
        "--timeout",
        "0.3",
        "--component",
        path,
        "retrieve-user",
        "u",
    ];
    let args = [&args[..], &["--output", "json"]].concat();
    let error = json_error(&at("http://127.0.0.1:1", &args), 3);
    assert_eq!(error["code"], "unreachable");
}
