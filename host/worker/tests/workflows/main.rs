//! The workflows of `examples/`, with Temporal's own server, this worker and the emulator.
//! They need Python 3.10, Node 20 and their package registries; the README says how to run
//! one of them, and how to write the histories that are replayed.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "tests panic"
)]

mod effects;
mod expected;
mod language;
#[path = "../temporal/processes.rs"]
mod processes;

use effects::Effects;
use expected::{Users, files, names};
use language::{Language, Workflows, cases, sources};
use processes::{Process, Temporal, wait_at_most, wait_for};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::process::Output;
use std::time::{Duration, Instant};
use stytch_emulator::{Emulator, Options, SECRET};

/// How long 200 cases may take, on a machine that is busy with other things.
const PATIENCE: Duration = Duration::from_mins(10);

async fn stytch(options: Options) -> Emulator {
    let listen = ([127, 0, 0, 1], 0).into();
    Emulator::start(listen, options).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn quick_python() {
    finish_with_the_right_files(Language::Python).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn quick_typescript() {
    finish_with_the_right_files(Language::TypeScript).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn quick_rust() {
    finish_with_the_right_files(Language::Rust).await;
}

/// Every branch of both workflows, and what fails at once.
async fn finish_with_the_right_files(language: Language) {
    let workflows = Workflows::install(language);
    let server = Temporal::start();
    let healthy = stytch(Options::default()).await;
    // The first request is a search; after it, nobody is found.
    let emptied = stytch(Options::default().chaos("404@2-4".parse().unwrap())).await;
    server.add_credential("acme", &healthy);
    server.add_credential("emptied", &emptied);
    server.add_credential("revoked", &healthy);
    let secret = server.folder.path().join("credentials/revoked/secret");
    fs::write(
        secret,
        SECRET.replace("secret-test-", "secret-test-revoked-"),
    )
    .unwrap();
    let exports = server.folder.path().join("exports");
    let arguments = ["--destination", exports.to_str().unwrap()];
    let _worker = server.worker(&arguments);
    let worker = workflows.worker(&server, "cases");
    let users = Users::read(&server, "acme");

    let branches = [
        ("unknown", "nobody"),
        ("locked", users.with("locked")),
        ("unverified", users.with("no verified e-mail address")),
        ("ok", users.with("ok")),
    ];
    let mut arguments = vec!["case", "acme"];
    arguments.extend(branches.map(|(_, id)| id));
    let output = workflows.start(&server, &arguments);
    let printed = succeeded(&output);
    let mut expected = BTreeMap::new();
    for (name, id) in branches {
        let case = users.case(id);
        let decision = case["decision"].as_str().unwrap();
        let line = printed
            .lines()
            .find(|line| line.contains(&format!("case-{id}:")));
        assert!(line.unwrap().contains(decision), "{printed}");
        expected.insert(format!("case-{id}.json"), case);
        record(&server, &workflows, name, &format!("case-{id}"));
    }
    assert_eq!(files(&cases(&server)), expected);

    // All users, some of them, and some who are deleted after they are written.
    for (credential, file, sample) in [
        ("acme", "all", "1000"),
        ("acme", "audit", "3"),
        ("emptied", "deleted", "3"),
    ] {
        let output = workflows.start(&server, &["audit", credential, file, sample]);
        succeeded(&output);
        let users = fs::read_to_string(exports.join(credential).join(file)).unwrap();
        let is_emptied = credential == "emptied";
        let report = expected::report(file, &users, sample.parse().unwrap(), is_emptied);
        expected.insert(format!("{file}.report.json"), report);
        if sample == "3" {
            record(&server, &workflows, file, &format!("audit-{file}"));
        }
    }
    let written = files(&cases(&server));
    assert_eq!(written, expected);
    assert!(written["all.report.json"]["pending"].as_u64() > Some(0));

    for (arguments, reason) in [
        (
            ["case", "revoked", "ada.lovelace"],
            "Stytch refused the credential",
        ),
        (["case", "acme", "no/id"], "the input is not valid"),
        (["audit", "acme", "../file"], "`file` is not a name"),
    ] {
        let output = workflows.start(&server, &arguments);
        let printed = String::from_utf8(output.stdout).unwrap();
        assert!(
            !output.status.success() && printed.contains(reason),
            "{printed}"
        );
    }
    let mut nowhere = workflows.starter(&server);
    nowhere.args(["case", "acme", "nobody"]);
    let output = nowhere
        .env("TEMPORAL_ADDRESS", "127.0.0.1:1")
        .output()
        .unwrap();
    let printed = String::from_utf8(output.stderr).unwrap();
    let reason = "Temporal cannot be reached at";
    assert!(
        !output.status.success() && printed.contains(reason),
        "{printed}"
    );
    let (is_success, log) = worker.terminate();
    assert!(is_success, "{log}");
    workflows.test();
}

/// Returns what was printed.
fn succeeded(output: &Output) -> String {
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// Waits until so many workflows have this status.
fn all_are(server: &Temporal, status: &str, expected: usize) {
    let query = format!("ExecutionStatus = '{status}'");
    wait_at_most(PATIENCE, status, || {
        std::thread::sleep(Duration::from_secs(1));
        let mut command = server.temporal(&["workflow", "count", "--output", "json"]);
        let output = command.args(["--query", &query]).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        text.contains(&format!("\"{expected}\"")).then_some(())
    });
}

/// The history of a workflow, as `temporal workflow show` prints it.
fn history(server: &Temporal, workflow_id: &str) -> Value {
    let mut command = server.temporal(&["workflow", "show", "--workflow-id", workflow_id]);
    let output = command.args(["--output", "json"]).output().unwrap();
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output:?}"))
}

/// Writes a history for the replay tests, if this is asked for.
fn record(server: &Temporal, workflows: &Workflows, name: &str, workflow_id: &str) {
    if std::env::var_os("RECORD_HISTORIES").is_none() {
        return;
    }
    let mut history = match workflows.language {
        Language::Python | Language::TypeScript => history(server, workflow_id),
        // Its SDK has a JSON of its own.
        Language::Rust => {
            let output = workflows.start(server, &["history", workflow_id]);
            serde_json::from_str(&succeeded(&output)).unwrap()
        }
    };
    hide_machine(&mut history);
    let folder = sources(workflows.language).join("histories");
    fs::create_dir_all(&folder).unwrap();
    let text = serde_json::to_string_pretty(&history).unwrap();
    fs::write(folder.join(format!("{name}.json")), text + "\n").unwrap();
}

/// Identities of workers, and the names of their own task queues, have the name of the
/// machine after an `@`.
fn hide_machine(value: &mut Value) {
    match value {
        Value::String(text) if text.contains('@') => "worker".clone_into(text),
        Value::Object(members) => members.values_mut().for_each(hide_machine),
        Value::Array(values) => values.iter_mut().for_each(hide_machine),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes a minute or two"]
async fn survive_python() {
    survive_what_is_killed(Language::Python).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes a minute or two"]
async fn survive_typescript() {
    survive_what_is_killed(Language::TypeScript).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes a minute or two"]
async fn survive_rust() {
    survive_what_is_killed(Language::Rust).await;
}

/// 200 cases at once, while one of ten requests fails. One of two workers of each kind is
/// killed, and later the server.
async fn survive_what_is_killed(language: Language) {
    const USERS: u64 = 190;
    const NOBODIES: usize = 10;
    let workflows = Workflows::install(language);
    let mut server = Temporal::start();
    let chaos = "503@10%,slow=20ms".parse().unwrap();
    let failing = stytch(Options::default().users(USERS).chaos(chaos)).await;
    // The same users, to know what is right.
    let healthy = stytch(Options::default().users(USERS)).await;
    server.add_credential("acme", &failing);
    server.add_credential("healthy", &healthy);
    let users = {
        let _worker = server.worker(&[]);
        Users::read(&server, "healthy")
    };
    let mut ids: Vec<_> = users.ids().map(str::to_owned).collect();
    ids.extend((0..NOBODIES).map(|number| format!("nobody-{number}")));
    assert_eq!(ids.len(), 200);
    let mut command = workflows.starter(&server);
    command.args(["case", "acme"]).args(&ids);
    // It may end with the server; what it started goes on.
    let _starter = Process::start(&mut command, server.folder.path().join("start.log"));
    all_are(&server, "Running", ids.len());

    let begin = Instant::now();
    let arguments = ["--searches-per-minute", "600"];
    let [killed, caller] = [server.worker(&arguments), server.worker(&arguments)];
    let [other, worker] = ["cases"; 2].map(|queue| workflows.worker(&server, queue));
    let folder = cases(&server);
    let reach = |count: usize| {
        let what = format!("{count} cases");
        let reached = || Some(names(&folder).len()).filter(|written| *written >= count);
        wait_at_most(PATIENCE, &what, reached)
    };
    let first = reach(50);
    let killed = killed.kill();
    other.kill();
    let second = reach(first + 50);
    server.kill();
    let down = Instant::now();
    server.resume();
    let down = down.elapsed();
    all_are(&server, "Completed", ids.len());
    let elapsed = begin.elapsed();

    let expected = ids
        .iter()
        .map(|id| (format!("case-{id}.json"), users.case(id)));
    assert_eq!(files(&folder), expected.collect());
    let mut effects = Effects::default();
    for id in &ids {
        let steps = effects.add(&history(&server, &format!("case-{id}")));
        let expected = match users.case(id)["decision"].as_str() {
            Some("ok") => &["stytch.retrieve_user", "stytch.search_users", "write_case"][..],
            _ => &["stytch.retrieve_user", "write_case"],
        };
        assert_eq!(steps, expected, "{id}");
    }
    let (_, log) = caller.terminate();
    worker.terminate();
    let logs = [killed, log].concat();
    let lines = logs.lines().filter(|line| line.contains("unavailable"));
    let failures = lines.count();
    let requests = usize::try_from(failing.requests()).unwrap();
    println!(
        "{language:?}: 200 cases in {elapsed:.1?}; a worker of each kind killed after {first}, the \
         server after {second} (back {down:.1?} later); {requests} requests, of which {failures} \
         failed with 503; {effects:?}"
    );
    // Every failure that a worker saw became a retry, and every request is in a history.
    assert!(failures > 10 && failures <= effects.retries);
    assert!(requests <= effects.calls + effects.retries);
}

/// A credential that no worker has, and a task queue that none serves.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "waits for 15 minutes"]
async fn a_wrong_name_fails_after_a_quarter_of_an_hour() {
    let server = Temporal::start();
    let languages = [Language::Python, Language::TypeScript, Language::Rust];
    let runs = languages.map(|language| {
        let workflows = Workflows::install(language);
        let queue = format!("{language:?}");
        let worker = workflows.worker(&server, &queue);
        let mut starter = workflows.starter(&server);
        starter
            .env("TASK_QUEUE", &queue)
            .args(["case", "acem", &queue]);
        let log = server.folder.path().join(format!("{queue}.log"));
        (worker, Process::start(&mut starter, log))
    });
    tokio::time::sleep(Duration::from_secs(15 * 60 - 10)).await;
    for (_worker, mut starter) in runs {
        let is_success = wait_for("end of the starter", || starter.ended());
        let printed = starter.log();
        let reason = "no stytch-host-worker serves the task queue stytch.acem: start one";
        assert!(!is_success && printed.contains(reason), "{printed}");
    }
}
