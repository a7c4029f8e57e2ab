//! Servers as processes, which are killed on drop.

use crate::{assert_no_secret, cli, stderr};
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, ExitStatus, Output, Stdio};
use stytch_emulator::{PROJECT_ID, SECRET};
use stytch_testkit::{Cli, http_call};

/// A server that prints lines once it accepts connections.
pub(crate) struct Server {
    process: Child,
    stdout: BufReader<ChildStdout>,
}

impl Server {
    /// Starts it, and waits for so many lines.
    pub(crate) fn start(command: &mut Command, lines: usize) -> (Self, Vec<String>) {
        Self::spawn(command.stderr(Stdio::piped()), lines)
    }

    /// The same, with its standard error in a file.
    pub(crate) fn start_with_log(
        command: &mut Command,
        lines: usize,
        log: &Path,
    ) -> (Self, Vec<String>) {
        Self::spawn(command.stderr(File::create(log).unwrap()), lines)
    }

    fn spawn(command: &mut Command, lines: usize) -> (Self, Vec<String>) {
        let mut process = command.stdout(Stdio::piped()).spawn().unwrap();
        let stdout = BufReader::new(process.stdout.take().unwrap());
        let mut server = Self { process, stdout };
        let lines = (0..lines).map(|_| server.line()).collect();
        (server, lines)
    }

    /// Waits for the next line of its standard output.
    pub(crate) fn line(&mut self) -> String {
        let mut line = String::new();
        self.stdout.read_line(&mut line).unwrap();
        assert!(line.ends_with('\n'), "the server has ended");
        line
    }

    /// Sends a signal such as `-INT`; returns its exit status and its standard error.
    pub(crate) fn end_with(mut self, signal: &str) -> (ExitStatus, String) {
        let id = self.process.id().to_string();
        let kill = Command::new("kill").args([signal, &id]).status();
        assert!(kill.unwrap().success());
        let status = self.process.wait().unwrap();
        let mut text = String::new();
        if let Some(mut pipe) = self.process.stderr.take() {
            pipe.read_to_string(&mut text).unwrap();
        }
        (status, text)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// An emulator process.
pub(crate) struct Served {
    server: Server,
    cli: Cli,
    /// The three export lines that it printed.
    pub(crate) lines: [String; 3],
}

impl Served {
    /// Starts on a free port, and waits for the export lines.
    pub(crate) fn start(args: &[&str]) -> Self {
        Self::start_at("127.0.0.1:0", args)
    }

    /// The same, on the address `listen`.
    pub(crate) fn start_at(listen: &str, args: &[&str]) -> Self {
        let cli = cli();
        let args = [&["emulator", "--listen", listen], args].concat();
        let (server, lines) = Server::start(&mut cli.command(&args), 3);
        let lines = lines.try_into().unwrap();
        Self { server, cli, lines }
    }

    pub(crate) fn base_url(&self) -> &str {
        let value = self.lines[0].strip_prefix("export STYTCH_BASE_URL=");
        value.unwrap().trim_end()
    }

    pub(crate) fn address(&self) -> SocketAddr {
        let authority = self.base_url().strip_prefix("http://").unwrap();
        authority.parse().unwrap()
    }

    /// Runs a command with the exported variables.
    pub(crate) fn run(&self, args: &[&str]) -> Output {
        self.run_with_stdin(args, "")
    }

    pub(crate) fn run_with_stdin(&self, args: &[&str], stdin: &str) -> Output {
        self.cli.run_with(args, &self.variables(), stdin)
    }

    /// A command with the exported variables.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = self.cli.command(args);
        command.envs(self.variables());
        command
    }

    fn variables(&self) -> [(&str, &str); 3] {
        self.lines.each_ref().map(|line| {
            let assignment = line.trim_end().strip_prefix("export ").unwrap();
            assignment.split_once('=').unwrap()
        })
    }

    /// Runs a command with the right project and a wrong secret.
    pub(crate) fn run_with_wrong_secret(&self, args: &[&str]) -> Output {
        let variables = [
            ("STYTCH_PROJECT_ID", PROJECT_ID),
            ("STYTCH_SECRET", crate::HUSH),
            ("STYTCH_BASE_URL", self.base_url()),
        ];
        let output = self.cli.run_with(args, &variables, "");
        assert_no_secret(&output);
        output
    }

    /// The body of the response to a direct request.
    pub(crate) fn get(&self, path: &str) -> String {
        http_call(self.address(), "GET", path, (PROJECT_ID, SECRET), "")
    }

    /// Interrupts it as Ctrl-C does; returns its exit status and its standard error.
    pub(crate) fn interrupt(self) -> (ExitStatus, String) {
        self.server.end_with("-INT")
    }
}

/// The error of an emulator that fails to start.
pub(crate) fn fails_to_start(args: &[&str], exit: i32) -> String {
    let output = cli().run(&[&["emulator", "--listen", "127.0.0.1:0"], args].concat());
    let (error, printed) = (stderr(&output), output.stdout.len());
    assert_eq!((output.status.code(), printed), (Some(exit), 0), "{error}");
    assert!(error.starts_with("error: "), "{error}");
    error.to_owned()
}
