//! Standard streams that are closed, open in the wrong direction, or slow.

use crate::{cli, json, json_error, stderr, stdout, succeeded};
use std::io::Read;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::process::{Output, Stdio};
use std::thread;
use std::time::Duration;

/// Runs a shell line with a command against an emulator.
fn shell(line: &str) -> Output {
    cli().shell(&format!("stytch-host --emulator {line}"))
}

#[test]
fn a_closed_standard_output_is_an_error() {
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
            let printed = stderr(&output);
            let expected = format!("standard output cannot be written: {reason}");
            assert!(printed.contains(&expected), "{command}: {printed}");
            assert_eq!(output.status.code(), Some(1), "{command}: {printed}");
        }
    }
    let error = json_error(&shell("check --output json >&-"), 1);
    assert_eq!(error["code"], "output_failed");
}

#[test]
fn output_to_dev_null_is_discarded() {
    // Some libraries open it for reading and writing, as in the second case.
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
fn an_output_file_needs_no_standard_output() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("users.jsonl");
    let name = file.display();
    let output = shell(&format!("search-users --all --output-file {name} <&- >&-"));
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let users = std::fs::read_to_string(&file).unwrap();
    assert_eq!(users.lines().count(), 200);
}

#[test]
fn a_closed_standard_input_is_not_an_empty_list() {
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
    // Commands that do not read it do not need it.
    assert!(shell("retrieve-user ada.lovelace <&-").status.success());
}

#[test]
fn a_closed_standard_error_is_harmless() {
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
        // The output file is complete.
        std::fs::remove_file(&file).unwrap();
        std::fs::remove_file(folder.path().join("state")).unwrap();
        let failed = shell(&format!("retrieve-user nobody {redirection}"));
        assert_eq!(failed.status.code(), Some(6));
    }
}

/// Another program that shares the pipe can make it non-blocking.
#[test]
fn a_slow_reader_of_a_non_blocking_pipe_loses_nothing() {
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
        // Fill the pipe.
        thread::sleep(Duration::from_millis(300));
        let mut text = String::new();
        reader.read_to_string(&mut text).map(|_| text)
    });
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let expected = shell(&args.join(" "));
    assert!(reading.join().unwrap().unwrap() == stdout(&expected));
}
