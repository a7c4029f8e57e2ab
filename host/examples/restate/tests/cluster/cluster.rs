//! Three nodes of Restate, and the service, as processes that end with the test.

use serde_json::{Value, json};
use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus};
use std::sync::OnceLock;
use std::thread::sleep;
use std::time::{Duration, Instant};
use stytch_emulator::PROJECT_ID;
use tempfile::TempDir;

/// How long anything may take that normally takes a few seconds.
const PATIENCE: Duration = Duration::from_secs(90);

/// Waits until `ready` returns something.
pub fn wait_for<T>(what: &str, mut ready: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(value) = ready() {
            return value;
        }
        assert!(start.elapsed() < PATIENCE, "no {what}");
        sleep(Duration::from_millis(20));
    }
}

/// Restate's own program of this name, installed once. Not npm's wrapper for it: a test
/// that kills the wrapper would leave the program behind.
fn program(name: &str) -> PathBuf {
    static PACKAGES: OnceLock<PathBuf> = OnceLock::new();
    let packages = PACKAGES.get_or_init(|| {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("restate");
        fs::create_dir_all(&folder).unwrap();
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cluster");
        for file in ["package.json", "package-lock.json"] {
            fs::copy(source.join(file), folder.join(file)).unwrap();
        }
        // The script that is left out tells the maker that the package was installed.
        let mut npm = Command::new("npm");
        npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]);
        let output = npm.current_dir(&folder).output().unwrap();
        assert!(output.status.success(), "{npm:?}: {output:?}");
        folder.join("node_modules/@restatedev")
    });
    let architecture = match std::env::consts::ARCH {
        "x86_64" => "x64",
        "aarch64" => "arm64",
        other => panic!("Restate has no build for {other}"),
    };
    let system = match std::env::consts::OS {
        "macos" => "darwin",
        other => other,
    };
    packages.join(format!("{name}-{system}-{architecture}/bin/{name}"))
}

/// A process that is killed when this is dropped.
pub struct Process(Child);

impl Process {
    fn start(command: &mut Command, log: &Path) -> Self {
        let log = fs::File::options().create(true).append(true).open(log);
        let log = log.unwrap();
        command.stdout(log.try_clone().unwrap()).stderr(log);
        Self(command.spawn().unwrap())
    }

    /// Ends it as a crash of the machine would.
    pub fn kill(mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }

    /// Asks it to end, and waits until it has.
    pub fn terminate(mut self) -> ExitStatus {
        let id = self.0.id().to_string();
        let status = Command::new("kill").args(["-TERM", &id]).status();
        assert!(status.unwrap().success());
        wait_for("end", || self.0.try_wait().unwrap())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

struct Node {
    name: String,
    fabric: String,
    admin: String,
    ingress: String,
    /// `None` once it was killed.
    process: Option<Process>,
}

/// A cluster with a folder of its own.
pub struct Cluster {
    nodes: Vec<Node>,
    /// Where the service listens.
    service: String,
    folder: TempDir,
}

impl Cluster {
    pub fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        // All at once, so that no two are the same.
        let listeners: Vec<_> = (0..10)
            .map(|_| TcpListener::bind("127.0.0.1:0").unwrap())
            .collect();
        let mut addresses = listeners
            .iter()
            .map(|listener| listener.local_addr().unwrap().to_string());
        let service = addresses.next().unwrap();
        let mut nodes: Vec<_> = (1..=3)
            .map(|number| Node {
                name: format!("node-{number}"),
                fabric: addresses.next().unwrap(),
                admin: addresses.next().unwrap(),
                ingress: addresses.next().unwrap(),
                process: None,
            })
            .collect();
        drop(listeners);
        let fabrics: Vec<_> = nodes
            .iter()
            .map(|node| format!("http://{}", node.fabric))
            .collect();
        for (index, node) in nodes.iter_mut().enumerate() {
            let file = folder.path().join(format!("{}.toml", node.name));
            fs::write(
                &file,
                configuration(node, index == 0, &fabrics, folder.path()),
            )
            .unwrap();
            let mut command = Command::new(program("restate-server"));
            command.args(["--no-logo", "--config-file"]).arg(file);
            let log = folder.path().join(format!("{}.log", node.name));
            node.process = Some(Process::start(&mut command, &log));
        }
        let cluster = Self {
            nodes,
            service,
            folder,
        };
        wait_for("leader of every partition", || {
            (cluster.leaders().len() == 4).then_some(())
        });
        cluster
    }

    /// Starts the service, at the same address each time.
    pub fn serve(&self, base_url: &str, secret: &str) -> Process {
        let mut command = Command::new(env!("CARGO_BIN_EXE_stytch-restate"));
        command
            .env_clear()
            .env("LISTEN", &self.service)
            .env("STYTCH_PROJECT_ID", PROJECT_ID)
            .env("STYTCH_SECRET", secret)
            .env("STYTCH_BASE_URL", base_url);
        let log = self.folder.path().join("service.log");
        let lines = || fs::read_to_string(&log).unwrap_or_default().lines().count();
        let before = lines();
        let process = Process::start(&mut command, &log);
        wait_for("service", || (lines() > before).then_some(()));
        process
    }

    /// Tells the cluster of the service, and waits until every node knows of it.
    pub fn register(&self) {
        let deployment = json!({"uri": format!("http://{}", self.service)});
        let url = format!("http://{}/deployments", self.nodes[0].admin);
        wait_for("registration", || {
            matches!(http(&url, Some(&deployment)).0, 200 | 201).then_some(())
        });
        for node in &self.nodes {
            let url = format!("http://{}/services/stytch", node.admin);
            wait_for("service at a node", || {
                (http(&url, None).0 == 200).then_some(())
            });
        }
    }

    /// Calls a handler at the first node that lives; returns the status and the JSON.
    pub fn call(&self, handler: &str, input: &Value) -> (u16, Value) {
        let node = self.nodes.iter().find(|node| node.process.is_some());
        post(&node.unwrap().ingress, handler, input)
    }

    /// Starts an invocation, at one node after the other; returns its ID.
    pub fn begin(&self, number: usize, handler: &str, input: &Value) -> String {
        let node = &self.nodes[number % self.nodes.len()];
        // After registration an ingress may not know of the service for a moment.
        wait_for("invocation", || {
            let (status, mut answer) = post(&node.ingress, &format!("{handler}/send"), input);
            match (status, answer["invocationId"].take()) {
                (200 | 202, Value::String(id)) => Some(id),
                _ => None,
            }
        })
    }

    /// Waits for what an invocation ends with.
    pub fn result(&self, id: &str) -> Value {
        let node = self.nodes.iter().find(|node| node.process.is_some());
        let url = format!(
            "http://{}/restate/invocation/{id}/attach",
            node.unwrap().ingress
        );
        wait_for("result", || match http(&url, None) {
            (200, result) => Some(result),
            _ => None,
        })
    }

    /// Kills the node that leads most partitions; returns how many those were.
    pub fn kill_leader(&mut self) -> usize {
        let leaders = self.leaders();
        let led = |node: &Node| leaders.iter().filter(|name| **name == node.name).count();
        let node = self.nodes.iter_mut().max_by_key(|node| led(node)).unwrap();
        let count = led(node);
        node.process.take().unwrap().kill();
        count
    }

    /// What the journals of all invocations have, and what their states say.
    pub fn journals(&self) -> String {
        let url = format!("http://{}/query", self.nodes[0].admin);
        let rows = |query: &str| http(&url, Some(&json!({"query": query}))).1["rows"].take();
        let entries = rows("SELECT raw FROM sys_journal");
        let entries = entries.as_array().unwrap().iter().map(|entry| {
            let hex = entry["raw"].as_str().unwrap();
            let bytes = (0..hex.len()).step_by(2).map(|at| &hex[at..at + 2]);
            let bytes: Vec<_> = bytes
                .map(|byte| u8::from_str_radix(byte, 16).unwrap())
                .collect();
            String::from_utf8_lossy(&bytes).into_owned()
        });
        let entries: Vec<_> = entries.collect();
        let states = rows("SELECT * FROM sys_invocation");
        format!("{}\n{states}", entries.join("\n"))
    }

    /// What the nodes and the service logged.
    pub fn logs(&self) -> String {
        let files = fs::read_dir(self.folder.path()).unwrap().flatten();
        files
            .map(|file| file.path())
            .filter(|file| file.extension().is_some_and(|extension| extension == "log"))
            .map(|file| fs::read_to_string(file).unwrap())
            .collect()
    }

    /// The names of the nodes that lead the partitions.
    fn leaders(&self) -> Vec<String> {
        let query = "SELECT name FROM partitions JOIN nodes \
                     ON leader_gen_node_id = gen_node_id";
        let mut command = Command::new(program("restatectl"));
        command
            .args(["--address", &format!("http://{}", self.nodes[0].fabric)])
            .args(["sql", "--json", query]);
        let output = command.output().unwrap();
        // Until the first node is ready there is no answer.
        let rows: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap_or_default();
        rows.iter()
            .filter_map(|row| row["name"].as_str().map(str::to_owned))
            .collect()
    }
}

fn configuration(node: &Node, is_first: bool, fabrics: &[String], folder: &Path) -> String {
    let Node {
        name,
        fabric,
        admin,
        ingress,
        ..
    } = node;
    format!(
        r#"
        node-name = "{name}"
        cluster-name = "stytch"
        base-dir = {folder:?}
        # Only one node may found the cluster; the others find it.
        auto-provision = {is_first}
        default-num-partitions = 4
        default-replication = 2
        listen-mode = "tcp"
        bind-address = "{fabric}"
        advertised-address = "http://{fabric}"
        rocksdb-total-memory-size = "128 MiB"
        disable-telemetry = true
        log-disable-ansi-codes = true

        [metadata-client]
        addresses = {fabrics:?}

        [admin]
        bind-address = "{admin}"
        disable-web-ui = true

        [ingress]
        bind-address = "{ingress}"
        "#
    )
}

fn post(ingress: &str, handler: &str, input: &Value) -> (u16, Value) {
    http(&format!("http://{ingress}/stytch/{handler}"), Some(input))
}

/// Sends a request, a POST if it has a body; returns the status, 0 if there was no
/// response, and the JSON.
fn http(url: &str, body: Option<&Value>) -> (u16, Value) {
    let mut curl = Command::new("curl");
    curl.args(["--silent", "--write-out", "\n%{http_code}", "--max-time"])
        .arg(PATIENCE.as_secs().to_string())
        .args(["--header", "accept: application/json"]);
    if let Some(body) = body {
        curl.args(["--header", "content-type: application/json", "--data"])
            .arg(body.to_string());
    }
    let output = curl.arg(url).output().unwrap();
    let output = String::from_utf8(output.stdout).unwrap();
    let (body, status) = output.rsplit_once('\n').unwrap();
    let body = serde_json::from_str(body).unwrap_or_default();
    (status.parse().unwrap(), body)
}
