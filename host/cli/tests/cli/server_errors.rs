//! Error responses: from Stytch, about the credential, the user or the request, or from
//! something in between, such as a proxy.

use crate::{at, at_with_stdin, cli, json_error, json_errors, stderr, stdout};
use serde_json::{Value, json};
use stytch_emulator::SECRET;
use stytch_testkit::{Answer, ScriptedServer};

const HTML: &str = "<html><body>nginx</body></html>";

/// An error response from Stytch.
fn of_stytch(status: u16, name: &str) -> Answer {
    let body = json!({
        "status_code": status, "request_id": "request-id-test-1", "error_type": name,
        "error_message": "No.", "error_url": format!("https://stytch.com/docs/{name}"),
    });
    Answer::http(
        &format!("{status} No"),
        &["connection: close"],
        body.to_string(),
    )
}

/// The exit code and the error of a command that gets this response.
fn error_of(answer: Answer, args: &[&str]) -> (Option<i32>, Value) {
    let server = ScriptedServer::start(answer);
    let args = [&["--max-attempts", "1", "--output", "json"], args].concat();
    let output = at(&server.base_url(), &args);
    let exit = output.status.code();
    (exit, json_error(&output, exit.unwrap()))
}

/// Otherwise a wrong base URL would make users look deleted.
#[test]
fn only_a_stytch_error_means_that_a_user_is_unknown() {
    let named = |body: &str| body.replace('\'', "\"");
    let bodies = [
        HTML.to_owned(),
        String::new(),
        named("{'message':'no Route matched with those values'}"),
        named("{'status':404,'error':'Not Found','path':'/v1/users/a'}"),
        named("{'status_code':404,'error_type':'route_not_found'}"),
        named("{'status_code':404,'error_type':'project_not_found'}"),
        named("{'status_code':500,'error_type':'user_not_found'}"),
        named("{'status_code':404,'error_type':'user_not_found'"),
    ];
    for body in bodies {
        let answer = Answer::http("404 Not Found", &["connection: close"], &body);
        let server = ScriptedServer::start(answer.clone());
        let args = ["retrieve-user", "-", "--missing-ok", "--output", "json"];
        let output = at_with_stdin(&server.base_url(), &args, "a\nb\n");
        assert_eq!(output.status.code(), Some(4), "{body}");
        let errors = json_errors(&output);
        assert_eq!(errors.len(), 2, "{body}");
        for error in errors {
            assert_eq!(error["code"], "rejected", "{body}");
            let hint = error["hint"].as_str().unwrap();
            assert!(hint.contains("base URL"), "{hint}");
        }
        for command in ["search-users", "check"] {
            let (exit, error) = error_of(answer.clone(), &[command]);
            assert_eq!((exit, &error["code"]), (Some(4), &json!("rejected")));
            let hint = error["hint"].as_str().unwrap();
            assert!(!hint.contains("check the ID"), "{hint}");
        }
    }
    let (exit, error) = error_of(of_stytch(404, "user_not_found"), &["retrieve-user", "a"]);
    assert_eq!((exit, &error["code"]), (Some(6), &json!("not_found")));
    let (exit, error) = error_of(of_stytch(404, "user_not_found"), &["search-users"]);
    assert_eq!((exit, &error["code"]), (Some(4), &json!("rejected")));
}

#[test]
fn only_a_stytch_error_means_that_the_secret_is_wrong() {
    for status in ["401 Unauthorized", "403 Forbidden"] {
        for body in [
            HTML,
            "",
            r#"{"message":"Forbidden"}"#,
            r#"{"error":"denied"}"#,
        ] {
            let answer = Answer::http(status, &[], body);
            let (exit, error) = error_of(answer, &["check"]);
            assert_eq!((exit, &error["code"]), (Some(4), &json!("rejected")));
            let message = error["message"].as_str().unwrap();
            let words = "something other than Stytch's API responded (status 40";
            assert!(message.starts_with(words), "{message}");
            let hint = error["hint"].as_str().unwrap();
            assert!(hint.contains("proxy") && !hint.contains("SECRET"), "{hint}");
        }
    }
}

/// An empty hint means that there is none.
#[expect(clippy::too_many_lines, reason = "it is a table")]
#[test]
fn each_stytch_error_has_its_hint() {
    let credential = "check STYTCH_PROJECT_ID";
    for (status, name, exit, code, hint) in [
        (
            401,
            "unauthorized_credentials",
            4,
            "unauthorized",
            credential,
        ),
        (
            400,
            "invalid_project_id_authentication",
            4,
            "unauthorized",
            "copy it again",
        ),
        (
            400,
            "invalid_authorization_header",
            4,
            "unauthorized",
            "copy the project ID",
        ),
        (
            400,
            "invalid_secret_authentication",
            4,
            "unauthorized",
            "copy it again",
        ),
        (
            400,
            "wrong_stack_live",
            4,
            "unauthorized",
            "different environments",
        ),
        (
            400,
            "wrong_stack_test",
            4,
            "unauthorized",
            "different environments",
        ),
        (400, "invalid_consumer_endpoint", 4, "unauthorized", "B2B"),
        (
            403,
            "project_disabled",
            4,
            "unauthorized",
            "another secret does not help",
        ),
        (403, "use_https", 4, "rejected", "https://"),
        (403, "captcha_required", 4, "rejected", ""),
        (
            404,
            "project_not_found",
            4,
            "rejected",
            "check the project ID",
        ),
        (404, "route_not_found", 4, "rejected", "base URL"),
        (
            400,
            "user_search_invalid_cursor",
            4,
            "rejected",
            "without --cursor",
        ),
        (400, "bad_request", 4, "rejected", ""),
        (
            429,
            "too_many_requests",
            7,
            "rate_limited",
            "wait for the next window",
        ),
        (
            429,
            "user_lock_limit_reached",
            7,
            "rate_limited",
            "the user is locked",
        ),
        (429, "captcha_failed", 7, "rate_limited", ""),
        (
            500,
            "internal_server_error",
            5,
            "unavailable",
            "try again later",
        ),
        (501, "a_new_one", 5, "unavailable", "may not be transient"),
    ] {
        let (found, error) = error_of(of_stytch(status, name), &["check"]);
        assert_eq!(
            (found, &error["code"]),
            (Some(exit), &json!(code)),
            "{name}"
        );
        assert_eq!(error["error_type"], name);
        assert_eq!(
            error["error_url"],
            format!("https://stytch.com/docs/{name}")
        );
        let printed = error["hint"].as_str().unwrap_or_default();
        assert!(printed.contains(hint), "{name}: {printed}");
        assert_eq!(printed.is_empty(), hint.is_empty(), "{name}: {printed}");
    }
}

#[test]
fn errors_that_are_not_transient_are_not_retryable() {
    for status in ["501 Not Implemented", "505 No", "520 Unknown"] {
        for body in ["", HTML] {
            let (exit, error) = error_of(Answer::http(status, &[], body), &["check"]);
            assert_eq!((exit, &error["retryable"]), (Some(5), &json!(false)));
            let hint = error["hint"].as_str().unwrap();
            assert!(!hint.contains("later"), "{hint}");
        }
    }
    let (_, error) = error_of(of_stytch(429, "user_lock_limit_reached"), &["check"]);
    let message = error["message"].as_str().unwrap();
    assert!(!message.contains("too many requests"), "{message}");
}

#[test]
fn a_malformed_project_id_is_a_rejected_credential() {
    let served = crate::Served::start(&[]);
    let variables = [
        ("STYTCH_PROJECT_ID", "project-test-example"),
        ("STYTCH_SECRET", SECRET),
        ("STYTCH_BASE_URL", served.base_url()),
    ];
    let output = cli().run_with(&["check", "--output", "json"], &variables, "");
    let error = json_error(&output, 4);
    assert_eq!(error["code"], "unauthorized");
    assert_eq!(error["status_code"], 400);
    assert!(error["hint"].as_str().unwrap().contains("project ID"));
    let doctor = cli().run_with(&["doctor", "--output", "json"], &variables, "");
    assert!(
        stdout(&doctor).contains("copy it again"),
        "{}",
        stdout(&doctor)
    );
}

#[test]
fn oauth_errors_keep_their_message() {
    let body = r#"{"status_code":400,"request_id":"r","error":"invalid_request",
        "error_description":"No such parameter."}"#;
    let (_, error) = error_of(Answer::http("400 Bad Request", &[], body), &["check"]);
    assert_eq!(error["error_type"], "invalid_request");
    let message = error["message"].as_str().unwrap();
    assert!(message.ends_with(": No such parameter."), "{message}");
}

#[test]
fn error_details_are_printed() {
    let body = "{\"error_type\":\"bad_request\",\"error_details\":{\"n\":\n1.50}}";
    let answer = Answer::http("400 Bad Request", &[], body);
    let (_, error) = error_of(answer.clone(), &["check"]);
    assert_eq!(error["error_details"], json!({"n": 1.5}));
    let server = ScriptedServer::start(answer);
    let output = at(&server.base_url(), &["check", "--output", "table"]);
    let printed = stderr(&output);
    assert!(
        printed.contains("  error_details: {\"n\": 1.50}\n"),
        "{printed}"
    );
    let (_, error) = error_of(of_stytch(400, "bad_request"), &["check"]);
    assert!(error["error_details"].is_null());
}
