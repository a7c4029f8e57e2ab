//! The command in processes of its own, as users run it.

use serde_json::Value;
use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use stytch_emulator::{PROJECT_ID, SECRET};

const BINARY: &str = env!("CARGO_BIN_EXE_stytch-host");

/// A server in a process of its own, which ends with this.
pub(crate) struct Server {
    child: Child,
    variables: HashMap<String, String>,
}

impl Server {
    /// Starts the command, and waits until it has printed this number of variables.
    /// Components are compiled to files in `cache`.
    pub(crate) fn start(arguments: &[&str], variables: usize, cache: &Path) -> Self {
        let mut child = Command::new(BINARY)
            .arg("--quiet")
            .args(arguments)
            .env("XDG_CACHE_HOME", cache)
            .env("XDG_CONFIG_HOME", cache)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let variables = lines.take(variables).map(|line| {
            let line = line.unwrap();
            let (name, value) = line.split_once('=').unwrap();
            let name = name.strip_prefix("export ").unwrap();
            (name.to_owned(), value.to_owned())
        });
        Self {
            variables: variables.collect(),
            child,
        }
    }

    /// Starts an emulator.
    pub(crate) fn emulator(options: &[&str], cache: &Path) -> Self {
        let arguments = [&["emulator", "--listen", "127.0.0.1:0"], options].concat();
        Self::start(&arguments, 3, cache)
    }

    /// Returns a variable that it has printed.
    pub(crate) fn variable(&self, name: &str) -> &str {
        &self.variables[name]
    }

    /// Returns its resident memory in bytes.
    #[allow(dead_code, reason = "not all benchmarks read it")]
    pub(crate) fn memory(&self) -> u64 {
        memory(&self.child, "VmRSS:").unwrap()
    }

    /// Returns its largest resident memory so far in bytes.
    #[allow(dead_code, reason = "not all benchmarks read it")]
    pub(crate) fn largest_memory(&self) -> u64 {
        memory(&self.child, "VmHWM:").unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Reads a size of a process from Linux, in bytes.
fn memory(child: &Child, name: &str) -> Option<u64> {
    let text = fs::read_to_string(format!("/proc/{}/status", child.id())).ok()?;
    let size = text.lines().find_map(|line| line.strip_prefix(name))?;
    let kilobytes: u64 = size.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kilobytes * 1024)
}

/// Runs `search-users --all --output jsonl`, and checks that each user came once. Returns
/// the time, and the largest memory.
pub(crate) fn all_users(base_url: &str, users: u64, cache: &Path) -> (Duration, u64) {
    let output = cache.join("users.jsonl");
    let started = Instant::now();
    let mut child = Command::new(BINARY)
        .args(["search-users", "--all", "--output", "jsonl"])
        .env("STYTCH_BASE_URL", base_url)
        .env("STYTCH_PROJECT_ID", PROJECT_ID)
        .env("STYTCH_SECRET", SECRET)
        .env("XDG_CACHE_HOME", cache)
        .stdout(File::create(&output).unwrap())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut largest = 0;
    while child.try_wait().unwrap().is_none() {
        // The kernel keeps the largest value; it is gone with the process.
        largest = largest.max(memory(&child, "VmHWM:").unwrap_or(0));
        std::thread::sleep(Duration::from_millis(20));
    }
    let time = started.elapsed();
    let mut stderr = String::new();
    let mut pipe = child.stderr.take().unwrap();
    pipe.read_to_string(&mut stderr).unwrap();
    check_receipt(&stderr, users);
    let lines = BufReader::new(File::open(output).unwrap()).lines().count();
    assert_eq!(lines as u64, users);
    (time, largest)
}

/// Checks that a receipt is of a complete search that found each user once.
pub(crate) fn check_receipt(text: &str, users: u64) {
    let receipt: Value = serde_json::from_str(text).unwrap();
    assert_eq!(receipt["receipt"]["unique_users"], users, "{text}");
    assert_eq!(receipt["receipt"]["complete"], true, "{text}");
}
