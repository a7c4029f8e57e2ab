//! Standard output that is closed early or not writable.

use crate::{cli, stderr};
use std::fs::OpenOptions;
use std::process::{Output, Stdio};

const COMMANDS: [&[&str]; 19] = [
    &["search-users", "--all", "--output", "json"],
    &["search-users", "--all", "--output", "jsonl"],
    &["search-users", "--all", "--output", "table"],
    &["search-users", "--email", "nobody@x.org"],
    &["check", "--output", "json"],
    &["check", "--output", "table"],
    &["invoke", "search-users", "{}"],
    &["inspect", "--output", "json"],
    &["inspect", "--output", "table"],
    &["export", "-"],
    &["retrieve-user", "ada.lovelace", "--output", "csv"],
    &["check", "--dry-run"],
    &["schema"],
    &["man", "search-users"],
    &["completions", "bash"],
    &["emulator", "--listen", "127.0.0.1:0"],
    &["search-users", "--help"],
    &["help"],
    &["--version"],
];

fn run_into(args: &[&str], stdout: Stdio) -> Output {
    cli()
        .command(&[&["--emulator"], args].concat())
        .stdout(stdout)
        .output()
        .unwrap()
}

#[test]
fn a_closed_pipe_ends_every_command_quietly() {
    for args in COMMANDS {
        let mut child = cli()
            .command(&[&["--emulator"], args].concat())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!(
            (output.status.code(), stderr(&output)),
            (Some(0), ""),
            "{args:?}"
        );
    }
}

#[test]
fn a_reader_that_closes_the_pipe_early_ends_it_quietly() {
    use std::io::Read;
    let mut child = cli()
        .command(&["--emulator", "search-users", "--all", "--output", "jsonl"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut start = [0; 100];
    let mut stdout = child.stdout.take().unwrap();
    stdout.read_exact(&mut start).unwrap();
    drop(stdout);
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), stderr(&output)), (Some(0), ""));
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_is_a_failure() {
    for args in COMMANDS {
        let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
        let output = run_into(args, full.into());
        assert_eq!(
            output.status.code(),
            Some(1),
            "{args:?}: {}",
            stderr(&output)
        );
        let printed = stderr(&output);
        assert!(
            printed.contains("standard output cannot be written: No space left"),
            "{args:?}: {printed}"
        );
        assert_eq!(
            printed.contains("\"code\":\"output_failed\""),
            printed.starts_with('{'),
            "{args:?}: {printed}"
        );
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_closed_standard_error_does_not_change_the_exit_code() {
    let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
    let status = cli()
        .command(&["--emulator", "retrieve-user", "nobody"])
        .stdout(Stdio::null())
        .stderr(full)
        .status()
        .unwrap();
    assert_eq!(status.code(), Some(6));
}
