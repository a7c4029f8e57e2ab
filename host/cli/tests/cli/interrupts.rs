//! Ctrl-C ends every command.

use crate::{HUSH, cli};
use std::io::{self, Read, Write};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;
use stytch_emulator::PROJECT_ID;
use stytch_testkit::{Answer, ScriptedServer};

/// Interrupts a process; how it ended, if it did so in good time.
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

/// 130, of its own or as a shell tells the death by this signal.
fn is_interrupted(status: ExitStatus) -> bool {
    status.code() == Some(130) || status.signal() == Some(2)
}

#[test]
fn a_call_that_waits_for_an_answer_is_ended() {
    let server = ScriptedServer::start(Answer::Stall(vec![]));
    let child = cli()
        .command(&["--base-url", &server.base_url(), "check"])
        .env("STYTCH_PROJECT_ID", PROJECT_ID)
        .env("STYTCH_SECRET", HUSH)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    // By now it waits.
    server.request();
    assert_eq!(interrupt(child).and_then(|status| status.code()), Some(130));
}

#[test]
fn a_command_that_reads_standard_input_is_ended() {
    // The order in which the signal and the command are first polled is drawn
    // by lot, so that once proves little.
    for _ in 0..6 {
        let mut child = cli()
            .command(&["--emulator", "search-users", "--query", "-"])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        // More than a pipe holds: once this is written, it is being read.
        stdin.write_all(&vec![b' '; 1 << 18]).unwrap();
        let status = interrupt(child);
        drop(stdin);
        assert!(status.is_some_and(is_interrupted), "{status:?}");
    }
}

#[test]
fn an_endless_expression_is_ended() {
    let mut child = cli()
        .command(&["--emulator", "check", "--jq", "def f: f; range(100000), f"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    // Once there is output, it is being evaluated.
    let mut stdout = child.stdout.take().unwrap();
    stdout.read_exact(&mut [0]).unwrap();
    let reader = thread::spawn(move || io::copy(&mut stdout, &mut io::sink()));
    let status = interrupt(child);
    assert!(status.is_some_and(is_interrupted), "{status:?}");
    // Nothing that it started holds the output open.
    reader.join().unwrap().unwrap();
}

#[test]
fn nothing_is_said_about_an_interrupt() {
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
    let mut said = String::new();
    stdout.read_to_string(&mut said).unwrap();
    stderr.read_to_string(&mut said).unwrap();
    assert_eq!(said, "");
}
