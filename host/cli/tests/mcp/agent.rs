//! What an agent does: looks at the tools, calls them, and reads what went wrong.

use crate::client::{Client, error};
use crate::{credential, emulator, until, until_left, variables};
use boon::{Compiler, Draft, Schemas};
use serde_json::{Value, json};
use stytch_emulator::Options;
use stytch_testkit::{Answer, ScriptedServer};

/// The schema of a tool's output, or of its input.
struct Schema(Schemas, boon::SchemaIndex);

impl Schema {
    fn of(schema: &Value) -> Self {
        let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
        compiler.set_default_draft(Draft::V2020_12);
        compiler.add_resource("tool.json", schema.clone()).unwrap();
        let index = compiler.compile("tool.json", &mut schemas).unwrap();
        Self(schemas, index)
    }

    fn check(&self, value: &Value) {
        let valid = self.0.validate(value, self.1);
        assert!(valid.is_ok(), "{valid:?} {value}");
    }
}

fn tools(client: &mut Client) -> Vec<Value> {
    let response = client.request("tools/list", json!({}));
    response["result"]["tools"].as_array().unwrap().clone()
}

fn tool(tools: &[Value], name: &str) -> Value {
    let tool = tools.iter().find(|tool| tool["name"] == name);
    tool.unwrap().clone()
}

#[test]
fn answers_fit_the_schemas_of_the_tools() {
    let hide = "phone_numbers,emails.email_id,trusted_metadata";
    for args in [&[][..], &["--hide", hide], &["--text", "full"]] {
        let mut client = Client::emulated(args);
        let tools = tools(&mut client);
        for (name, arguments) in [
            ("list_credentials", json!({})),
            ("check_credential", json!({"credential": "emulator"})),
            ("retrieve_user", json!({"user_id": "ada.lovelace"})),
            (
                "retrieve_user",
                json!({"user_id": "ada.lovelace", "fields": ["emails.email", ".user_id.x", ".new"]}),
            ),
            ("search_users", json!({})),
            ("search_users", json!({"limit": 100})),
            (
                "search_users",
                json!({"limit": 3, "fields": ["user_id", "name.first_name"]}),
            ),
            ("search_users", json!({"count_all": true})),
        ] {
            let tool = tool(&tools, name);
            Schema::of(&tool["inputSchema"]).check(&arguments);
            let answer = client.structured(name, arguments);
            Schema::of(&tool["outputSchema"]).check(&answer);
            if args.contains(&hide) {
                let text = answer.to_string();
                for hidden in ["phone_number", "email_id", "trusted_metadata\":{"] {
                    let count = text
                        .replace("untrusted_metadata", "")
                        .matches(hidden)
                        .count();
                    assert_eq!(count, 0, "{name} {hidden} {text}");
                }
            }
        }
    }
}

#[test]
fn a_search_is_small_and_has_pages() {
    let mut client = Client::emulated(&["--max-results", "30"]);
    let first = client.structured("search_users", json!({}));
    assert_eq!(first["results"].as_array().unwrap().len(), 10);
    assert_eq!(first["results_metadata"]["total"], 200);
    let mut users = Vec::new();
    let mut cursor = json!(null);
    loop {
        let arguments = json!({"limit": 30, "cursor": cursor, "fields": ["user_id"]});
        let page = client.structured("search_users", arguments);
        users.extend(page["results"].as_array().unwrap().clone());
        cursor = page["results_metadata"]["next_cursor"].clone();
        if cursor.is_null() {
            break;
        }
    }
    assert_eq!(users.len(), 200);
    users.sort_by_key(Value::to_string);
    users.dedup();
    assert_eq!(users.len(), 200);
    let error = client.error("search_users", json!({"limit": 31}));
    assert_eq!(error["code"], "invalid_input");
    assert!(
        error["message"]
            .as_str()
            .unwrap()
            .contains("allows 30 at once"),
        "{error}"
    );
}

#[test]
fn errors_are_results_that_say_what_to_do() {
    let mut client = Client::emulated(&[]);
    for (tool, arguments, code, message, hint) in [
        (
            "retrieve_user",
            json!({"user_id": "nobody"}),
            "not_found",
            "not found",
            "search_users",
        ),
        (
            "retrieve_user",
            json!({}),
            "invalid_input",
            "missing field `user_id`",
            "Correct",
        ),
        (
            "retrieve_user",
            json!({"user_id": "../sessions"}),
            "invalid_input",
            "user-id",
            "Correct",
        ),
        (
            "search_users",
            json!({"limt": 1}),
            "invalid_input",
            "did you mean limit?",
            "Correct",
        ),
        (
            "search_users",
            json!({"limit": 0}),
            "invalid_input",
            "limit",
            "Correct",
        ),
        (
            "search_users",
            json!({"cursor": "x"}),
            "rejected",
            "cursor",
            "the query that it came from",
        ),
        (
            "check_credential",
            json!({"credential": "other"}),
            "unknown_credential",
            "there are emulator",
            "list_credentials",
        ),
    ] {
        let result = client.call(tool, arguments.clone());
        assert_eq!(result["isError"], true, "{result}");
        let error = error(&result);
        assert_eq!(error["code"], code, "{arguments} {error}");
        for (member, expected) in [("message", message), ("hint", hint)] {
            let text = error[member].as_str().unwrap();
            assert!(text.contains(expected), "{arguments} {error}");
        }
        let text = result["content"][0]["text"].as_str().unwrap();
        assert!(text.starts_with(&format!("{code}: ")), "{text}");
        assert!(text.contains(hint), "{text}");
    }
}

#[test]
fn counting_reports_progress() {
    let mut client = Client::emulated(&[]);
    let id = client.begin(
        "tools/call",
        json!({
            "name": "search_users",
            "arguments": {"count_all": true},
            "_meta": {"progressToken": "t"},
        }),
    );
    let progress = client.message();
    assert_eq!(progress["method"], "notifications/progress");
    let params = &progress["params"];
    assert_eq!(params["progressToken"], "t");
    assert_eq!(
        (&params["progress"], &params["total"]),
        (&json!(200.0), &json!(200.0))
    );
    let counted = client.response(id);
    let answer = &counted["result"]["structuredContent"];
    assert_eq!(answer["results"], json!([]));
    let receipt = &answer["receipt"];
    assert_eq!(
        (&receipt["unique_users"], &receipt["complete"]),
        (&json!(200), &json!(true))
    );
}

#[test]
fn a_cancelled_call_ends_its_request_and_gets_no_response() {
    let stytch = ScriptedServer::start(Answer::Stall(Vec::new()));
    let mut client = Client::start(&[], &[], &variables(&stytch.base_url()));
    client.initialize();
    let call = json!({"name": "retrieve_user", "arguments": {"user_id": "ada.lovelace"}});
    let id = client.begin("tools/call", call);
    assert!(stytch.request().contains("/v1/users/ada.lovelace"));
    client.send(&json!({
        "jsonrpc": "2.0",
        "method": "notifications/cancelled",
        "params": {"requestId": id, "reason": "test"},
    }));
    until_left(&stytch);
    assert!(client.is_silent());
    assert_eq!(client.request("ping", json!({}))["result"], json!({}));
    until("it is recorded", || !client.audit().is_empty());
    let line = &client.audit()[0];
    assert_eq!(line["code"], "cancelled", "{line}");
    assert_eq!(line["credential"], "env");
}

#[test]
fn calls_are_made_at_the_same_time() {
    let stytch = ScriptedServer::start(Answer::Stall(Vec::new()));
    let mut client = Client::start(&[], &[], &variables(&stytch.base_url()));
    client.initialize();
    for _ in 0..3 {
        client.begin("tools/call", json!({"name": "check_credential"}));
    }
    for _ in 0..3 {
        stytch.request();
    }
    assert_eq!(stytch.open_connections(), 3);
    // Neither do they delay what needs no call.
    let listed = client.structured("list_credentials", json!({}));
    assert_eq!(
        listed["credentials"],
        json!([{"name": "env", "environment": "test", "usable": true}])
    );
}

#[test]
fn each_call_is_a_line_without_personal_data() {
    let mut client = Client::emulated(&[]);
    client.structured("retrieve_user", json!({"user_id": "ada.lovelace"}));
    let query = json!({"operator": "AND", "operands": [
        {"filter_name": "email_address", "filter_value": ["ada@example.com"]}]});
    let found = client.structured("search_users", json!({ "query": query }));
    assert_eq!(found["results"].as_array().unwrap().len(), 1);
    client.error("retrieve_user", json!({"user_id": "nobody.knows"}));
    client.error(
        "retrieve_user",
        json!({"credential": "ada@example.com", "user_id": "x"}),
    );
    client.structured("list_credentials", json!({}));
    client.close();
    client.wait();
    let lines = client.audit();
    let expected = [
        ("retrieve_user", json!("emulator"), "ok", true),
        ("search_users", json!("emulator"), "ok", true),
        ("retrieve_user", json!("emulator"), "not_found", true),
        ("retrieve_user", json!(null), "unknown_credential", false),
        ("list_credentials", json!(null), "ok", false),
    ];
    assert_eq!(lines.len(), expected.len(), "{lines:?}");
    for (line, (tool, credential, code, has_request)) in lines.iter().zip(expected) {
        assert_eq!(
            (&line["tool"], &line["code"]),
            (&json!(tool), &json!(code)),
            "{line}"
        );
        assert_eq!(line["credential"], credential, "{line}");
        assert_eq!(line["request_id"].is_string(), has_request, "{line}");
        assert!(
            line["time"].is_string() && line["duration_ms"].is_f64(),
            "{line}"
        );
        for personal in ["ada", "lovelace", "nobody", "example.com", "secret-"] {
            assert!(!line.to_string().contains(personal), "{line}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_uses_only_credentials_that_it_may_use() {
    let emulator = emulator(Options::default()).await;
    let credential = credential(&emulator.base_url());
    let cli = crate::cli();
    for name in ["one", "two", "three"] {
        let args = [
            "--base-url",
            &emulator.base_url(),
            "credential",
            "add",
            name,
            "--project-id",
            credential.project_id(),
        ];
        let added = tokio::task::block_in_place(|| {
            cli.run_with(&args, &[], &format!("{}\n", stytch_emulator::SECRET))
        });
        assert!(added.status.success(), "{added:?}");
    }
    let home = cli.home().to_str().unwrap().to_owned();
    let variables = [("HOME", home)];
    for (global, args, expected) in [
        // The first one that was stored is the default.
        (&[][..], &[][..], &["one"][..]),
        (&["--credential", "two"], &[], &["two"]),
        (
            &[],
            &["--allow", "three", "--allow", "two"],
            &["three", "two"],
        ),
        (
            &["--credential", "one"],
            &["--allow", "two", "--allow", "one"],
            &["one", "two"],
        ),
    ] {
        tokio::task::block_in_place(|| {
            let mut client = Client::start(global, args, &variables);
            client.initialize();
            let listed = client.structured("list_credentials", json!({}));
            let listed = listed["credentials"].as_array().unwrap();
            let names: Vec<_> = listed.iter().map(|listed| &listed["name"]).collect();
            assert_eq!(names, expected, "{global:?} {args:?}");
            let tool = tool(&tools(&mut client), "retrieve_user");
            let credential = &tool["inputSchema"]["properties"]["credential"]["enum"];
            assert_eq!(credential, &json!(expected));
            let error = client.error("check_credential", json!({"credential": "four"}));
            assert_eq!(error["code"], "unknown_credential");
            let checked = client.call("check_credential", json!({}));
            assert_eq!(checked["isError"], expected.len() > 1, "{checked}");
            let first = json!({"credential": expected[0]});
            client.structured("check_credential", first);
        });
    }
}
