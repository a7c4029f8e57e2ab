//! Ctrl-C interrupts every command.

use crate::{HUSH, cli};
use std::io::{self, Read, Write};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;
use stytch_emulator::PROJECT_ID;
use stytch_testkit::{Answer, ScriptedServer};

/// Interrupts a process; returns its exit status, or `None` if it does not end promptly.
fn interrupt(mut child: Child) -> Option<ExitStatus> {
    let id = child.id().to_string();
    let signal = |name: &str| Command::new("kill").args([name, &id]).status().unwrap();
    assert!(signal("-INT").success());
    let (sender, ended) = channel();
    let waiting = thread::spawn(move || {
        let _ = sender.send(child.wait().unwrap());
    });
    let status = ended.recv_timeout(Duration::from_secs(5)).ok();
    if status.is_none() {
        signal("-KILL");
    }
    waiting.join().unwrap();
    status
}

/// Either exit code 130, or killed by SIGINT, which shells report as 130.
fn is_interrupted(status: ExitStatus) -> bool {
    status.code() == Some(130) || status.signal() == Some(2)
}

#[test]
fn a_call_waiting_for_a_response_is_interrupted() {
    let server = ScriptedServer::start(Answer::Stall(vec![]));
    let child = cli()
        .command(&["--base-url", &server.base_url(), "check"])
        .env("STYTCH_PROJECT_ID", PROJECT_ID)
        .env("STYTCH_SECRET", HUSH)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    // By now it is waiting for the response.
    server.request();
    assert_eq!(interrupt(child).and_then(|status| status.code()), Some(130));
}

#[test]
fn a_command_reading_standard_input_is_interrupted() {
    // The order of events varies, so this is repeated.
    for _ in 0..6 {
        let mut child = cli()
            .command(&["--emulator", "search-users", "--query", "-"])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        // Larger than the buffer of a pipe: once this is written, it is being read.
        stdin.write_all(&vec![b' '; 1 << 18]).unwrap();
        let status = interrupt(child);
        drop(stdin);
        assert!(status.is_some_and(is_interrupted), "{status:?}");
    }
}

#[test]
fn an_endless_expression_is_interrupted() {
    let mut child = cli()
        .command(&["--emulator", "check", "--jq", "def f: f; range(100000), f"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    // The first output shows that it is being evaluated.
    let mut stdout = child.stdout.take().unwrap();
    stdout.read_exact(&mut [0]).unwrap();
    let reader = thread::spawn(move || io::copy(&mut stdout, &mut io::sink()));
    let status = interrupt(child);
    assert!(status.is_some_and(is_interrupted), "{status:?}");
    // The output is closed, so its child process has ended too.
    reader.join().unwrap().unwrap();
}

#[test]
fn an_interrupt_prints_no_message() {
    let server = ScriptedServer::start(Answer::Stall(vec![]));
    let mut child = cli()
        .command(&["--base-url", &server.base_url(), "search-users"])
        .env("STYTCH_PROJECT_ID", PROJECT_ID)
        .env("STYTCH_SECRET", HUSH)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let (mut stdout, mut stderr) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
    server.request();
    assert!(interrupt(child).is_some_and(is_interrupted));
    let mut printed = String::new();
    stdout.read_to_string(&mut printed).unwrap();
    stderr.read_to_string(&mut printed).unwrap();
    assert_eq!(printed, "");
}
