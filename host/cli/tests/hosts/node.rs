//! Node, with the component transpiled by `jco`.

use crate::cases::same_as_the_own_host;
use crate::command::Program;
use crate::readme::{NOT_FOLLOWED, Row};
use crate::{Host, component, kept, run, sources};
use serde_json::json;
use std::fs;
use std::path::PathBuf;
use std::process::Command;
use stytch_host::COMPONENT;
use stytch_testkit::{Answer, ScriptedServer};

pub(crate) const ROW: Row = Row {
    host: "Node 20, `jco-transpile` 0.15",
    ran: "the component, transpiled",
    egress: "a function of the program (`host.mjs`): one origin",
    redirect: NOT_FOLLOWED,
    credential: "`wasi:config`, a function of the program",
    unlimited: "memory and time: it runs on the program's own thread; what the name resolves to",
};

/// A folder with the example, its packages and the transpiled component.
fn installed() -> PathBuf {
    let folder = kept("node");
    for file in fs::read_dir(sources("node")).unwrap() {
        let file = file.unwrap();
        fs::copy(file.path(), folder.join(file.file_name())).unwrap();
    }
    component(&folder, COMPONENT);
    // Not `npm ci`, which refuses where packages for other systems are not to be had.
    run(Command::new("npm")
        .args(["install", "--no-audit", "--no-fund"])
        .current_dir(&folder));
    run(Command::new("node")
        .arg("transpile.mjs")
        .current_dir(&folder));
    folder
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs node and its package registry"]
async fn node_runs_the_component_as_it_is() {
    let folder = installed();
    let host = Program(|| {
        let mut command = Command::new("node");
        command.arg(folder.join("stytch.mjs"));
        command
    });
    same_as_the_own_host(&host).await;

    // What the example's own rule is for: with another base URL than its component
    // was told, which only a component that means harm would use.
    let server = ScriptedServer::start(Answer::http("200 OK", &[], "{}"));
    let elsewhere = Program(|| {
        let mut command = Command::new("node");
        command
            .arg(folder.join("stytch.mjs"))
            .env("ALLOWED_ORIGIN", "https://test.stytch.com");
        command
    });
    let variables = [
        ("STYTCH_PROJECT_ID", "project-test-1".to_owned()),
        ("STYTCH_SECRET", "secret-test-1".to_owned()),
        ("STYTCH_BASE_URL", server.base_url()),
    ];
    let denied = elsewhere.call(&variables, "check", &json!({}));
    assert_eq!(denied["err"]["tag"], "unreachable");
    assert_eq!(denied["err"]["val"]["cause"], "denied");
    assert_eq!(server.pending_requests(), 0);
}
