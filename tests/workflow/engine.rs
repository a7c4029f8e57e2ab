//! The example in a folder of its own, and servers of the engine as processes that end
//! with the test.

use serde_json::{Value, json};
use std::fs;
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;
use stytch_emulator::{PROJECT_ID, SECRET};
use stytch_testkit::run;

/// The example with its components built and no state.
pub(crate) struct Example {
    folder: PathBuf,
}

impl Example {
    /// Each test has its own, by its name.
    pub(crate) fn new(name: &str) -> Self {
        let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
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
        let source = workspace.join("host/examples/workflow");
        for file in [
            "deployment.toml",
            "server.toml",
            "server-postgres.toml",
            "file-case.sh",
        ] {
            fs::copy(source.join(file), folder.join(file)).unwrap();
        }
        Self { folder }
    }

    /// A server with this configuration, at an address of its own, that is not started yet.
    pub(crate) fn server(&self, name: &str, configuration: &str, base_url: &str) -> Server {
        let port = TcpListener::bind("127.0.0.1:0").unwrap();
        let api = port.local_addr().unwrap().to_string();
        let text = fs::read_to_string(self.folder.join(configuration)).unwrap();
        let own = format!("{name}.toml");
        fs::write(self.folder.join(&own), text.replace("127.0.0.1:5005", &api)).unwrap();
        let mut command = Command::new("obelisk");
        command
            .args(["server", "run", "--server-config", &own])
            .current_dir(&self.folder)
            .env("STYTCH_PROJECT_ID", PROJECT_ID)
            .env("STYTCH_SECRET", SECRET)
            .env("STYTCH_BASE_URL", base_url)
            .env("CASES", self.folder.join("cases"))
            .env_remove("RUST_BACKTRACE")
            .stderr(Stdio::piped());
        Server {
            command,
            api,
            process: None,
        }
    }

    /// The case that the workflow filed.
    pub(crate) fn filed(&self, external_id: &str) -> Option<Value> {
        let file = self
            .folder
            .join("cases")
            .join(format!("{external_id}.json"));
        Some(serde_json::from_slice(&fs::read(file).ok()?).unwrap())
    }
}

/// A server of the engine. It is killed with this.
pub(crate) struct Server {
    command: Command,
    api: String,
    process: Option<Child>,
}

impl Server {
    /// Sets a variable of its environment.
    pub(crate) fn with(mut self, variable: &str, value: impl AsRef<std::ffi::OsStr>) -> Self {
        self.command.env(variable, value);
        self
    }

    /// Gives it the deployment. Without, it takes the one that is active in the database.
    pub(crate) fn with_deployment(mut self) -> Self {
        self.command.args(["--deployment", "deployment.toml"]);
        self
    }

    /// Starts it, and waits until it is ready.
    pub(crate) fn start(&mut self) {
        let mut process = self.command.spawn().unwrap();
        let log = BufReader::new(process.stderr.take().unwrap());
        self.process = Some(process);
        let (sender, ready) = channel();
        thread::spawn(move || {
            for line in log.lines().map_while(Result::ok) {
                // Shown if the test fails.
                println!("{line}");
                if line.contains("Obelisk is ready") {
                    let _ = sender.send(());
                }
            }
        });
        let ready = ready.recv_timeout(Duration::from_mins(2));
        assert!(ready.is_ok(), "the server is not ready: see its log above");
    }

    /// Ends it as a crash does.
    pub(crate) fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill().unwrap();
            process.wait().unwrap();
        }
    }

    /// Begins the workflow, and gives the execution's ID.
    pub(crate) fn submit(&self, external_id: &str) -> String {
        let mut command = self.execution("submit");
        command
            .arg("acme:cases/workflow.investigate")
            .arg(json!([external_id]).to_string());
        let answer: Value = serde_json::from_str(&run(&mut command)).unwrap();
        answer["ok"].as_str().unwrap().to_owned()
    }

    /// What the workflow ends with.
    pub(crate) fn result(&self, execution: &str) -> Value {
        let mut command = self.execution("result");
        let output = command.args(["--follow", execution]).output().unwrap();
        serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output:?}"))
    }

    fn execution(&self, what: &str) -> Command {
        let mut command = Command::new("obelisk");
        command
            .args(["execution", what, "--json", "--api-url"])
            .arg(format!("http://{}", self.api));
        command
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(process) = &mut self.process {
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}
