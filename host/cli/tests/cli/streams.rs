//! Standard streams that are closed, open the wrong way round, or slow.

use crate::{cli, json, json_error, stderr, stdout, succeeded};
use std::io::Read;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::process::{Output, Stdio};
use std::thread;
use std::time::Duration;

/// A line of the shell with a command of this program against an emulator.
fn shell(line: &str) -> Output {
    cli().shell(&format!("stytch-host --emulator {line}"))
}

#[test]
fn nothing_is_lost_without_a_word_where_standard_output_is_closed() {
    for command in [
        "search-users --all",
        "search-users --limit 1 --output csv",
        "retrieve-user ada.lovelace",
        "check",
        "check --dry-run",
        "invoke check",
        "schema",
        "inspect",
        "doctor",
        "export -",
        "export exported.wasm",
        "man",
        "completions zsh",
        "emulator --listen 127.0.0.1:0",
        "search-users --help",
        "help",
        "--version",
    ] {
        for (redirection, reason) in [
            (">&-", "it is closed"),
            ("1< /dev/null", "it is open for reading only"),
        ] {
            let output = shell(&format!("{command} {redirection}"));
            let said = stderr(&output);
            let expected = format!("standard output cannot be written: {reason}");
            assert!(said.contains(&expected), "{command}: {said}");
            assert_eq!(output.status.code(), Some(1), "{command}: {said}");
        }
    }
    let error = json_error(&shell("check --output json >&-"), 1);
    assert_eq!(error["code"], "output_failed");
}

#[test]
fn who_wants_no_output_gets_none() {
    // The second is what other languages' libraries give a program for its output.
    for redirection in [
        "> /dev/null",
        "1<> /dev/null",
        "--output-file /dev/null >&-",
    ] {
        let output = shell(&format!("check {redirection}"));
        assert_eq!(succeeded(&output), "", "{redirection}");
    }
}

#[test]
fn output_into_a_file_needs_no_standard_output() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("users.jsonl");
    let name = file.display();
    let output = shell(&format!("search-users --all --output-file {name} <&- >&-"));
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let users = std::fs::read_to_string(&file).unwrap();
    assert_eq!(users.lines().count(), 200);
}

#[test]
fn standard_input_that_is_closed_is_no_empty_list() {
    for command in [
        "retrieve-user -",
        "retrieve-user ada.lovelace - --missing-ok",
        "search-users --query -",
        "invoke search-users -",
    ] {
        for (redirection, reason) in [
            ("<&-", "it is closed"),
            ("0> /dev/null", "it is open for writing only"),
        ] {
            let output = shell(&format!("{command} --output json {redirection}"));
            let error = json_error(&output, 2);
            let message = error["message"].as_str().unwrap();
            assert_eq!(
                message,
                format!("standard input cannot be read: {reason}"),
                "{command}"
            );
            assert_eq!(stdout(&output), "");
        }
    }
    let empty = shell("retrieve-user - --output json < /dev/null");
    assert_eq!(json(&empty), serde_json::json!([]));
    // Who does not read it does not miss it.
    assert!(shell("retrieve-user ada.lovelace <&-").status.success());
}

#[test]
fn standard_error_is_not_needed() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("users.csv");
    let resume = format!(
        "search-users --resume {} --output-file {}",
        folder.path().join("state").display(),
        file.display()
    );
    for redirection in ["2>&-", "2> /dev/full"] {
        for command in [
            "search-users --all",
            "search-users --limit 1 --output csv",
            &resume,
        ] {
            let output = shell(&format!("{command} {redirection}"));
            assert_eq!(output.status.code(), Some(0), "{command} {redirection}");
        }
        // The whole output has its name.
        std::fs::remove_file(&file).unwrap();
        std::fs::remove_file(folder.path().join("state")).unwrap();
        let failed = shell(&format!("retrieve-user nobody {redirection}"));
        assert_eq!(failed.status.code(), Some(6));
    }
}

/// As a program leaves it that shares the pipe and does not wait itself.
#[test]
fn a_slow_reader_of_a_pipe_that_does_not_wait_loses_nothing() {
    let (mut reader, writer) = UnixStream::pair().unwrap();
    writer.set_nonblocking(true).unwrap();
    let args = ["search-users", "--all", "--output", "jsonl"];
    let child = cli()
        .command(&[&["--emulator"], &args[..]].concat())
        .stdout(OwnedFd::from(writer))
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let reading = thread::spawn(move || {
        // Until there is room for nothing more.
        thread::sleep(Duration::from_millis(300));
        let mut text = String::new();
        reader.read_to_string(&mut text).map(|_| text)
    });
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let expected = shell(&args.join(" "));
    assert!(reading.join().unwrap().unwrap() == stdout(&expected));
}
