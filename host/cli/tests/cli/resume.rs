//! Searches that are interrupted and resumed.

use crate::{Served, assert_refused, json_error, receipt, stderr, stdout};
use std::fs::{self, File, OpenOptions};
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::thread;
use std::time::Duration;
use tempfile::TempDir;

/// A search for all users, with its own output file.
pub(crate) struct Lookup {
    pub(crate) served: Served,
    folder: TempDir,
}

impl Lookup {
    pub(crate) fn new(emulator: &[&str]) -> Self {
        Self {
            served: Served::start(emulator),
            folder: tempfile::tempdir().unwrap(),
        }
    }

    /// The arguments of a search with its own state file, and without retries.
    fn args(&self, more: &[&str]) -> Vec<String> {
        let state = self.path("state");
        let args = [
            "--max-attempts",
            "1",
            "search-users",
            "--limit",
            "20",
            "--resume",
            state.to_str().unwrap(),
        ];
        [&args[..], more]
            .concat()
            .iter()
            .map(|arg| (*arg).to_owned())
            .collect()
    }

    pub(crate) fn command(&self, more: &[&str]) -> Command {
        let args = self.args(more);
        let args: Vec<_> = args.iter().map(String::as_str).collect();
        self.served.command(&args)
    }

    pub(crate) fn run(&self, more: &[&str]) -> Output {
        self.command(more).output().unwrap()
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs it with standard output appended to `users.jsonl`.
    pub(crate) fn append(&self, more: &[&str]) -> Output {
        self.append_as("jsonl", more)
    }

    /// The same in another format.
    pub(crate) fn append_as(&self, format: &str, more: &[&str]) -> Output {
        let mut command = self.command(&[&["--output", format], more].concat());
        command.stdout(self.appended()).stderr(Stdio::piped());
        command.spawn().unwrap().wait_with_output().unwrap()
    }

    fn appended(&self) -> File {
        let path = self.path("users.jsonl");
        OpenOptions::new()
            .append(true)
            .create(true)
            .open(path)
            .unwrap()
    }

    pub(crate) fn users(&self) -> String {
        fs::read_to_string(self.path("users.jsonl")).unwrap()
    }

    /// The output of an uninterrupted run.
    pub(crate) fn expected(&self) -> String {
        let output = self
            .served
            .run(&["search-users", "--all", "--output", "jsonl"]);
        stdout(&output).to_owned()
    }
}

#[test]
fn a_search_killed_at_any_point_resumes_to_the_same_output() {
    let lookup = Lookup::new(&["--users", "2000", "--chaos", "slow=5ms"]);
    let mut kills = 0;
    for round in 0..10u64 {
        let mut command = lookup.command(&["--output", "jsonl"]);
        command.stdout(lookup.appended()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        thread::sleep(Duration::from_millis(20 + 37 * round % 200));
        // SIGKILL, which the program cannot handle.
        child.kill().unwrap();
        let mut printed = String::new();
        child
            .stderr
            .take()
            .unwrap()
            .read_to_string(&mut printed)
            .unwrap();
        kills += u32::from(!child.wait().unwrap().success());
        assert!(!printed.contains("error"), "{printed}");
    }
    assert!(kills >= 3, "only {kills} runs were interrupted");
    let last = lookup.append(&[]);
    assert_eq!(last.status.code(), Some(0), "{}", stderr(&last));
    assert!(lookup.users() == lookup.expected());
    let receipt = receipt(&last);
    assert_eq!(
        (&receipt["pages"], &receipt["users"]),
        (&100.into(), &2000.into())
    );
    assert_eq!(receipt["complete"], true);

    // Running it once more changes nothing.
    let again = lookup.append(&[]);
    assert_eq!(again.status.code(), Some(0), "{}", stderr(&again));
    assert!(lookup.users() == lookup.expected());
}

#[test]
fn output_after_the_last_recorded_page_is_truncated() {
    let lookup = Lookup::new(&["--chaos", "503@3"]);
    fs::write(lookup.path("users.jsonl"), "something before\n").unwrap();
    let failed = lookup.append(&[]);
    let error = json_error(&failed, 5);
    assert!(
        error["hint"].as_str().unwrap().contains("same command"),
        "{error}"
    );
    assert_eq!(receipt(&failed)["users"], 40);

    let torn = format!("{}{{\"user_id\":\"user-te", lookup.users());
    fs::write(lookup.path("users.jsonl"), torn).unwrap();
    let state = fs::read_to_string(lookup.path("state")).unwrap();
    fs::write(lookup.path("state"), format!("{state}{{\"next_cur")).unwrap();

    let output = lookup.append(&[]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_eq!(
        lookup.users(),
        format!("something before\n{}", lookup.expected())
    );
}

#[test]
fn max_users_can_be_raised_when_resuming() {
    let lookup = Lookup::new(&[]);
    for (max, users) in [("30", 30), ("30", 30), ("50", 50), ("1000", 200)] {
        let output = lookup.append(&["--max-users", max]);
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        assert_eq!(receipt(&output)["users"], users);
        assert_eq!(lookup.users().lines().count(), users);
    }
    assert!(lookup.users() == lookup.expected());
}

#[test]
fn the_state_of_another_search_is_rejected() {
    let lookup = Lookup::new(&[]);
    assert_eq!(lookup.append(&["--max-users", "20"]).status.code(), Some(0));
    let before = lookup.users();
    for other in [&["--status", "active"][..], &["--cursor", "x"]] {
        assert_refused(&lookup.append(other), "belongs to another search");
    }
    assert_eq!(lookup.users(), before);
}

#[test]
fn a_file_that_is_not_a_state_is_left_unchanged() {
    let lookup = Lookup::new(&[]);
    for text in [
        "notes",
        "notes\n",
        "{\"a\":1}\n",
        "{\"stytch_host_search\":2,\"search\":\"\",\"output_start\":0}\n",
    ] {
        fs::write(lookup.path("state"), text).unwrap();
        fs::set_permissions(lookup.path("state"), fs::Permissions::from_mode(0o600)).unwrap();
        let output = lookup.append(&[]);
        assert_eq!(output.status.code(), Some(2), "{text}: {}", stderr(&output));
        assert_eq!(fs::read_to_string(lookup.path("state")).unwrap(), text);
    }
    let empty = fs::File::create(lookup.path("state")).unwrap();
    empty
        .set_permissions(fs::Permissions::from_mode(0o600))
        .unwrap();
    assert_eq!(lookup.append(&[]).status.code(), Some(0));
}

#[test]
fn truncated_output_is_not_resumed() {
    let lookup = Lookup::new(&[]);
    lookup.append(&["--max-users", "20"]);
    fs::write(lookup.path("users.jsonl"), "").unwrap();
    assert_refused(&lookup.append(&[]), "shorter than");
}

/// With `--output-file` the content is checked as well, since the receipt would claim
/// that the output is complete.
#[test]
fn modified_output_is_not_resumed() {
    let lookup = Lookup::new(&["--chaos", "503@3"]);
    let (file, partial) = (
        lookup.path("users.jsonl"),
        lookup.path("users.jsonl.partial"),
    );
    let file_name = file.to_str().unwrap();
    let args = ["--output", "jsonl", "--output-file", file_name];
    assert_eq!(lookup.run(&args).status.code(), Some(5));
    let before = fs::read(&partial).unwrap();
    let changed = |at: usize| {
        let mut changed = before.clone();
        changed[at..].fill(0);
        changed
    };
    let longer = [&changed(before.len() / 2)[..], b"more\n"].concat();
    for changed in [changed(0), changed(before.len() - 1), longer] {
        fs::write(&partial, &changed).unwrap();
        assert_refused(&lookup.run(&args), "users.jsonl.partial was changed after");
        assert!(fs::read(&partial).unwrap() == changed);
    }
    // As the hint advises.
    fs::write(&partial, &before).unwrap();
    assert_eq!(lookup.run(&args).status.code(), Some(0));
    assert!(lookup.users() == lookup.expected());

    // The same once it is complete.
    let whole = lookup.users();
    fs::write(&file, whole.replace('a', "b")).unwrap();
    assert_refused(
        &lookup.run(&args),
        "users.jsonl was changed after it was written",
    );
    assert!(lookup.users() == whole.replace('a', "b") && !partial.exists());
    fs::write(&file, &whole).unwrap();
    assert_eq!(lookup.run(&args).status.code(), Some(0));
    assert!(lookup.users() == whole);
}

/// Earlier versions wrote no digests.
#[test]
fn a_state_without_a_digest_can_be_resumed() {
    let lookup = Lookup::new(&["--chaos", "503@3"]);
    let (file, state) = (lookup.path("users.jsonl"), lookup.path("state"));
    let args = ["--output-file", file.to_str().unwrap()];
    assert_eq!(lookup.run(&args).status.code(), Some(5));
    let lines = fs::read_to_string(&state).unwrap();
    let old = lines
        .lines()
        .map(|line| match line.split_once(",\"output_sha256\"") {
            Some((before, _)) => format!("{before}}}\n"),
            None => format!("{line}\n"),
        });
    let old: String = old.collect();
    assert!(old != lines);
    fs::write(&state, old).unwrap();
    let output = lookup.run(&args);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(lookup.users() == lookup.expected());
}

#[test]
fn a_failing_search_leaves_the_partial_file_of_another() {
    // The later failures are for the other search.
    let lookup = Lookup::new(&["--chaos", "503@3,503@6,503@9"]);
    let file = lookup.path("users.jsonl");
    let args = ["--output-file", file.to_str().unwrap()];
    assert_eq!(lookup.run(&args).status.code(), Some(5));
    let before = fs::read(lookup.path("users.jsonl.partial")).unwrap();
    let all = [
        "--max-attempts",
        "1",
        "search-users",
        "--all",
        "--limit",
        "20",
    ];
    for name in ["users.jsonl.partial.2", "users.jsonl.partial.3"] {
        let failed = lookup.served.run(&[&all[..], &args].concat());
        assert_eq!(failed.status.code(), Some(5));
        assert!(
            stderr(&failed).contains(&format!("{name}; resume with")),
            "{}",
            stderr(&failed)
        );
        let kept = fs::read_to_string(lookup.path(name)).unwrap();
        assert_eq!(kept.lines().count(), 40);
    }
    assert!(fs::read(lookup.path("users.jsonl.partial")).unwrap() == before);
    assert_eq!(lookup.run(&args).status.code(), Some(0));
    assert!(lookup.users() == lookup.expected());
}

#[test]
fn the_state_file_must_differ_from_the_output() {
    let lookup = Lookup::new(&[]);
    let (state, file) = (lookup.path("state"), lookup.path("state.jsonl"));
    let args = ["--output", "jsonl", "--output-file"];
    let refused = lookup.run(&[&args[..], &[state.to_str().unwrap()]].concat());
    assert_refused(&refused, "is also the output file");
    let partial = lookup.path("state.jsonl.partial");
    let more = ["--resume", partial.to_str().unwrap()];
    let search = [&args[..], &[file.to_str().unwrap(), "search-users"]].concat();
    let refused = lookup.served.run(&[&search[..], &more].concat());
    assert_refused(&refused, "is also the output file");
    assert!(!state.exists() && !file.exists() && !partial.exists());
}

/// Otherwise the search would claim success although its output is lost.
#[test]
fn removing_the_output_during_a_search_is_an_error() {
    let lookup = Lookup::new(&["--chaos", "slow=50ms"]);
    let file = lookup.path("users.jsonl");
    let mut command = lookup.command(&["--output-file", file.to_str().unwrap()]);
    let child = command
        .stderr(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let state = lookup.path("state");
    let is_begun = || fs::read_to_string(&state).is_ok_and(|state| state.lines().count() > 1);
    while !is_begun() {
        thread::sleep(Duration::from_millis(5));
    }
    fs::remove_file(lookup.path("users.jsonl.partial")).unwrap();
    let output = child.wait_with_output().unwrap();
    let printed = stderr(&output);
    assert_eq!(output.status.code(), Some(1), "{printed}");
    assert!(printed.contains("was removed"), "{printed}");
}

#[test]
fn only_a_file_can_be_resumed() {
    let lookup = Lookup::new(&[]);
    assert_refused(&lookup.run(&["--output", "jsonl"]), "needs a file");
    for output in ["json", "table"] {
        let refused = lookup.run(&["--output", output]);
        assert_eq!(refused.status.code(), Some(2));
        assert!(
            stderr(&refused).contains("--output jsonl"),
            "{}",
            stderr(&refused)
        );
    }
    let args = [
        "search-users",
        "--resume",
        "/nowhere/state",
        "--output-file",
        "x.jsonl",
    ];
    let refused = lookup.served.run(&args);
    assert_eq!(refused.status.code(), Some(2));
    assert!(
        stderr(&refused).contains("/nowhere/state"),
        "{}",
        stderr(&refused)
    );
}

#[test]
fn an_output_file_appears_when_it_is_complete() {
    for output in ["jsonl", "csv"] {
        let lookup = Lookup::new(&["--chaos", "503@3"]);
        let (file, partial) = (lookup.path("users"), lookup.path("users.partial"));
        let args = ["--output", output, "--output-file", file.to_str().unwrap()];
        assert_eq!(lookup.run(&args).status.code(), Some(5));
        assert!(partial.exists() && !file.exists());
        for _ in 0..2 {
            let output = lookup.run(&args);
            assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
            assert!(file.exists() && !partial.exists());
        }
        let all = ["search-users", "--all", "--limit", "20", "--output", output];
        let expected = lookup.served.run(&all);
        assert!(fs::read_to_string(&file).unwrap() == stdout(&expected));
    }
}
