//! `schema`: the machine-readable description of the operations.

use crate::{HUSH, Served, at, cli, emulated, json, stderr, succeeded};
use boon::{Compiler, Schemas};
use serde_json::Value;
use std::process::Output;
use stytch_host::COMPONENT;
use stytch_testkit::{Answer, ScriptedServer};

const OPERATIONS: [&str; 3] = ["retrieve-user", "search-users", "check"];

/// The schema of an operation.
fn described(operation: &str) -> Value {
    json(&cli().run(&["schema", operation]))
}

fn assert_fits(schema: &Value, value: &Value) {
    let mut compiler = Compiler::new();
    compiler
        .add_resource("schema.json", schema.clone())
        .unwrap();
    let mut schemas = Schemas::new();
    let index = compiler.compile("schema.json", &mut schemas).unwrap();
    if let Err(error) = schemas.validate(value, index) {
        panic!("{error:#}\n{value}");
    }
}

#[test]
fn the_schema_is_one_document_or_one_per_operation() {
    let all = json(&cli().run(&["schema"]));
    assert_eq!(all["contract"], "stytch:users@0.1.0");
    assert_eq!(
        all["operations"].as_object().unwrap().len(),
        OPERATIONS.len()
    );
    for operation in OPERATIONS {
        let mut one = described(operation);
        for member in ["contract", "credential"] {
            assert_eq!(
                one.as_object_mut().unwrap().remove(member).unwrap(),
                all[member]
            );
        }
        assert_eq!(one, all["operations"][operation]);
    }
    let line = cli().run(&["schema", "--output", "jsonl"]);
    assert_eq!(succeeded(&line).lines().count(), 1);
    assert_eq!(json(&line), all);
}

/// Generated forms show members in the order of the contract.
#[test]
fn members_are_in_the_order_of_the_contract() {
    let output = cli().run(&[
        "schema",
        "retrieve-user",
        "--jq",
        ".output.properties | keys_unsorted",
    ]);
    let names: Vec<String> = serde_json::from_value(json(&output)).unwrap();
    assert_eq!(names[..4], ["request_id", "user_id", "emails", "status"]);
    assert_eq!(names[19], "lock_expires_at");
}

#[test]
fn the_samples_work_with_invoke() {
    for operation in OPERATIONS {
        let described = described(operation);
        for sample in described["samples"].as_array().unwrap() {
            assert_fits(&described["input"], &sample["input"]);
            let input = sample["input"].to_string();
            let output = emulated(&["invoke", operation, &input]);
            if sample["error"].is_null() {
                assert_fits(&described["output"], &json(&output));
                continue;
            }
            let mut error: Value = serde_json::from_str(stderr(&output)).unwrap();
            let mut expected = sample["error"].clone();
            assert_fits(&described["error"], &error);
            for error in [&mut error, &mut expected] {
                assert!(error["error"]["request_id"].take().is_string());
            }
            assert_eq!(error, expected);
        }
    }
}

#[test]
fn errors_of_every_class_fit_the_schema() {
    let schema = &described("retrieve-user")["error"];
    let input = r#"{"user_id":"u"}"#;
    let fits = |output: &Output, code: &str| {
        let error: Value = serde_json::from_str(stderr(output)).unwrap();
        assert_eq!(error["error"]["code"], code);
        assert_fits(schema, &error);
    };
    let answered = |head: &str, body: &str| {
        let server = ScriptedServer::start(Answer::http(head, &["connection: close"], body));
        let args = ["--max-attempts", "1", "invoke", "retrieve-user", input];
        at(&server.base_url(), &args)
    };
    fits(&answered("400 Bad Request", "{}"), "rejected");
    fits(&answered("429 Too Many Requests", "{}"), "rate_limited");
    fits(
        &answered("503 Service Unavailable", "<html>"),
        "unavailable",
    );
    fits(&answered("200 OK", "{"), "malformed_response");
    fits(
        &Served::start(&[]).run_with_wrong_secret(&["invoke", "check"]),
        "unauthorized",
    );
    fits(
        &emulated(&["invoke", "retrieve-user", "{}"]),
        "invalid_input",
    );
    fits(
        &emulated(&["invoke", "retrieve-user", r#"{"user_id":"/"}"#]),
        "invalid_input",
    );
    fits(&emulated(&["invoke", "retrieve-user", input]), "not_found");
    let closed = ["--max-attempts", "1", "invoke", "check"];
    fits(&at("http://127.0.0.1:9", &closed), "unreachable");
    let live = [
        ("STYTCH_PROJECT_ID", "project-live-1"),
        ("STYTCH_SECRET", HUSH),
    ];
    let misconfigured = cli().run_with(&["invoke", "check"], &live, "");
    fits(&misconfigured, "misconfigured");
    let no_file = [
        "--component",
        "missing.wasm",
        "--emulator",
        "invoke",
        "check",
    ];
    fits(&cli().run(&no_file), "misconfigured");
}

#[test]
fn the_schema_is_that_of_the_selected_component() {
    let cli = cli();
    std::fs::write(cli.home().join("ours.wasm"), COMPONENT).unwrap();
    std::fs::write(cli.home().join("empty.wasm"), b"\0asm\x0d\0\x01\0").unwrap();
    let ours = cli.run(&["--component", "ours.wasm", "schema"]);
    assert_eq!(succeeded(&ours), succeeded(&cli.run(&["schema"])));
    let empty = cli.run(&["--component", "empty.wasm", "schema"]);
    assert_eq!(empty.status.code(), Some(1));
    assert!(
        stderr(&empty).contains("stytch:users/types@0.1.0"),
        "{}",
        stderr(&empty)
    );
    let table = cli.run(&["schema", "--output", "table"]);
    assert_eq!(table.status.code(), Some(2));
}
