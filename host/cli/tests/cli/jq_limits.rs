//! Resource limits: an expression, or data of a user, that needs too much stack, memory
//! or time ends with an error.

use crate::{all_users, assert_refused, at, emulated, stdout};
use std::time::{Duration, Instant};
use stytch_testkit::{Answer, ScriptedServer};

/// Generous, because test machines are shared.
const LONGEST: Duration = Duration::from_mins(1);

#[test]
fn deeply_nested_json_is_not_parsed() {
    for (member, expected) in [
        ("[".repeat(30_000), "nested deeper than 1000 levels"),
        (
            "[".repeat(30_000) + &"]".repeat(30_000),
            "nested deeper than 1000 levels",
        ),
        ("{\"a\":".repeat(30_000), "nested deeper than 1000 levels"),
        // Brackets in what jaq would parse as comments or bytes, which are not JSON.
        (format!("# \"\n{}", "[".repeat(30_000)), "not JSON"),
        (format!("b\"\\\"{}", "[".repeat(30_000)), "not JSON"),
    ] {
        let body = serde_json::json!({"user_id": "u", "x": member}).to_string();
        let server = ScriptedServer::start(Answer::http("200 OK", &[], body));
        let args = [
            "retrieve-user",
            "u",
            "--output",
            "json",
            "--jq",
            ".x|fromjson",
        ];
        assert_refused(&at(&server.base_url(), &args), expected);
    }
}

#[test]
fn stack_memory_and_time_are_bounded() {
    let parentheses = "(".repeat(60_000) + "." + &")".repeat(60_000);
    for (expression, expected) in [
        ("def f: 1 + f; f", "recurses too deeply"),
        ("reduce range(1000000) as $i (0; [.])", "nested too deeply"),
        (
            "reduce range(1000000) as $i (0; {a: .}) | tojson",
            "nested too deeply",
        ),
        (parentheses.as_str(), "recurses too deeply"),
        ("def f: f; f", "longer than 1 s"),
        ("last(range(1e12))", "longer than 1 s"),
        (
            r#""a" * 4000000000 | length"#,
            "more than 1024 MiB of memory",
        ),
        (
            r#"def f: . + . | f; "abcdefgh" | f"#,
            "more than 1024 MiB of memory",
        ),
        // Whichever limit is reached first.
        ("[range(1e12)]", "--jq failed: the expression t"),
        ("[limit(1e9; repeat(1))]", "--jq failed: the expression t"),
    ] {
        let start = Instant::now();
        let is_loop = expected.ends_with("1 s") || expected.ends_with("the expression t");
        let timeout = if is_loop { "1" } else { "30" };
        let args = [
            "--timeout",
            timeout,
            "check",
            "--output",
            "json",
            "--jq",
            expression,
        ];
        assert_refused(&emulated(&args), expected);
        assert!(start.elapsed() < LONGEST, "{expression}");
    }
}

#[test]
fn expressions_within_the_limits_work() {
    for (expression, expected) in [
        (
            "def f: if . == 0 then 0 else 1 + (. - 1 | f) end; 2000 | f",
            "2000\n",
        ),
        ("[limit(300000; repeat(1))] | length", "300000\n"),
        (
            "[range(900)] | reduce .[] as $i (0; [.]) | tojson | fromjson | [..] | length",
            "901\n",
        ),
    ] {
        let output = emulated(&["check", "--output", "json", "--jq", expression]);
        assert_eq!((stdout(&output), output.status.code()), (expected, Some(0)));
    }
}

/// Users are evaluated in batches.
#[test]
fn every_user_is_evaluated_once_and_in_order() {
    let all = ["search-users", "--all", "--output", "jsonl"];
    let plain = emulated(&all);
    let ids = |lines: &str| -> Vec<String> {
        let id =
            |line| serde_json::from_str::<serde_json::Value>(line).unwrap()["user_id"].to_string();
        lines.lines().map(id).collect()
    };
    let evaluated = emulated(&[&all[..], &["--jq", "., empty"]].concat());
    assert_eq!(ids(all_users(&evaluated)), ids(all_users(&plain)));
    // The users before a failure are printed.
    let failing =
        r#"if .external_id == "grace_hopper" then error("no") else .user_id | tojson end"#;
    let output = emulated(&[&all[..], &["--jq", failing]].concat());
    let before: Vec<_> = all_users(&plain)
        .lines()
        .take_while(|line| !line.contains("\"grace_hopper\""))
        .collect();
    assert!(!before.is_empty());
    assert_eq!(
        stdout(&output).lines().collect::<Vec<_>>(),
        ids(&before.join("\n"))
    );
    assert_eq!(output.status.code(), Some(2));
}
