use super::*;
use serde_json::json;
use stytch_host::json::{FILTER_NAMES, search_request_from_json};

fn text(steps: &[Step], title: &str) -> String {
    let step = steps.iter().find(|step| step.title == title).unwrap();
    step.text.clone()
}

fn request(json: &str) -> SearchRequest {
    search_request_from_json(json).unwrap()
}

/// One of each filter, with a value that its type allows.
fn of_every_filter() -> SearchRequest {
    let operands = FILTER_NAMES.iter().map(|name| {
        for value in [json!("a"), json!(["a", "b"]), json!(true)] {
            let operand = json!({"filter_name": name, "filter_value": value});
            let json = json!({"query": {"operator": "OR", "operands": [operand]}});
            if search_request_from_json(&json.to_string()).is_ok() {
                return operand;
            }
        }
        json!({"filter_name": name, "filter_value": {"greater_than": "a", "less_than": "b"}})
    });
    let operands: Vec<_> = operands.collect();
    request(&json!({"query": {"operator": "OR", "operands": operands}}).to_string())
}

#[test]
fn stytchs_json_is_read_as_the_same_request() {
    let before = of_every_filter();
    let after = request(&super::json(&RequestJson::of(None, &before)));
    assert_eq!(format!("{after:?}"), format!("{before:?}"));
    assert_eq!(before.query.unwrap().operands.len(), 23);
    let json = r#"{"query":{"operator":"AND","operands":[{"filter_name":"newer","filter_value":12345678901234567890123}]},"limit":5,"cursor":"c"}"#;
    assert_eq!(super::json(&RequestJson::of(None, &request(json))), json);
}

#[test]
fn each_filter_has_a_flag() {
    let flags = flags(&of_every_filter());
    assert!(flags.starts_with(" --any --"), "{flags}");
    assert_eq!(flags.matches(" --").count(), 24, "{flags}");
    assert!(flags.contains(" --created-between=a,b"), "{flags}");
    assert!(flags.contains(" --password-exists=true"), "{flags}");
}

#[test]
fn a_filter_without_a_flag_is_passed_as_json() {
    for operands in [
        r#"[{"filter_name":"newer","filter_value":1}]"#,
        r#"[{"filter_name":"email_address","filter_value":["a,b"]}]"#,
    ] {
        let json = format!(r#"{{"query":{{"operator":"AND","operands":{operands}}},"limit":5}}"#);
        let flags = flags(&request(&json));
        assert!(flags.starts_with(" --query '{"), "{flags}");
        assert!(flags.ends_with("}' --limit=5"), "{flags}");
    }
}

#[test]
fn a_user_is_retrieved_with_every_tool() {
    let steps = retrieve("acme-test", None, "ada|1");
    for (title, expected) in [
        (
            "Command",
            "stytch-host --credential acme-test retrieve-user 'ada|1'",
        ),
        (
            "curl",
            "curl -H \"Authorization: Bearer $STYTCH_HOST_TOKEN\" \\\n  \
             \"$STYTCH_HOST_URL\"/v1/credentials/acme-test/users/ada%7C1",
        ),
        (
            "invoke",
            "stytch-host --credential acme-test invoke retrieve-user '{\"user_id\":\"ada|1\"}'",
        ),
        (
            "Obelisk",
            "obelisk execution submit --follow stytch:activities/users.retrieve-user \\\n  \
             '[\"ada|1\"]'",
        ),
        (
            "Restate",
            "curl localhost:8080/stytch/retrieve_user --json '{\"user_id\":\"ada|1\"}'",
        ),
    ] {
        assert_eq!(text(&steps, title), expected);
    }
    let temporal = text(&steps, "Temporal");
    assert!(
        temporal.contains("--task-queue stytch.acme-test "),
        "{temporal}"
    );
    assert!(
        temporal.contains("'{\"credential\":\"acme-test\",\"user_id\":\"ada|1\"}'"),
        "{temporal}"
    );
}

#[test]
fn a_search_is_made_with_every_tool() {
    let json = r#"{"query":{"operator":"AND","operands":[{"filter_name":"status","filter_value":"active"}]},"limit":10}"#;
    let steps = search("acme-test", None, &request(json));
    assert_eq!(
        text(&steps, "Command"),
        "stytch-host --credential acme-test search-users --status=active --limit=10"
    );
    assert!(text(&steps, "curl").contains(&format!("-d '{json}'")));
    assert!(text(&steps, "invoke").ends_with(&format!("'{json}'")));
    assert!(text(&steps, "Restate").ends_with(&format!("/search_users --json '{json}'")));
    let temporal = text(&steps, "Temporal");
    assert!(temporal.contains("stytch.acme-test.search "), "{temporal}");
    let obelisk = text(&steps, "Obelisk");
    let parameters = r#"'[{"query":{"operator":"and","operands":[{"status":"active"}]},"limit":10,"cursor":null}]'"#;
    assert!(obelisk.ends_with(parameters), "{obelisk}");
}

#[test]
fn credentials_that_are_not_stored_are_given_as_the_command_line_takes_them() {
    let emulator = retrieve("emulator", Some(Given::Emulator), "a");
    assert_eq!(
        text(&emulator, "Command"),
        "stytch-host --emulator retrieve-user a"
    );
    let variables = retrieve("env", Some(Given::Variables), "-a");
    assert_eq!(
        text(&variables, "Command"),
        "stytch-host retrieve-user -- -a"
    );
}

#[test]
fn hostile_text_stays_one_word_of_the_shell() {
    let id = "$(id)'`;\u{1b}";
    for step in retrieve("a", None, id) {
        assert!(!step.text.contains('\u{1b}'), "{}", step.text);
        assert!(!step.text.contains(" $(id)"), "{}", step.text);
    }
    assert_eq!(segment("../a b"), "..%2Fa%20b");
    assert_eq!(segment("search"), "%73earch");
    assert_eq!(segment("retrieve"), "%72etrieve");
}
