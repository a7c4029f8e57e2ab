//! The official Python SDK, over standard input and output and over HTTP, with the current
//! revision of the protocol and the one before.

use crate::http::serve;
use crate::{PATIENCE, cli, emulator, sources, until, until_left, variables};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::time::Instant;
use stytch_emulator::Options;
use stytch_testkit::{Answer, ScriptedServer, python, run};

const STEPS: &str = "list, call, error, bad argument, unknown tool, paging, progress, \
                     cancellation, two sessions";

/// Installed once, since these tests run at the same time.
fn interpreter() -> &'static Path {
    static INTERPRETER: OnceLock<PathBuf> = OnceLock::new();
    INTERPRETER.get_or_init(|| {
        let environment = Path::new(env!("CARGO_TARGET_TMPDIR")).join("mcp-python");
        python(&environment, &sources().join("python/requirements.txt"))
    })
}

/// A script of this folder.
fn script(python: &Path, name: &str) -> Command {
    let mut command = Command::new(python);
    command.arg(sources().join("python").join(name));
    command
}

/// Runs the script that makes every step, with both revisions.
fn every_step(command: impl Fn() -> Command, stytch: &ScriptedServer) {
    for (mode, revision) in [("auto", "2026-07-28"), ("legacy", "2025-11-25")] {
        let printed = run(command().env("MODE", mode));
        assert_eq!(printed.trim_end(), format!("{revision}: {STEPS}"));
        assert!(stytch.request().contains("/v1/users/stalled"));
        until_left(stytch);
        assert_eq!(stytch.pending_requests(), 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs python3 and its package registry"]
async fn every_step_over_standard_input_and_output() {
    let emulator = emulator(Options::default()).await;
    tokio::task::block_in_place(|| {
        let (python, cli) = (interpreter(), cli());
        let stytch = ScriptedServer::start(Answer::Stall(Vec::new()));
        let variables = |base_url: &str| {
            let variables = variables(base_url).map(|(name, value)| format!("{name}={value}"));
            variables.join("\n")
        };
        let command = || {
            let mut command = script(python, "steps.py");
            command
                .env("SERVER", env!("CARGO_BIN_EXE_stytch-host"))
                .env("VARIABLES", variables(&emulator.base_url()))
                .env("STALLED_VARIABLES", variables(&stytch.base_url()))
                .env("HOME", cli.home())
                .env("XDG_CACHE_HOME", env!("CARGO_TARGET_TMPDIR"));
            command
        };
        every_step(command, &stytch);
    });
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs python3 and its package registry"]
async fn every_step_over_http() {
    let emulator = emulator(Options::default()).await;
    let stytch = ScriptedServer::start(Answer::Stall(Vec::new()));
    let (here, stalled) = (emulator.base_url(), stytch.base_url());
    let service = serve(&[("env", &here), ("stalled", &stalled)]).await;
    tokio::task::block_in_place(|| {
        let python = interpreter();
        let command = || {
            let mut command = script(python, "steps.py");
            command
                .env("SERVER_URL", &service.url)
                .env("TOKEN", &service.token);
            command
        };
        every_step(command, &stytch);
    });
}

/// The client is killed in the middle of a call.
#[test]
#[ignore = "needs python3 and its package registry"]
fn the_server_of_a_client_that_dies_ends() {
    let (python, cli) = (interpreter(), cli());
    let stytch = ScriptedServer::start(Answer::Stall(Vec::new()));
    let audit = cli.home().join("audit.jsonl");
    let mut command = script(python, "die.py");
    command
        .env("SERVER", env!("CARGO_BIN_EXE_stytch-host"))
        .env("AUDIT_LOG", &audit)
        .env("HOME", cli.home())
        .env("XDG_CACHE_HOME", env!("CARGO_TARGET_TMPDIR"))
        .envs(variables(&stytch.base_url()))
        .stdin(Stdio::null())
        .stdout(Stdio::piped());
    let mut client = command.spawn().unwrap();
    assert!(stytch.request().contains("/v1/users/stalled"));
    client.kill().unwrap();
    let start = Instant::now();
    client.wait().unwrap();
    until_left(&stytch);
    until("the call is recorded", || {
        std::fs::read_to_string(&audit).is_ok_and(|text| text.contains(r#""code":"cancelled""#))
    });
    assert!(start.elapsed() < PATIENCE);
}
