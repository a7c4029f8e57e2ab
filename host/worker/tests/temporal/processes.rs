//! Temporal's server, and workers, as processes that end with the test.

use serde_json::Value;
use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};
use stytch_emulator::{Emulator, PROJECT_ID, SECRET};
use tempfile::TempDir;

/// How long anything may take that normally takes a moment.
const PATIENCE: Duration = Duration::from_secs(60);

/// Waits until `ready` returns something.
pub(crate) fn wait_for<T>(what: &str, mut ready: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(value) = ready() {
            return value;
        }
        assert!(start.elapsed() < PATIENCE, "no {what}");
        sleep(Duration::from_millis(20));
    }
}

/// Temporal's command line, installed once.
fn temporal() -> &'static Path {
    static TEMPORAL: OnceLock<PathBuf> = OnceLock::new();
    TEMPORAL.get_or_init(|| {
        let environment = Path::new(env!("CARGO_TARGET_TMPDIR")).join("temporal");
        let requirements = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/tests/temporal/requirements.txt"
        );
        let pip = environment.join("bin/pip");
        if !pip.exists() {
            run(Command::new("python3")
                .args(["-m", "venv"])
                .arg(&environment));
        }
        run(Command::new(pip).args(["install", "--quiet", "--require-hashes", "-r", requirements]));
        environment.join("bin/temporal")
    })
}

fn run(command: &mut Command) -> Output {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {output:?}");
    output
}

/// A process that is killed when this is dropped.
pub(crate) struct Process {
    child: Child,
    log: PathBuf,
}

impl Process {
    fn start(command: &mut Command, log: PathBuf) -> Self {
        let file = fs::File::create(&log).unwrap();
        command.stdout(Stdio::null()).stderr(file);
        Self {
            child: command.spawn().unwrap(),
            log,
        }
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap()
    }

    /// Ends it as a crash of the machine would.
    pub(crate) fn kill(mut self) -> String {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        self.log()
    }

    /// Asks it to end; returns whether it did so well, and its log.
    pub(crate) fn terminate(mut self) -> (bool, String) {
        let id = self.child.id().to_string();
        run(Command::new("kill").args(["-TERM", &id]));
        let status = wait_for("end", || self.child.try_wait().unwrap());
        (status.success(), self.log())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A server with a database of its own, and a folder for credentials and workers.
pub(crate) struct Temporal {
    _process: Process,
    pub(crate) address: String,
    pub(crate) folder: TempDir,
    activities: AtomicU32,
    workers: AtomicU32,
}

impl Temporal {
    pub(crate) fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let port = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let mut command = Command::new(temporal());
        command
            .args([
                "server",
                "start-dev",
                "--headless",
                "--ip",
                "127.0.0.1",
                "--port",
            ])
            .arg(port.to_string())
            .arg("--db-filename")
            .arg(folder.path().join("temporal.db"));
        let process = Process::start(&mut command, folder.path().join("server.log"));
        let server = Self {
            _process: process,
            address: format!("127.0.0.1:{port}"),
            folder,
            activities: AtomicU32::new(0),
            workers: AtomicU32::new(0),
        };
        wait_for("server", || {
            let health = server.temporal(&["operator", "cluster", "health"]).output();
            health.unwrap().status.success().then_some(())
        });
        server
    }

    /// Temporal's command line, connected to this server.
    pub(crate) fn temporal(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(temporal());
        command.args(arguments).args(["--address", &self.address]);
        command
    }

    /// Stores the credential of an emulator under a name.
    pub(crate) fn add_credential(&self, name: &str, stytch: &Emulator) {
        let folder = self.folder.path().join("credentials").join(name);
        fs::create_dir_all(&folder).unwrap();
        for (file, text) in [
            ("project-id", PROJECT_ID),
            ("secret", SECRET),
            ("base-url", &stytch.base_url()),
        ] {
            fs::write(folder.join(file), text).unwrap();
        }
    }

    /// Starts a worker with the credentials that were stored.
    pub(crate) fn worker(&self, arguments: &[&str]) -> Process {
        let number = self.workers.fetch_add(1, Ordering::Relaxed);
        let folder = self.folder.path();
        let mut command = Command::new(env!("CARGO_BIN_EXE_stytch-host-worker"));
        command
            .env_clear()
            .env("HOME", folder)
            .args(["--address", &self.address, "--credentials-dir"])
            .arg(folder.join("credentials"))
            .args(arguments);
        let worker = Process::start(&mut command, folder.join(format!("worker-{number}.log")));
        wait_for("worker", || worker.log().contains("serving").then_some(()));
        worker
    }

    /// Whether the server's database contains a text, in any of its files.
    pub(crate) fn has_stored(&self, text: &str) -> bool {
        ["temporal.db", "temporal.db-wal"].iter().any(|file| {
            // There is a log of changes only while the server is running.
            let bytes = fs::read(self.folder.path().join(file)).unwrap_or_default();
            bytes
                .windows(text.len())
                .any(|bytes| bytes == text.as_bytes())
        })
    }

    /// What the server says of the limit of a task queue for activities.
    pub(crate) fn task_queue_config(&self, queue: &str) -> String {
        let mut command = self.temporal(&["task-queue", "config", "get"]);
        command.args(["--task-queue", queue, "--task-queue-type", "activity"]);
        let output = run(command.args(["--output", "json"]));
        String::from_utf8(output.stdout).unwrap()
    }

    /// Starts an activity; returns its ID.
    pub(crate) fn begin(&self, activity: &str, queue: &str, input: &Value) -> String {
        let id = self.activities.fetch_add(1, Ordering::Relaxed).to_string();
        run(self
            .temporal(&[
                "activity",
                "start",
                "--activity-id",
                &id,
                "--type",
                activity,
            ])
            .args(["--task-queue", queue, "--input", &input.to_string()])
            .args([
                "--start-to-close-timeout",
                "5m",
                "--heartbeat-timeout",
                "2s",
            ])
            .args(["--retry-initial-interval", "100ms"]));
        id
    }

    /// Waits for the result of an activity, or its failure.
    pub(crate) fn result(&self, id: &str) -> Result<Value, Value> {
        let mut command = self.temporal(&["activity", "result", "--activity-id", id]);
        let output = command.args(["--output", "json"]).output().unwrap();
        let mut value: Value = serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|error| panic!("{error}: {output:?}"));
        match value["status"].as_str() {
            Some("COMPLETED") => Ok(value["result"].take()),
            _ => Err(value["failure"].take()),
        }
    }

    pub(crate) fn execute(
        &self,
        activity: &str,
        queue: &str,
        input: &Value,
    ) -> Result<Value, Value> {
        self.result(&self.begin(activity, queue, input))
    }
}
