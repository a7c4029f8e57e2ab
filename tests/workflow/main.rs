//! `host/examples/workflow/` in Obelisk, a workflow engine with a log of its own: the
//! workflow survives a crash in its middle, and retries only what passes with time.
//!
//! Obelisk is a program of its own, which takes long to build, so this is ignored unless
//! asked for: `cargo test --workspace --test workflow -- --ignored`, with `obelisk` 0.38.3
//! on the path.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that fails panics"
)]

use serde_json::{Value, json};
use std::fs;
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;
use stytch_emulator::{Emulator, Options, PROJECT_ID, SECRET};
use stytch_testkit::{Answer, ScriptedServer, http_call};

/// A process of the engine, killed as a crash kills it.
struct Engine(Child);

impl Drop for Engine {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

/// The example in a folder of its own, with its components built and no state.
struct Example {
    folder: PathBuf,
    api: String,
    base_url: String,
}

impl Example {
    fn new(base_url: &str) -> Self {
        let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("workflow");
        for left in ["state", "cases"] {
            let _ = fs::remove_dir_all(folder.join(left));
        }
        fs::create_dir_all(&folder).unwrap();
        for component in ["activities", "workflow"] {
            let mut cargo = Command::new(env!("CARGO"));
            for inherited in [
                "CARGO_ENCODED_RUSTFLAGS",
                "RUSTFLAGS",
                "RUSTC_WORKSPACE_WRAPPER",
            ] {
                cargo.env_remove(inherited);
            }
            let file = folder.join(component).with_extension("wasm");
            cargo
                .args(["run", "--quiet", "--locked"])
                .args(["--package", "stytch-build", "--"])
                .arg(file)
                .arg(component)
                .current_dir(workspace);
            run(&mut cargo);
        }
        let port = TcpListener::bind("127.0.0.1:0").unwrap();
        let api = port.local_addr().unwrap().to_string();
        for file in ["deployment.toml", "server.toml", "file-case.sh"] {
            let source = workspace.join("host/examples/workflow").join(file);
            let text = fs::read_to_string(source).unwrap();
            fs::write(folder.join(file), text.replace("127.0.0.1:5005", &api)).unwrap();
        }
        Self {
            folder,
            api,
            base_url: base_url.to_owned(),
        }
    }

    fn start(&self) -> Engine {
        let mut engine = Command::new("obelisk")
            .args(["server", "run", "--server-config", "server.toml"])
            .args(["--deployment", "deployment.toml"])
            .current_dir(&self.folder)
            .env("STYTCH_PROJECT_ID", PROJECT_ID)
            .env("STYTCH_SECRET", SECRET)
            .env("STYTCH_BASE_URL", &self.base_url)
            .env("CASES", self.folder.join("cases"))
            .env_remove("RUST_BACKTRACE")
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let log = BufReader::new(engine.stderr.take().unwrap());
        let engine = Engine(engine);
        let (sender, ready) = channel();
        thread::spawn(move || {
            for line in log.lines().map_while(Result::ok) {
                if line.contains("Obelisk is ready") {
                    let _ = sender.send(());
                }
            }
        });
        ready.recv_timeout(Duration::from_mins(2)).unwrap();
        engine
    }

    /// Begins the workflow, and gives the execution's ID.
    fn submit(&self, external_id: &str) -> String {
        let mut command = self.command("submit");
        command
            .arg("acme:cases/workflow.investigate")
            .arg(json!([external_id]).to_string());
        let answer: Value = serde_json::from_str(&run(&mut command)).unwrap();
        answer["ok"].as_str().unwrap().to_owned()
    }

    /// What the workflow ends with.
    fn result(&self, execution: &str) -> Value {
        let mut command = self.command("result");
        let output = command.args(["--follow", execution]).output().unwrap();
        serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output:?}"))
    }

    fn command(&self, what: &str) -> Command {
        let mut command = Command::new("obelisk");
        command
            .args(["execution", what, "--json", "--api-url"])
            .arg(format!("http://{}", self.api));
        command
    }

    fn filed(&self, external_id: &str) -> Option<Value> {
        let file = self
            .folder
            .join("cases")
            .join(format!("{external_id}.json"));
        Some(serde_json::from_slice(&fs::read(file).ok()?).unwrap())
    }
}

fn run(command: &mut Command) -> String {
    let output = command
        .output()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}\n{stderr}");
    String::from_utf8(output.stdout).unwrap()
}

/// The first line of a request.
fn line(request: &str) -> String {
    request.lines().next().unwrap_or_default().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs obelisk on the path"]
async fn a_workflow_survives_a_crash_and_retries_what_passes() {
    let stytch = Emulator::start(([127, 0, 0, 1], 0).into(), Options::default())
        .await
        .unwrap();
    tokio::task::block_in_place(|| story(&stytch));
}

fn story(stytch: &Emulator) {
    const RETRIEVE: &str = "GET /v1/users/ada.lovelace HTTP/1.1";
    const SEARCH: &str = "POST /v1/users/search HTTP/1.1";
    let ask = |method, path: &str, body: &str| {
        http_call(stytch.address(), method, path, (PROJECT_ID, SECRET), body)
    };
    let user = |id: &str| Answer::http("200 OK", &[], ask("GET", &format!("/v1/users/{id}"), ""));
    let locked = "user-test-0900511e-7edf-4d4b-adff-27737b1bc91d";
    let page = Answer::http("200 OK", &[], ask("POST", "/v1/users/search", "{}"));
    let elsewhere = ScriptedServer::start(page.clone());
    let location = format!("location: {}/v1/users/a", elsewhere.base_url());
    let server = ScriptedServer::start_with(vec![
        user("ada.lovelace"),
        Answer::Stall(Vec::new()),
        Answer::http("503 Service Unavailable", &[], ""),
        page.clone(),
        Answer::http("404 Not Found", &[], ask("GET", "/v1/users/nobody", "")),
        user(locked),
        page,
        Answer::http(
            "401 Unauthorized",
            &[],
            r#"{"error_type":"unauthorized_credentials"}"#,
        ),
        Answer::http("307 Temporary Redirect", &[location.as_str()], ""),
    ]);
    let example = Example::new(&server.base_url());

    // The engine dies while the second activity waits for its answer.
    let engine = example.start();
    let ada = example.submit("ada.lovelace");
    assert_eq!(line(&server.request()), RETRIEVE);
    assert_eq!(line(&server.request()), SEARCH);
    drop(engine);
    assert_eq!(example.filed("ada.lovelace"), None);

    // Another process goes on from its log: what ended is not asked again; what did not
    // is, and once more for the status that passes.
    let _engine = example.start();
    let case = example.result(&ada)["ok"].clone();
    assert_eq!(line(&server.request()), SEARCH);
    assert_eq!(line(&server.request()), SEARCH);
    assert_eq!(server.pending_requests(), 0);
    assert_eq!(case["verdict"], "clear", "{case}");
    assert_eq!(case["verified_emails"], json!(["ada@example.com"]));
    assert_eq!(case["same_domain"], 200);
    assert_eq!(example.filed("ada.lovelace"), Some(case));

    // Nobody: an answer like any other, and nothing to try again.
    let nobody = example.result(&example.submit("nobody"))["ok"].clone();
    assert_eq!(line(&server.request()), "GET /v1/users/nobody HTTP/1.1");
    assert_eq!(server.pending_requests(), 0);
    assert_eq!(nobody["verdict"], "unknown-user", "{nobody}");
    assert_eq!(example.filed("nobody"), Some(nobody));

    // A locked account.
    let held = example.result(&example.submit(locked))["ok"].clone();
    assert!(line(&server.request()).starts_with("GET "));
    assert_eq!(line(&server.request()), SEARCH);
    assert_eq!(held["verdict"], "review-lock", "{held}");
    assert_eq!(example.filed(locked), Some(held));

    // A refused credential does not pass: one request, an error, and no case.
    let refused = example.result(&example.submit("grace_hopper"));
    assert!(line(&server.request()).starts_with("GET "));
    assert_eq!(server.pending_requests(), 0);
    let reason = "the user was not retrieved: the credential was refused";
    assert_eq!(refused["error"], reason, "{refused}");
    assert_eq!(example.filed("grace_hopper"), None);

    // A redirect is not followed.
    let redirected = example.result(&example.submit("alan.turing"));
    assert!(line(&server.request()).starts_with("GET "));
    assert_eq!(elsewhere.pending_requests(), 0);
    let reason = "the user was not retrieved: the response is malformed";
    assert_eq!(redirected["error"], reason, "{redirected}");
}
