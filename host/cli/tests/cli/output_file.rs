//! `--output-file`: a file that is written atomically.

use crate::{Served, cli, emulated, json, stderr, succeeded};
use serde_json::Value;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<_> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

fn mode(file: &Path) -> u32 {
    fs::metadata(file).unwrap().permissions().mode() & 0o777
}

/// Prints to a file in a folder.
fn into(file: &Path, args: &[&str]) -> String {
    let args = [args, &["--output-file", file.to_str().unwrap()]].concat();
    assert_eq!(succeeded(&emulated(&args)), "", "{args:?}");
    fs::read_to_string(file).unwrap()
}

#[test]
fn the_extension_determines_the_format() {
    let folder = folder();
    let search = ["search-users", "--status", "pending"];
    for (name, start, lines) in [
        ("users.jsonl", "{\"user_id\":", 19),
        ("users.NDJSON", "{\"user_id\":", 19),
        ("users.csv", "user_id,external_id", 20),
        ("users.json", "{\"results\":[", 21),
        ("users", "{\"results\":[", 21),
    ] {
        let text = into(&folder.path().join(name), &search);
        assert!(text.starts_with(start), "{name}: {text}");
        assert_eq!(text.lines().count(), lines, "{name}");
    }
    let table = [&search[..], &["--output", "table"]].concat();
    let text = into(&folder.path().join("users.csv"), &table);
    assert!(text.starts_with(" USER ID"), "{text}");
}

#[test]
fn every_command_that_prints_data_supports_it() {
    let folder = folder();
    let file = folder.path().join("x.json");
    for args in [
        &["retrieve-user", "ada.lovelace"][..],
        &["check"],
        &["inspect"],
        &["invoke", "check"],
    ] {
        let text = into(&file, args);
        assert!(serde_json::from_str::<Value>(&text).is_ok(), "{args:?}");
    }
    assert_eq!(into(&file, &["check", "--jq", ".environment"]), "test\n");
    let refused = emulated(&["export", "-", "--output-file", "x"]);
    assert_eq!(refused.status.code(), Some(2));
}

#[test]
fn a_new_file_is_private_and_a_replaced_one_keeps_its_mode() {
    let folder = folder();
    let (file, link) = (folder.path().join("a.json"), folder.path().join("b.json"));
    into(&file, &["check"]);
    assert_eq!(mode(&file), 0o600);
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    symlink(&file, &link).unwrap();
    let text = into(&link, &["retrieve-user", "ada.lovelace"]);
    assert_eq!(fs::read_to_string(&file).unwrap(), text);
    assert_eq!(mode(&file), 0o644);
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(names(folder.path()), ["a.json", "b.json"]);
}

#[test]
fn a_failure_leaves_the_existing_file() {
    let folder = folder();
    let file = folder.path().join("a.json");
    fs::write(&file, "before").unwrap();
    for (args, code) in [
        (&["retrieve-user", "nobody"][..], 6),
        (&["retrieve-user", "ada.lovelace", "--jq", ".user_id.x"], 2),
        (&["search-users", "--limit", "0"], 2),
    ] {
        let args = [args, &["--output-file", file.to_str().unwrap()]].concat();
        assert_eq!(emulated(&args).status.code(), Some(code), "{args:?}");
        assert_eq!(fs::read_to_string(&file).unwrap(), "before");
        assert_eq!(names(folder.path()), ["a.json"]);
    }
}

#[test]
fn users_found_before_a_failure_are_kept_in_a_partial_file() {
    let folder = folder();
    let file = folder.path().join("users.jsonl");
    fs::write(&file, "before").unwrap();
    let served = Served::start(&["--chaos", "503@3"]);
    let once = ["--max-attempts", "1", "search-users"];
    let args = [&once[..], &["--all", "--limit", "50", "--output-file"]].concat();
    let failed = served.run(&[&args[..], &[file.to_str().unwrap()]].concat());
    assert_eq!(failed.status.code(), Some(5));
    assert!(stderr(&failed).contains("users.jsonl.partial; resume with --cursor="));
    assert_eq!(fs::read_to_string(&file).unwrap(), "before");
    let partial = fs::read_to_string(folder.path().join("users.jsonl.partial")).unwrap();
    assert_eq!(partial.lines().count(), 100);
    assert_eq!(names(folder.path()), ["users.jsonl", "users.jsonl.partial"]);
}

#[test]
fn a_signal_leaves_no_temporary_file() {
    for (signal, code) in [("-INT", 130), ("-TERM", 143)] {
        let folder = folder();
        let file = folder.path().join("a.json");
        // An endless expression, which only the signal ends.
        let mut child = cli()
            .command(&["--emulator", "retrieve-user", "ada.lovelace"])
            .args(["--jq", "range(infinite)|empty", "--output-file"])
            .arg(&file)
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let started = Instant::now();
        while names(folder.path()).is_empty() {
            assert!(started.elapsed() < Duration::from_secs(10));
            std::thread::yield_now();
        }
        let id = child.id().to_string();
        let killed = Command::new("kill").args([signal, &id]).status();
        assert!(killed.unwrap().success());
        assert_eq!(child.wait().unwrap().code(), Some(code));
        assert_eq!(names(folder.path()), [""; 0]);
    }
}

#[test]
fn an_unwritable_path_is_rejected_before_a_request_is_sent() {
    let folder = folder();
    for place in [folder.path().join("none/a.json"), folder.path().to_owned()] {
        let args = ["check", "--output-file", place.to_str().unwrap()];
        let refused = emulated(&args);
        let printed = stderr(&refused);
        assert_eq!(refused.status.code(), Some(2), "{printed}");
        assert!(printed.contains("cannot be written") && !printed.contains(".stytch-host-"));
    }
}

#[test]
fn devices_are_written_to_and_a_dash_is_standard_output() {
    let full = emulated(&["check", "--output-file", "/dev/full"]);
    assert_eq!(full.status.code(), Some(1));
    assert!(stderr(&full).contains("/dev/full cannot be written: No space"));
    let dash = emulated(&["check", "--output-file", "-"]);
    assert_eq!(json(&dash)["environment"], "test");
    let standard = emulated(&["check", "--output-file", "/dev/stdout"]);
    assert_eq!(json(&standard)["environment"], "test");
}
