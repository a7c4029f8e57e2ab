//! State and output files that another user could have prepared are not written to.

use crate::resume::Lookup;
use crate::{cli, emulated, stderr};
use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};
use std::path::Path;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

/// Whether the tests can change the owner of files.
fn is_root(lookup: &Lookup) -> bool {
    fs::metadata(lookup.path("")).unwrap().uid() == 0
}

fn pipe(path: &Path) {
    let made = Command::new("mkfifo").arg(path).status();
    assert!(made.unwrap().success());
}

/// Runs a search with its own output file.
fn run(lookup: &Lookup) -> Output {
    let file = lookup.path("users.jsonl");
    lookup.run(&["--output", "csv", "--output-file", file.to_str().unwrap()])
}

fn assert_refused(output: &Output, name: &str, reason: &str) {
    let printed = stderr(output);
    assert_eq!(output.status.code(), Some(2), "{printed}");
    assert!(
        printed.contains(name) && printed.contains(reason),
        "{printed}"
    );
    assert!(printed.contains("\nhint: "), "{printed}");
}

/// The state file and the incomplete output.
const FILES: [&str; 2] = ["state", "users.jsonl.partial"];

#[test]
fn new_files_are_accessible_only_by_their_owner() {
    let lookup = Lookup::new(&["--chaos", "503@3"]);
    assert_eq!(run(&lookup).status.code(), Some(5));
    for name in FILES {
        assert_eq!(mode(&lookup.path(name)), 0o600, "{name}");
    }
    assert!(run(&lookup).status.success());
    assert_eq!(mode(&lookup.path("users.jsonl")), 0o600);
}

#[test]
fn links_are_not_followed() {
    for name in FILES {
        let lookup = Lookup::new(&[]);
        let (file, victim) = (lookup.path(name), lookup.path("victim"));
        symlink(&victim, &file).unwrap();
        assert_refused(&run(&lookup), name, "target does not exist");
        assert!(!victim.exists(), "{name}");
        fs::write(&victim, "precious").unwrap();
        set_mode(&victim, 0o600);
        assert_refused(&run(&lookup), name, "is a symbolic link");
        assert_eq!(fs::read_to_string(&victim).unwrap(), "precious");

        fs::remove_file(&file).unwrap();
        fs::hard_link(&victim, &file).unwrap();
        assert_refused(&run(&lookup), name, "hard link");
        assert_eq!(fs::read_to_string(&victim).unwrap(), "precious");
    }
}

#[test]
fn files_that_others_can_read_or_write_are_rejected() {
    for name in FILES {
        for others in [0o666, 0o644, 0o620, 0o601] {
            let lookup = Lookup::new(&[]);
            let file = lookup.path(name);
            fs::write(&file, "").unwrap();
            set_mode(&file, others);
            let reason = format!("has the mode {others:04o}");
            assert_refused(&run(&lookup), name, &reason);
            assert_eq!(fs::metadata(&file).unwrap().len(), 0);
            // As the hint advises.
            set_mode(&file, 0o600);
            assert!(run(&lookup).status.success());
        }
    }
}

#[test]
fn files_of_another_user_are_rejected() {
    for name in FILES {
        let lookup = Lookup::new(&[]);
        if !is_root(&lookup) {
            return;
        }
        let file = lookup.path(name);
        fs::write(&file, "").unwrap();
        set_mode(&file, 0o600);
        chown(&file, Some(12345), None).unwrap();
        assert_refused(&run(&lookup), name, "belongs to another user");
        assert_eq!(fs::metadata(&file).unwrap().len(), 0);
    }
}

#[test]
fn pipes_and_folders_are_rejected_without_blocking() {
    for name in FILES {
        let lookup = Lookup::new(&[]);
        pipe(&lookup.path(name));
        assert_refused(&run(&lookup), name, "is not a file");
        let lookup = Lookup::new(&[]);
        fs::create_dir(lookup.path(name)).unwrap();
        assert_refused(&run(&lookup), name, "is not a file");
    }
    // Nor a folder at the final path, which a file cannot replace.
    let lookup = Lookup::new(&[]);
    fs::create_dir(lookup.path("users.jsonl")).unwrap();
    assert_refused(&run(&lookup), "users.jsonl", "is not a regular file");
    assert!(!lookup.path("users.jsonl.partial").exists());
}

#[test]
fn complete_output_is_checked_before_it_is_resumed() {
    let lookup = Lookup::new(&[]);
    let file = lookup.path("users.jsonl");
    assert!(run(&lookup).status.success());
    let whole = fs::read_to_string(&file).unwrap();
    // The owner may have made it readable; its mode is kept.
    set_mode(&file, 0o644);
    assert!(run(&lookup).status.success());
    assert_eq!(mode(&file), 0o644);
    set_mode(&file, 0o666);
    assert_refused(&run(&lookup), "users.jsonl", "has the mode 0666");
    assert_eq!(mode(&file), 0o666);
    fs::rename(&file, lookup.path("elsewhere")).unwrap();
    symlink(lookup.path("elsewhere"), &file).unwrap();
    assert_refused(&run(&lookup), "users.jsonl", "is a symbolic link");
    assert_eq!(fs::read_to_string(lookup.path("elsewhere")).unwrap(), whole);
}

#[test]
fn two_runs_cannot_write_the_same_output() {
    let lookup = Lookup::new(&["--chaos", "slow=300ms"]);
    let partial = lookup.path("users.jsonl.partial");
    let file = lookup.path("users.jsonl");
    let args = ["--output-file", file.to_str().unwrap()];
    let mut first = lookup.command(&args).spawn().unwrap();
    let started = Instant::now();
    while !partial.exists() {
        assert!(started.elapsed() < Duration::from_secs(10));
        std::thread::yield_now();
    }
    let other = lookup.path("other");
    let search = ["search-users", "--resume", other.to_str().unwrap()];
    let refused = lookup.served.run(&[&search[..], &args].concat());
    first.kill().unwrap();
    first.wait().unwrap();
    assert_eq!(refused.status.code(), Some(2), "{}", stderr(&refused));
    assert!(stderr(&refused).contains("another run is writing to"));
}

#[test]
fn the_error_for_a_damaged_state_says_what_to_do() {
    for damage in [&b"\0\0\0\0\n"[..], b"{}\n", b"\xff\xfe\n"] {
        let lookup = Lookup::new(&[]);
        assert!(lookup.append(&["--max-users", "40"]).status.success());
        let mut state = fs::read(lookup.path("state")).unwrap();
        state.extend(damage);
        fs::write(lookup.path("state"), &state).unwrap();
        let before = lookup.users();
        let output = lookup.append(&[]);
        let printed = stderr(&output);
        assert_eq!(output.status.code(), Some(2), "{printed}");
        assert!(
            printed.contains("is damaged") && printed.contains("remove it"),
            "{printed}"
        );
        assert_eq!(lookup.users(), before);
    }
}

/// In a shared folder, another user could have placed a link or a pipe to divert the
/// output.
#[test]
fn output_does_not_follow_links_or_pipes_of_another_user() {
    let lookup = Lookup::new(&[]);
    if !is_root(&lookup) {
        return;
    }
    let (file, victim) = (lookup.path("a.json"), lookup.path("victim"));
    let args = ["check", "--output-file", file.to_str().unwrap()];
    fs::write(&victim, "precious").unwrap();
    symlink(&victim, &file).unwrap();
    std::os::unix::fs::lchown(&file, Some(12345), None).unwrap();
    assert_refused(&emulated(&args), "a.json", "belongs to another user");
    assert_eq!(fs::read_to_string(&victim).unwrap(), "precious");
    fs::remove_file(&file).unwrap();
    pipe(&file);
    chown(&file, Some(12345), None).unwrap();
    assert_refused(&emulated(&args), "a.json", "belongs to another user");
    fs::remove_file(&file).unwrap();
    // A file of theirs is replaced, but not with its mode.
    fs::write(&file, "theirs").unwrap();
    set_mode(&file, 0o666);
    chown(&file, Some(12345), None).unwrap();
    assert!(
        cli()
            .run(&[&["--emulator"], &args[..]].concat())
            .status
            .success()
    );
    assert_eq!(mode(&file), 0o600);
    assert_eq!(fs::metadata(&file).unwrap().uid(), 0);
}
