//! `--jq`: an expression over the JSON that would be printed. It is evaluated in a
//! separate process with resource limits: an expression, or untrusted data in a user's
//! metadata, may need any amount of stack, memory and time.

mod error;
mod framing;
mod functions;
mod limits;
mod print;
mod process;
mod program;

pub(crate) use process::{evaluate, is_evaluator};

use super::surrogates;
use crate::error::Usage;
use error::JqError;
use framing::Reply;
use serde::Serialize;
use std::borrow::Cow;
use std::env;
use std::ffi::OsString;
use std::io::{self, BufReader, Read, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::sync::{Mutex, Once, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// The minimum time that an expression gets to compile, whatever `--timeout` is.
const COMPILATION: Duration = Duration::from_secs(10);

/// The environment variables to keep: for the library path and the time zone.
const VARIABLES: [&str; 3] = ["LD_LIBRARY_PATH", "SYSTEMROOT", "TZ"];

/// How many chunks of output are buffered.
const BUFFERED: usize = 16;

/// The size of a batch of documents, in bytes.
const BATCH: usize = 1 << 18;

/// How much of the standard error of a dead process is read, in bytes.
const LARGEST_STDERR: u64 = 1 << 12;

/// A compiled expression.
pub(crate) struct Jq {
    evaluator: Mutex<Evaluator>,
    quiet: bool,
    /// Prints the note about replaced surrogates only once.
    note: Once,
}

/// A batch of documents for an expression, which it processes one at a time.
#[derive(Default)]
pub(super) struct Documents(Vec<u8>);

impl Documents {
    /// Whether the batch is large enough to be evaluated.
    pub(super) fn are_full(&self) -> bool {
        self.0.len() >= BATCH
    }
}

impl Jq {
    /// `timeout` is how long each evaluation may take.
    pub(super) fn compile(
        expression: &str,
        terminal: bool,
        quiet: bool,
        timeout: Duration,
    ) -> Result<Self, Usage> {
        let not_started = |error: io::Error| {
            Usage::new(format!(
                "--jq: the evaluator process cannot be started: {error}"
            ))
        };
        let mut evaluator = Evaluator::start().map_err(not_started)?;
        let terminal = if terminal {
            process::TERMINAL
        } else {
            process::NO_TERMINAL
        };
        let request = [&[terminal], expression.as_bytes()];
        evaluator
            .request(&request, timeout.max(COMPILATION), &mut io::sink())
            .map_err(not_started)??;
        evaluator.timeout = timeout;
        Ok(Self {
            evaluator: Mutex::new(evaluator),
            quiet,
            note: Once::new(),
        })
    }

    /// Adds a document to a batch.
    pub(super) fn add(
        &self,
        documents: &mut Documents,
        document: &impl Serialize,
    ) -> io::Result<()> {
        let json = serde_json::to_vec(document)?;
        framing::write(&mut documents.0, &[&self.without_surrogates(&json)])
    }

    /// The JSON with unpaired surrogates replaced, as an expression can read it.
    fn without_surrogates<'a>(&self, json: &'a [u8]) -> Cow<'a, [u8]> {
        let replaced = surrogates::replace_unpaired(json);
        if matches!(replaced, Cow::Owned(_)) && !self.quiet {
            self.note.call_once(|| {
                // There is nowhere to report that standard error is closed.
                let _ = writeln!(
                    io::stderr(),
                    "note: the text has an unpaired surrogate, which is not a character; --jq sees U+FFFD in its place"
                );
            });
        }
        replaced
    }

    /// Writes each result on its own line: strings as they are, and everything else as
    /// JSON.
    pub(super) fn run(&self, document: &[u8], out: &mut impl Write) -> anyhow::Result<()> {
        let document = self.without_surrogates(document);
        let length = (document.len() as u64).to_le_bytes();
        self.evaluate(&[&length, &document], out)
    }

    /// The same for each document of a batch, which is then cleared.
    pub(super) fn run_each(
        &self,
        documents: &mut Documents,
        out: &mut impl Write,
    ) -> anyhow::Result<()> {
        if documents.0.is_empty() {
            return Ok(());
        }
        let result = self.evaluate(&[&documents.0], out);
        documents.0.clear();
        result
    }

    fn evaluate(&self, request: &[&[u8]], out: &mut impl Write) -> anyhow::Result<()> {
        let mut evaluator = self
            .evaluator
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let timeout = evaluator.timeout;
        evaluator.request(request, timeout, out)??;
        Ok(())
    }
}

/// The evaluator process, which is killed on drop.
struct Evaluator {
    process: Child,
    requests: Option<ChildStdin>,
    replies: Receiver<Reply>,
    timeout: Duration,
}

impl Evaluator {
    fn start() -> io::Result<Self> {
        let mut command = Command::new(program()?);
        command
            .arg(process::ARGUMENT)
            .env_clear()
            .envs(VARIABLES.into_iter().filter_map(variable))
            // In KiB. By default, the allocator reserves as much address space at a time as
            // the evaluator is allowed to have.
            .env("MIMALLOC_ARENA_RESERVE", "65536")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        #[cfg(unix)]
        {
            use std::os::unix::process::CommandExt;
            // An interrupt should only reach this process, which then kills the other.
            command.arg0("stytch-host").process_group(0);
        }
        let mut process = command.spawn()?;
        let (sender, replies) = sync_channel(BUFFERED);
        if let Some(stdout) = process.stdout.take() {
            let mut stdout = BufReader::new(stdout);
            thread::Builder::new().spawn(move || {
                while let Ok(Some(reply)) = Reply::read(&mut stdout)
                    && sender.send(reply).is_ok()
                {}
            })?;
        }
        Ok(Self {
            requests: process.stdin.take(),
            process,
            replies,
            timeout: COMPILATION,
        })
    }

    /// Sends a request, and writes its output to `out`. The outer error is that of `out`.
    /// The timeout covers waiting for the process, but not for the reader of the output.
    fn request(
        &mut self,
        request: &[&[u8]],
        timeout: Duration,
        out: &mut impl Write,
    ) -> io::Result<Result<(), Usage>> {
        let sent = match &mut self.requests {
            Some(requests) => framing::write(requests, request).and_then(|()| requests.flush()),
            None => Err(io::ErrorKind::BrokenPipe.into()),
        };
        if sent.is_err() {
            return Ok(Err(self.exit_error()));
        }
        let mut left = timeout;
        loop {
            let start = Instant::now();
            let reply = self.replies.recv_timeout(left);
            left = left.saturating_sub(start.elapsed());
            match reply {
                Ok(Reply::Output(text)) => out.write_all(&text)?,
                Ok(Reply::Done) => return Ok(Ok(())),
                Ok(Reply::Failed(error)) => return Ok(Err(usage_error(&error))),
                Err(RecvTimeoutError::Timeout) => {
                    self.kill();
                    return Ok(Err(too_long(timeout)));
                }
                Err(RecvTimeoutError::Disconnected) => return Ok(Err(self.exit_error())),
            }
        }
    }

    fn kill(&mut self) {
        self.requests = None;
        // It may have exited already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }

    /// Why the process ended.
    fn exit_error(&mut self) -> Usage {
        self.kill();
        let mut message = Vec::new();
        if let Some(stderr) = self.process.stderr.take() {
            // If it cannot be read, the generic message below applies.
            let _ = stderr.take(LARGEST_STDERR).read_to_end(&mut message);
        }
        let message = String::from_utf8_lossy(&message);
        if message.contains(process::NO_STACK) {
            Usage::new("--jq failed: the expression recurses too deeply, or builds a value that is nested too deeply")
                .hint("look for endless recursion, or a value that is wrapped again and again")
        } else if message.contains(process::NO_MEMORY) {
            let limit = limits::MEMORY;
            Usage::new(format!(
                "--jq failed: the expression needs more than {limit} MiB of memory"
            ))
            .hint("look for a list or text that grows endlessly; with --output jsonl the expression gets one user at a time")
        } else {
            Usage::new("--jq failed: the evaluator process ended unexpectedly")
                .hint("another program, or a limit of this machine, may have killed it; try again")
        }
    }
}

impl Drop for Evaluator {
    fn drop(&mut self) {
        self.kill();
    }
}

/// The running executable, even if its file was replaced since it started.
fn program() -> io::Result<PathBuf> {
    let running = PathBuf::from("/proc/self/exe");
    if cfg!(target_os = "linux") && running.exists() {
        return Ok(running);
    }
    env::current_exe()
}

fn variable(name: &'static str) -> Option<(&'static str, OsString)> {
    Some((name, env::var_os(name)?))
}

fn usage_error(error: &[u8]) -> Usage {
    match serde_json::from_slice(error) {
        Ok(JqError {
            message,
            hint: Some(hint),
        }) => Usage::new(message).hint(hint),
        Ok(JqError { message, .. }) => Usage::new(message),
        Err(_) => Usage::new("--jq failed"),
    }
}

fn too_long(timeout: Duration) -> Usage {
    Usage::new(format!(
        "--jq failed: the expression took longer than {} s",
        timeout.as_secs_f64()
    ))
    .hint("look for an endless loop, or allow more time with --timeout")
}
