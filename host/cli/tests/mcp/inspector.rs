//! The MCP inspector in its command-line mode.

use crate::http::serve;
use crate::{cli, emulator, sources};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::LazyLock;
use stytch_emulator::Options;
use stytch_testkit::{Cli, run};

/// Its exit codes.
const OK: i32 = 0;
const TOOL_NOT_FOUND: i32 = 5;

/// The inspector, which has a home of its own.
struct Inspector {
    home: Cli,
}

/// Installs it into a folder that is kept between runs.
static FOLDER: LazyLock<PathBuf> = LazyLock::new(|| {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("mcp-inspector");
    fs::create_dir_all(&folder).unwrap();
    for file in ["package.json", "package-lock.json"] {
        fs::copy(sources().join("inspector").join(file), folder.join(file)).unwrap();
    }
    run(Command::new("npm")
        .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
        .current_dir(&folder));
    folder
});

impl Inspector {
    fn new() -> Self {
        Self { home: cli() }
    }

    /// Runs it with a server and a method.
    fn run(&self, server: &[&str], method: &[&str]) -> Output {
        let mut command = Command::new("node");
        command
            .args(["node_modules/.bin/mcp-inspector", "--cli"])
            .args(server)
            .args(["--format", "json", "--method"])
            .args(method)
            .current_dir(&*FOLDER)
            .env("HOME", self.home.home())
            .env("XDG_CACHE_HOME", env!("CARGO_TARGET_TMPDIR"));
        command.output().unwrap()
    }

    /// Makes every step with a server.
    fn every_step(&self, server: &[&str]) {
        for era in ["legacy", "modern"] {
            let server = [server, &["--protocol-era", era]].concat();
            let call = |tool: &str, arguments: &str| {
                let method = [
                    "tools/call",
                    "--tool-name",
                    tool,
                    "--tool-args-json",
                    arguments,
                ];
                self.run(&server, &method)
            };
            let tools = result(&self.run(&server, &["tools/list"]), OK);
            let tools = tools["tools"].as_array().unwrap().iter();
            let names: Vec<_> = tools.map(|tool| tool["name"].as_str().unwrap()).collect();
            let expected = [
                "retrieve_user",
                "search_users",
                "check_credential",
                "list_credentials",
            ];
            assert_eq!(names, expected);

            let user = call("retrieve_user", r#"{"user_id":"ada.lovelace"}"#);
            let user = &result(&user, OK)["structuredContent"];
            assert_eq!(user["name"]["first_name"], "Ada");

            let first = call("search_users", r#"{"limit":2,"fields":["user_id"]}"#);
            let first = &result(&first, OK)["structuredContent"];
            let next = first["results_metadata"]["next_cursor"].as_str().unwrap();
            let next = format!(r#"{{"limit":2,"fields":["user_id"],"cursor":"{next}"}}"#);
            let second = call("search_users", &next);
            let second = &result(&second, OK)["structuredContent"];
            assert_eq!(second["results"].as_array().unwrap().len(), 2);
            assert_ne!(first["results"], second["results"]);

            for (tool, arguments, code) in [
                ("retrieve_user", r#"{"user_id":"nobody"}"#, "not_found"),
                ("search_users", r#"{"limit":1000}"#, "invalid_input"),
            ] {
                let failed = call(tool, arguments);
                assert_ne!(failed.status.code(), Some(OK), "{failed:?}");
                let text = String::from_utf8(failed.stdout).unwrap();
                assert!(text.contains(code), "{text}");
            }
            let unknown = call("delete_user", "{}");
            assert_eq!(unknown.status.code(), Some(TOOL_NOT_FOUND), "{unknown:?}");
        }
    }
}

/// The result that it printed.
fn result(output: &Output, code: i32) -> Value {
    assert_eq!(output.status.code(), Some(code), "{output:?}");
    let printed: Value = serde_json::from_slice(&output.stdout).unwrap();
    printed["result"].clone()
}

#[test]
#[ignore = "needs node and its package registry"]
fn every_step_over_standard_input_and_output() {
    let server = [env!("CARGO_BIN_EXE_stytch-host"), "--emulator", "mcp"];
    Inspector::new().every_step(&server);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs node and its package registry"]
async fn every_step_over_http() {
    let emulator = emulator(Options::default()).await;
    let service = serve(&[("emulator", &emulator.base_url())]).await;
    let header = format!("Authorization: Bearer {}", service.token);
    let server = [
        "--server-url",
        &service.url,
        "--transport",
        "http",
        "--header",
        &header,
    ];
    tokio::task::block_in_place(|| Inspector::new().every_step(&server));
}

/// It finds no mistake in the schemas.
#[test]
#[ignore = "needs node and its package registry"]
fn the_schemas_are_portable() {
    let server = [env!("CARGO_BIN_EXE_stytch-host"), "--emulator", "mcp"];
    let output = Inspector::new().run(&server, &["tools/list", "--strict"]);
    assert_eq!(output.status.code(), Some(OK), "{output:?}");
    let notes = String::from_utf8(output.stderr).unwrap();
    assert!(!notes.contains("Error: tool"), "{notes}");
    // Arguments have one type; those that are not portable are the values of filters that
    // this version does not know.
    let paths: Vec<_> = notes
        .lines()
        .filter(|line| line.contains("Path: inputSchema"))
        .collect();
    assert!(paths.len() <= 1, "{paths:?}");
}
