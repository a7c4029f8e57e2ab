//! The configurations of clients.

use crate::cli;
use serde_json::{Value, json};

const CLIENTS: [&str; 7] = [
    "claude-desktop",
    "claude-code",
    "codex",
    "cursor",
    "gemini-cli",
    "vscode",
    "zed",
];

fn printed(args: &[&str]) -> (String, String) {
    let output = cli().run(args);
    let [text, note] = [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap());
    assert_eq!(output.status.code(), Some(0), "{args:?} {note}");
    (text, note)
}

#[test]
fn each_client_has_its_form_and_place() {
    let program = env!("CARGO_BIN_EXE_stytch-host");
    for client in CLIENTS {
        let (text, note) = printed(&["--emulator", "mcp", "--print-config", client]);
        let text = text.replace(program, "/usr/local/bin/stytch-host");
        insta::assert_snapshot!(format!("config-{client}"), format!("{text}\n{note}"));
    }
    let default = printed(&["--emulator", "mcp", "--print-config"]);
    assert_eq!(
        default,
        printed(&["--emulator", "mcp", "--print-config", "claude-desktop"])
    );
}

#[test]
fn the_flags_are_those_that_were_given() {
    let cli = cli();
    let output = cli.run(&[
        "--emulator",
        "--timeout",
        "5",
        "--ca-cert",
        "ca.pem",
        "mcp",
        "--hide",
        "phone_numbers,emails.email",
        "--max-results",
        "25",
        "--text",
        "full",
        "--audit-log",
        "audit.jsonl",
        "--print-config",
    ]);
    let config: Value = serde_json::from_slice(&output.stdout).unwrap();
    let folder = std::fs::canonicalize(cli.home()).unwrap();
    let file = |name: &str| folder.join(name).display().to_string();
    assert_eq!(
        config["mcpServers"]["stytch"]["args"],
        json!([
            "--ca-cert",
            file("ca.pem"),
            "--timeout",
            "5",
            "--emulator",
            "mcp",
            "--hide",
            "phone_numbers,emails.email",
            "--max-results",
            "25",
            "--text",
            "full",
            "--audit-log",
            file("audit.jsonl"),
        ])
    );
}

#[test]
fn a_configuration_names_the_credential_and_contains_no_secret() {
    let cli = cli();
    let secret = "secret-test-1";
    let add = [
        "credential",
        "add",
        "acme",
        "--project-id",
        "project-test-1",
        "--no-test",
    ];
    let added = cli.run_with(&add, &[], &format!("{secret}\n"));
    assert!(added.status.success(), "{added:?}");
    let output = cli.run(&["mcp", "--print-config"]);
    let text = String::from_utf8(output.stdout).unwrap();
    let config: Value = serde_json::from_str(&text).unwrap();
    let args = &config["mcpServers"]["stytch"]["args"];
    assert_eq!(args, &json!(["--credential", "acme", "mcp"]));
    // Variables are not passed on, so they are of no use.
    let variables = [
        ("STYTCH_PROJECT_ID", "project-test-1"),
        ("STYTCH_SECRET", secret),
    ];
    let output = cli.run_with(&["mcp", "--print-config"], &variables, "");
    let [text, note] = [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap());
    assert!(
        !text.contains(secret) && !text.contains("project-test-1"),
        "{text}"
    );
    assert!(note.contains("credential add NAME"), "{note}");
}
