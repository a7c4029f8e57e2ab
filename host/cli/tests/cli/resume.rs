//! Searches that are interrupted and gone on with.

use crate::{Served, assert_refused, json_error, receipt, stderr, stdout};
use std::fs::{self, File, OpenOptions};
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::thread;
use std::time::Duration;
use tempfile::TempDir;

/// A search for all users, printed into a file of its own.
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

    /// The arguments of a search whose state is in a file of its own. It ends with
    /// the first failure.
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

    /// Runs with standard output appended to `users.jsonl`.
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

    /// What an undisturbed run prints.
    pub(crate) fn expected(&self) -> String {
        let output = self
            .served
            .run(&["search-users", "--all", "--output", "jsonl"]);
        stdout(&output).to_owned()
    }
}

#[test]
fn a_search_killed_anywhere_goes_on_to_the_same_lines() {
    let lookup = Lookup::new(&["--users", "2000", "--chaos", "slow=5ms"]);
    let mut kills = 0;
    for round in 0..10u64 {
        let mut command = lookup.command(&["--output", "jsonl"]);
        command.stdout(lookup.appended()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        thread::sleep(Duration::from_millis(20 + 37 * round % 200));
        // SIGKILL: the program cannot do anything about it.
        child.kill().unwrap();
        let mut said = String::new();
        child
            .stderr
            .take()
            .unwrap()
            .read_to_string(&mut said)
            .unwrap();
        kills += u32::from(!child.wait().unwrap().success());
        assert!(!said.contains("error"), "{said}");
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

    // Once more changes nothing.
    let again = lookup.append(&[]);
    assert_eq!(again.status.code(), Some(0), "{}", stderr(&again));
    assert!(lookup.users() == lookup.expected());
}

#[test]
fn what_was_printed_after_the_last_kept_page_is_cut_off() {
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
fn more_users_can_be_asked_for_later() {
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
fn another_search_is_not_gone_on_with() {
    let lookup = Lookup::new(&[]);
    assert_eq!(lookup.append(&["--max-users", "20"]).status.code(), Some(0));
    let before = lookup.users();
    for other in [&["--status", "active"][..], &["--cursor", "x"]] {
        assert_refused(&lookup.append(other), "belongs to another search");
    }
    assert_eq!(lookup.users(), before);
}

#[test]
fn a_file_of_something_else_is_left_alone() {
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
fn an_output_that_was_emptied_is_not_gone_on_with() {
    let lookup = Lookup::new(&[]);
    lookup.append(&["--max-users", "20"]);
    fs::write(lookup.path("users.jsonl"), "").unwrap();
    assert_refused(&lookup.append(&[]), "shorter than");
}

/// With `--output-file`, what is in the file is looked at, too: the receipt would say
/// that all is there.
#[test]
fn an_output_that_was_changed_is_not_gone_on_with() {
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
    // As the advice says.
    fs::write(&partial, &before).unwrap();
    assert_eq!(lookup.run(&args).status.code(), Some(0));
    assert!(lookup.users() == lookup.expected());

    // The same once it is whole.
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

/// A state of before there were digests in it.
#[test]
fn a_state_without_a_digest_is_gone_on_with() {
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
fn a_search_of_its_own_that_fails_leaves_the_unfinished_file_alone() {
    // The second failure is that of the other search.
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
fn the_state_has_a_file_of_its_own() {
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

/// The whole of it is gone with it, and that is said.
#[test]
fn an_output_that_is_removed_meanwhile_is_not_said_to_be_there() {
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
    let said = stderr(&output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("was removed"), "{said}");
}

#[test]
fn only_a_file_can_be_gone_on_with() {
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
fn a_named_file_appears_when_it_is_whole() {
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
