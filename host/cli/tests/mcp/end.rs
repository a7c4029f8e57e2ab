//! How a server ends: with its client.

use crate::client::Client;
use crate::{cli, until_left, variables};
use serde_json::json;
use std::process::Stdio;
use std::time::{Duration, Instant};
use stytch_testkit::{Answer, ScriptedServer};

fn call() -> serde_json::Value {
    json!({"name": "retrieve_user", "arguments": {"user_id": "ada.lovelace"}})
}

#[test]
fn a_client_that_is_done_gets_its_responses_and_the_server_ends() {
    let mut client = Client::emulated(&[]);
    let id = client.begin("tools/call", call());
    client.close();
    let (status, messages) = client.wait();
    assert_eq!(status.code(), Some(0));
    assert_eq!(messages.len(), 1, "{messages:?}");
    assert_eq!(messages[0]["id"], id);
    assert_eq!(messages[0]["result"]["isError"], false);
}

#[test]
fn a_script_is_a_client() {
    let line = r#"printf '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"list_credentials"}}' | stytch-host --emulator -q mcp"#;
    let output = cli().shell(line);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains(r#""name":"emulator""#), "{text}");
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
}

/// It closes both streams, as a process that was killed does.
#[test]
fn the_server_of_a_client_that_dies_ends_with_its_request() {
    let stytch = ScriptedServer::start(Answer::Stall(Vec::new()));
    let cli = cli();
    let mut command = cli.command(&["-q", "mcp"]);
    let mut server = command
        .envs(variables(&stytch.base_url()))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let message = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": call()});
    let mut input = server.stdin.take().unwrap();
    std::io::Write::write_all(&mut input, format!("{message}\n").as_bytes()).unwrap();
    assert!(stytch.request().contains("ada.lovelace"));
    let start = Instant::now();
    drop((input, server.stdout.take()));
    until_left(&stytch);
    let status = server.wait().unwrap();
    // Those of a client that is only done would have five seconds.
    assert!(
        start.elapsed() < Duration::from_secs(4),
        "{:?}",
        start.elapsed()
    );
    assert_eq!(status.code(), Some(0));
}

#[cfg(unix)]
#[test]
fn a_signal_ends_the_server_and_its_calls_which_are_recorded() {
    let stytch = ScriptedServer::start(Answer::Stall(Vec::new()));
    let mut client = Client::start(&[], &[], &variables(&stytch.base_url()));
    client.initialize();
    client.structured("list_credentials", json!({}));
    client.begin("tools/call", call());
    stytch.request();
    client.terminate();
    let (status, _) = client.wait();
    assert_eq!(status.code(), Some(143));
    let codes: Vec<_> = client
        .audit()
        .iter()
        .map(|line| line["code"].clone())
        .collect();
    assert_eq!(codes, ["ok", "cancelled"]);
}

#[test]
fn what_is_wrong_with_the_setup_is_said_at_once() {
    let cli = cli();
    for (args, expected) in [
        (&["mcp"][..], "there is no credential"),
        (&["mcp", "--allow", "nobody"], "nobody"),
        (
            &["--emulator", "mcp", "--allow", "x"],
            "does not apply to --emulator",
        ),
        (
            &["--emulator", "mcp", "--hide", "email"],
            "did you mean emails?",
        ),
        (&["--emulator", "mcp", "--max-results", "1001"], "1000"),
        (
            &["--emulator", "mcp", "--audit-log", "/nowhere/x"],
            "/nowhere/x cannot be written",
        ),
        (&["--emulator", "mcp", "--fields", "user_id"], "--fields"),
    ] {
        let output = cli.run(args);
        let text = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{args:?} {text}");
        assert!(text.contains(expected), "{args:?} {text}");
        assert!(output.stdout.is_empty());
    }
}
