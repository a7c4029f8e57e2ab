//! `--jq`: an expression on the JSON that would be printed.

use crate::{
    HUSH, Served, all_users, assert_refused, at, cli, emulated, stderr, stdout, succeeded,
};
use std::fs;
use stytch_testkit::{Answer, ScriptedServer};

fn ada(expression: &str) -> String {
    let output = emulated(&["retrieve-user", "ada.lovelace", "--jq", expression]);
    succeeded(&output).to_owned()
}

#[test]
fn each_result_is_a_line_and_strings_are_raw() {
    for (expression, expected) in [
        (".emails[].email", "ada@example.com\n"),
        (
            ".name|keys",
            "[\"first_name\",\"last_name\",\"middle_name\"]\n",
        ),
        (".roles[]", "stytch_user\nadmin\n"),
        (".is_locked, .lock_created_at", "false\nnull\n"),
        (".name.first_name|tojson", "\"Ada\"\n"),
        ("empty", ""),
        (r#".user_id|test("^user-test-")"#, "true\n"),
        ("[.phone_numbers[]|select(.verified)]|length", "1\n"),
        (r#""\(.name.first_name)\n\(.status)""#, "Ada\nactive\n"),
    ] {
        assert_eq!(ada(expression), expected, "{expression}");
    }
}

#[test]
fn the_input_is_the_document_that_would_be_printed() {
    for (args, expected) in [
        (
            &[
                "search-users",
                "--limit",
                "2",
                "--jq",
                "keys, (.results|length)",
            ][..],
            "[\"results\",\"results_metadata\"]\n2\n",
        ),
        (
            &[
                "search-users",
                "--email",
                "ada@example.com,zoe@example.org",
                "--output",
                "jsonl",
                "--jq",
                ".name.first_name | length",
            ],
            "3\n3\n",
        ),
        (
            &[
                "retrieve-user",
                "ada.lovelace",
                "grace_hopper",
                "--jq",
                "map(.external_id)",
            ],
            "[\"ada.lovelace\",\"grace_hopper\"]\n",
        ),
        (
            &[
                "search-users",
                "--email",
                "nobody@x.org",
                "--jq",
                ".results",
            ],
            "[]\n",
        ),
        (&["check", "--jq", ".environment"], "test\n"),
        (&["inspect", "--jq", ".size|type"], "number\n"),
        (
            &[
                "invoke",
                "retrieve-user",
                r#"{"user_id":"ada.lovelace"}"#,
                "--jq",
                ".status",
            ],
            "active\n",
        ),
    ] {
        assert_eq!(succeeded(&emulated(args)), expected, "{args:?}");
    }
}

#[test]
fn the_input_of_a_jsonl_search_is_one_user_at_a_time() {
    let all = ["search-users", "--all", "--jq", ".user_id", "--output"];
    let lines = emulated(&[&all[..], &["jsonl"]].concat());
    assert_eq!(all_users(&lines).lines().count(), 200);
    // A single document could not be streamed.
    assert_refused(&emulated(&[&all[..], &["json"]].concat()), "in memory");
}

#[test]
fn expressions_cannot_read_the_environment_files_or_streams() {
    let server = ScriptedServer::start(Answer::http("200 OK", &[], r#"{"user_id":"u"}"#));
    for expression in [
        "env",
        "$ENV",
        "$ENV.STYTCH_SECRET",
        "env.STYTCH_SECRET",
        "$__prog_args",
        "input",
        "[inputs]",
        "input_filename",
        "debug",
        "stderr",
        "halt",
        "halt_error",
        "get_search_list",
        r#"include "x"; ."#,
        r#"import "x" as x; ."#,
        r#"import "/etc/passwd" as $x; $x"#,
        r#"import "/etc/passwd" as $x; ."#,
        r#"include "x" {search:"/etc"}; ."#,
    ] {
        let args = ["retrieve-user", "u", "--output", "json", "--jq", expression];
        let output = at(&server.base_url(), &args);
        assert!(!stdout(&output).contains(HUSH));
        assert_refused(&output, "--jq: ");
    }
    assert_eq!(server.pending_requests(), 0);
}

#[test]
fn the_error_for_an_invalid_expression_shows_the_position() {
    for (expression, expected) in [
        ("", "expected term, at character 1: ⟨here⟩"),
        (".emails[0", "expected closing bracket, at character 10"),
        (
            ".a | foo(1) | .b",
            "no filter foo/1, at character 6: .a | ⟨here⟩foo(1) | .b",
        ),
        ("1 as $x | $y", "no variable $y, at character 11"),
        ("\"ü\" | )", "at character 7: \"ü\" | ⟨here⟩)"),
        ("\"a", "expected closing quote"),
        ("if . then 1", "expected"),
        (".\n| nope", "no filter nope"),
        ("break $x", "no label"),
        ("💣", "expected token"),
    ] {
        let args = ["search-users", "--output", "json", "--jq", expression];
        assert_refused(&emulated(&args), expected);
    }
}

#[test]
fn runtime_errors_do_not_reveal_user_data() {
    for expression in [
        ".user_id.x",
        ".emails + 1",
        ".emails | fromjson",
        ".emails[0].email | tonumber",
        "error(.emails[0].email)",
        "error(.)",
        ".name[.emails[0].email].x.y | error",
        ".emails[0].email | .[0] = 1",
    ] {
        let args = ["retrieve-user", "ada.lovelace", "--output", "json", "--jq"];
        let output = emulated(&[&args[..], &[expression]].concat());
        assert_refused(&output, "--jq failed: ");
        for personal in ["ada@example", "Lovelace", "cf5ee9a0"] {
            assert!(!stderr(&output).contains(personal), "{}", stderr(&output));
        }
    }
    // Text from the expression itself is kept.
    let args = ["retrieve-user", "ada.lovelace", "--output", "json", "--jq"];
    for (expression, expected) in [
        (r#"error("no plan")"#, "no plan"),
        (".user_id.plan", "cannot index a string with \"plan\""),
    ] {
        let output = emulated(&[&args[..], &[expression]].concat());
        assert_refused(&output, "--jq failed: ");
        let message = stderr(&output).replace('\\', "");
        assert!(message.contains(expected), "{message}");
    }
}

#[test]
fn numbers_keep_their_precision() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("users.json");
    let text =
        r#"{"user_id":"u","trusted_metadata":{"a":12345678901234567890123,"b":1.50,"c":-0.1e-7}}"#;
    fs::write(&file, text).unwrap();
    let served = Served::start(&["--load", file.to_str().unwrap()]);
    let output = served.run(&["retrieve-user", "u", "--jq", ".trusted_metadata[]"]);
    assert_eq!(
        succeeded(&output),
        "12345678901234567890123\n1.50\n-0.1e-7\n"
    );
}

#[test]
fn deeply_nested_json_does_not_crash() {
    let nested = |depth| {
        let x = format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        let body = format!(r#"{{"user_id":"u","x":{x}}}"#);
        ScriptedServer::start(Answer::http("200 OK", &[], body))
    };
    let server = nested(900);
    let output = at(&server.base_url(), &["retrieve-user", "u", "--jq", ".x"]);
    assert_eq!(succeeded(&output).trim_end().len(), 1800);
    let server = nested(50_000);
    for args in [
        &["--jq", ".user_id"][..],
        &["--fields", "user_id,.x.y"],
        &["--fields", ".x"],
    ] {
        let output = at(
            &server.base_url(),
            &[&["retrieve-user", "u"], args].concat(),
        );
        let code = output.status.code();
        assert!(
            matches!(code, Some(0 | 2 | 5)),
            "{code:?} {}",
            stderr(&output)
        );
    }
}

#[test]
fn formats_other_than_json_are_rejected() {
    for output in ["table", "csv"] {
        let args = ["search-users", "--output", output, "--jq", "."];
        let refused = emulated(&args);
        assert_eq!(refused.status.code(), Some(2));
        assert!(stderr(&refused).contains("--jq prints JSON"));
    }
    let both = emulated(&["search-users", "--fields", "user_id", "--jq", "."]);
    assert_eq!(both.status.code(), Some(2));
}

#[test]
fn closing_the_pipe_ends_an_endless_expression() {
    let line = "stytch-host --emulator retrieve-user ada.lovelace --jq 'repeat(1)' | head -n 2";
    let output = cli().shell(line);
    assert_eq!((stdout(&output), stderr(&output)), ("1\n1\n", ""));
}
