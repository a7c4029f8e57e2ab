//! A client that sends bytes.

use crate::PATIENCE;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};
use std::{fs, thread};
use stytch_testkit::Cli;

/// A server and the only client that it has. It is killed on drop.
pub(crate) struct Client {
    process: Child,
    input: Option<ChildStdin>,
    messages: Receiver<Value>,
    next_id: i64,
    audit: tempfile::TempPath,
    _cli: Cli,
}

impl Client {
    /// Starts `stytch-host … mcp …`.
    pub(crate) fn start(global: &[&str], args: &[&str], variables: &[(&str, String)]) -> Self {
        let cli = crate::cli();
        let audit = tempfile::NamedTempFile::new().unwrap().into_temp_path();
        let audit_log = ["--audit-log", audit.to_str().unwrap()];
        let args = [global, &["mcp"], args, &audit_log].concat();
        let mut command = cli.command(&args);
        command.envs(variables.iter().map(|(name, value)| (name, value)));
        let (process, input, messages) = spawn(&mut command);
        Self {
            process,
            input: Some(input),
            messages,
            next_id: 0,
            audit,
            _cli: cli,
        }
    }

    /// Starts it with its own emulator, and initializes.
    pub(crate) fn emulated(args: &[&str]) -> Self {
        let mut client = Self::start(&["--emulator"], args, &[]);
        client.initialize();
        client
    }

    pub(crate) fn initialize(&mut self) -> Value {
        let result = self.request("initialize", initialize("2025-11-25"));
        self.send(&json!({"jsonrpc": "2.0", "method": "notifications/initialized"}));
        result["result"].clone()
    }

    pub(crate) fn send(&mut self, message: &Value) {
        self.send_bytes(format!("{message}\n").as_bytes());
    }

    pub(crate) fn send_bytes(&mut self, bytes: &[u8]) {
        self.input.as_mut().unwrap().write_all(bytes).unwrap();
    }

    /// Sends a request, and returns its ID.
    pub(crate) fn begin(&mut self, method: &str, params: Value) -> i64 {
        self.next_id += 1;
        let id = self.next_id;
        self.send(&json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params}));
        id
    }

    /// Sends a request, and returns the response.
    pub(crate) fn request(&mut self, method: &str, params: Value) -> Value {
        let id = self.begin(method, params);
        self.response(id)
    }

    /// Waits for the response to a request; drops other messages.
    pub(crate) fn response(&mut self, id: i64) -> Value {
        loop {
            let message = self.message();
            if message["id"] == id {
                return message;
            }
        }
    }

    /// Waits for the next message.
    pub(crate) fn message(&mut self) -> Value {
        self.messages.recv_timeout(PATIENCE).unwrap()
    }

    /// Whether the server says nothing for a moment.
    pub(crate) fn is_silent(&self) -> bool {
        let message = self.messages.recv_timeout(Duration::from_millis(200));
        message == Err(RecvTimeoutError::Timeout)
    }

    /// Calls a tool, and returns the result.
    pub(crate) fn call(&mut self, tool: &str, arguments: Value) -> Value {
        let response = self.request("tools/call", json!({"name": tool, "arguments": arguments}));
        assert!(response["error"].is_null(), "{response}");
        response["result"].clone()
    }

    /// The structured content of a call that succeeds.
    pub(crate) fn structured(&mut self, tool: &str, arguments: Value) -> Value {
        let result = self.call(tool, arguments);
        assert_eq!(result["isError"], false, "{result}");
        result["structuredContent"].clone()
    }

    /// The error of a call that fails.
    pub(crate) fn error(&mut self, tool: &str, arguments: Value) -> Value {
        let result = self.call(tool, arguments);
        assert_eq!(result["isError"], true, "{result}");
        error(&result)
    }

    /// Ends the input, as a client that is done does.
    pub(crate) fn close(&mut self) {
        self.input = None;
    }

    /// Tells the server to end.
    #[cfg(unix)]
    pub(crate) fn terminate(&self) {
        let id = self.process.id().to_string();
        let kill = Command::new("kill").args(["-TERM", &id]).status();
        assert!(kill.unwrap().success());
    }

    /// Waits for the end of the server, and returns the messages that are left.
    pub(crate) fn wait(&mut self) -> (ExitStatus, Vec<Value>) {
        let start = Instant::now();
        loop {
            if let Some(status) = self.process.try_wait().unwrap() {
                return (status, self.messages.iter().collect());
            }
            assert!(start.elapsed() < PATIENCE, "the server does not end");
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// The lines of the audit log.
    pub(crate) fn audit(&self) -> Vec<Value> {
        let text = fs::read_to_string(&self.audit).unwrap();
        let lines = text.lines();
        lines
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The error of a result.
pub(crate) fn error(result: &Value) -> Value {
    let text = result["content"][1]["text"].as_str().unwrap();
    let document: Value = serde_json::from_str(text).unwrap();
    document["error"].clone()
}

/// The parameters of `initialize`.
pub(crate) fn initialize(version: &str) -> Value {
    json!({
        "protocolVersion": version,
        "capabilities": {},
        "clientInfo": {"name": "test", "version": "1"},
    })
}

fn spawn(command: &mut Command) -> (Child, ChildStdin, Receiver<Value>) {
    let mut process = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()
        .unwrap();
    let input = process.stdin.take().unwrap();
    let output = BufReader::new(process.stdout.take().unwrap());
    let (sender, messages) = channel();
    thread::spawn(move || {
        for line in output.lines().map_while(Result::ok) {
            let message = serde_json::from_str(&line);
            let message = message.unwrap_or_else(|error| panic!("{error}: {line}"));
            if sender.send(message).is_err() {
                break;
            }
        }
    });
    (process, input, messages)
}
