//! Temporal's server, and workers, as processes that end with the test.

#![allow(dead_code, reason = "each test target uses a part of this")]

use serde_json::Value;
use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};
use stytch_emulator::{Emulator, PROJECT_ID, SECRET};
use tempfile::TempDir;

/// How long anything may take that normally takes a moment.
const PATIENCE: Duration = Duration::from_mins(1);

/// Waits until `ready` returns something.
pub fn wait_for<T>(what: &str, ready: impl FnMut() -> Option<T>) -> T {
    wait_at_most(PATIENCE, what, ready)
}

/// Waits until `ready` returns something, for what takes more than a moment.
pub fn wait_at_most<T>(patience: Duration, what: &str, mut ready: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(value) = ready() {
            return value;
        }
        assert!(start.elapsed() < patience, "no {what}");
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

/// Runs a command that must succeed.
pub fn run(command: &mut Command) -> Output {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {output:?}");
    output
}

/// A process that is killed when this is dropped.
pub struct Process {
    child: Child,
    log: PathBuf,
}

impl Process {
    /// Starts it; what it prints goes to the end of the file `log`.
    pub fn start(command: &mut Command, log: PathBuf) -> Self {
        let mut options = fs::File::options();
        let file = options.create(true).append(true).open(&log).unwrap();
        command.stdout(file.try_clone().unwrap()).stderr(file);
        Self {
            child: command.spawn().unwrap(),
            log,
        }
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    pub fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap()
    }

    /// Whether it has ended, and if so, well.
    pub fn ended(&mut self) -> Option<bool> {
        let status = self.child.try_wait().unwrap();
        status.map(|status| status.success())
    }

    /// Ends it as a crash of the machine would.
    pub fn kill(mut self) -> String {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        self.log()
    }

    /// Asks it to end; returns whether it did so well, and its log.
    pub fn terminate(mut self) -> (bool, String) {
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
pub struct Temporal {
    process: Option<Process>,
    pub address: String,
    pub folder: TempDir,
    activities: AtomicU32,
    workers: AtomicU32,
}

impl Temporal {
    pub fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let port = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let mut server = Self {
            process: None,
            address: format!("127.0.0.1:{port}"),
            folder,
            activities: AtomicU32::new(0),
            workers: AtomicU32::new(0),
        };
        server.resume();
        server
    }

    /// Ends the server as a crash would.
    pub fn kill(&mut self) {
        if let Some(process) = self.process.take() {
            process.kill();
        }
    }

    /// Starts the server, with the database that is there.
    pub fn resume(&mut self) {
        let (ip, port) = self.address.split_once(':').unwrap();
        let folder = self.folder.path();
        let mut command = Command::new(temporal());
        command
            .args(["server", "start-dev", "--headless"])
            .args(["--ip", ip, "--port", port, "--db-filename"])
            .arg(folder.join("temporal.db"));
        self.process = Some(Process::start(&mut command, folder.join("server.log")));
        wait_for("server", || {
            let health = self.temporal(&["operator", "cluster", "health"]).output();
            health.unwrap().status.success().then_some(())
        });
    }

    /// Temporal's command line, connected to this server.
    pub fn temporal(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(temporal());
        command.args(arguments).args(["--address", &self.address]);
        command
    }

    /// Stores the credential of an emulator under a name.
    pub fn add_credential(&self, name: &str, stytch: &Emulator) {
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
    pub fn worker(&self, arguments: &[&str]) -> Process {
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
    pub fn has_stored(&self, text: &str) -> bool {
        ["temporal.db", "temporal.db-wal"].iter().any(|file| {
            // There is a log of changes only while the server is running.
            let bytes = fs::read(self.folder.path().join(file)).unwrap_or_default();
            bytes
                .windows(text.len())
                .any(|bytes| bytes == text.as_bytes())
        })
    }

    /// What the server says of the limit of a task queue for activities.
    pub fn task_queue_config(&self, queue: &str) -> String {
        let mut command = self.temporal(&["task-queue", "config", "get"]);
        command.args(["--task-queue", queue, "--task-queue-type", "activity"]);
        let output = run(command.args(["--output", "json"]));
        String::from_utf8(output.stdout).unwrap()
    }

    /// Starts an activity; returns its ID.
    pub fn begin(&self, activity: &str, queue: &str, input: &Value) -> String {
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
    pub fn result(&self, id: &str) -> Result<Value, Value> {
        let mut command = self.temporal(&["activity", "result", "--activity-id", id]);
        command.args(["--output", "json"]);
        let output = wait_for("result", || {
            let output = command.output().unwrap();
            // What the server says while the machine is overloaded.
            let is_busy = String::from_utf8_lossy(&output.stderr).contains("is busy");
            (!is_busy).then_some(output)
        });
        let mut value: Value = serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|error| panic!("{error}: {output:?}"));
        match value["status"].as_str() {
            Some("COMPLETED") => Ok(value["result"].take()),
            _ => Err(value["failure"].take()),
        }
    }

    pub fn execute(&self, activity: &str, queue: &str, input: &Value) -> Result<Value, Value> {
        self.result(&self.begin(activity, queue, input))
    }
}
