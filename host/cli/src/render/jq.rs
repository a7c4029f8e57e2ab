//! `--jq`: an expression over the JSON that would be printed. It is evaluated by a
//! process of its own, which has limits: an expression, or what somebody wrote into
//! a user's metadata, may ask for any amount of stack, memory and time.

mod framing;
mod functions;
mod limits;
mod mistake;
mod print;
mod process;
mod program;

pub(crate) use process::{evaluate, is_evaluator};

use super::surrogates;
use crate::error::Usage;
use framing::Reply;
use mistake::Mistake;
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

/// How long an expression may take to be read, whatever `--timeout` is.
const COMPILATION: Duration = Duration::from_secs(10);

/// What is kept of the environment: where libraries are and which time is local.
const VARIABLES: [&str; 3] = ["LD_LIBRARY_PATH", "SYSTEMROOT", "TZ"];

/// How many parts of the output may wait to be printed.
const WAITING: usize = 16;

/// Documents are evaluated together once there are so many bytes of them.
const MANY: usize = 1 << 18;

/// What is read of the last words of a process that was ended.
const LAST_WORDS: u64 = 1 << 12;

/// An expression, ready to be run.
pub(crate) struct Jq {
    evaluator: Mutex<Evaluator>,
    quiet: bool,
    /// Says once that text was changed for it.
    note: Once,
}

/// Documents for an expression, which gets them one after the other.
#[derive(Default)]
pub(super) struct Documents(Vec<u8>);

impl Documents {
    /// Whether they should be evaluated before there are more.
    pub(super) fn are_many(&self) -> bool {
        self.0.len() >= MANY
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
                "--jq: the process that evaluates cannot be started: {error}"
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
            .ask(&request, timeout.max(COMPILATION), &mut io::sink())
            .map_err(not_started)??;
        evaluator.timeout = timeout;
        Ok(Self {
            evaluator: Mutex::new(evaluator),
            quiet,
            note: Once::new(),
        })
    }

    /// Adds a document to those that wait.
    pub(super) fn add(
        &self,
        documents: &mut Documents,
        document: &impl Serialize,
    ) -> io::Result<()> {
        let json = serde_json::to_vec(document)?;
        framing::write(&mut documents.0, &[&self.mended(&json)])
    }

    /// The JSON as an expression can read it.
    fn mended<'a>(&self, json: &'a [u8]) -> Cow<'a, [u8]> {
        let mended = surrogates::mend(json);
        if matches!(mended, Cow::Owned(_)) && !self.quiet {
            self.note.call_once(|| {
                // Nobody is left to be told when standard error is gone.
                let _ = writeln!(
                    io::stderr(),
                    "note: text with half of a surrogate pair in it, which stands for no character: --jq sees U+FFFD in its place"
                );
            });
        }
        mended
    }

    /// Writes each result on lines of its own: strings as they are, and all else
    /// as JSON.
    pub(super) fn run(&self, document: &[u8], out: &mut impl Write) -> anyhow::Result<()> {
        let document = self.mended(document);
        let length = (document.len() as u64).to_le_bytes();
        self.evaluate(&[&length, &document], out)
    }

    /// The same for one document after the other, which are taken away.
    pub(super) fn run_each(
        &self,
        documents: &mut Documents,
        out: &mut impl Write,
    ) -> anyhow::Result<()> {
        if documents.0.is_empty() {
            return Ok(());
        }
        let ended = self.evaluate(&[&documents.0], out);
        documents.0.clear();
        ended
    }

    fn evaluate(&self, request: &[&[u8]], out: &mut impl Write) -> anyhow::Result<()> {
        let mut evaluator = self
            .evaluator
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let timeout = evaluator.timeout;
        evaluator.ask(request, timeout, out)??;
        Ok(())
    }
}

/// The process that evaluates, which ends with this.
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
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        #[cfg(unix)]
        {
            use std::os::unix::process::CommandExt;
            // An interrupt is for this process, which ends the other one.
            command.arg0("stytch-host").process_group(0);
        }
        let mut process = command.spawn()?;
        let (sender, replies) = sync_channel(WAITING);
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

    /// Sends a request, and writes what comes until it is done. The outer error is
    /// that of `out`. Only the wait for the process counts, not that for a reader of
    /// the output.
    fn ask(
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
            return Ok(Err(self.ended()));
        }
        let mut left = timeout;
        loop {
            let begun = Instant::now();
            let reply = self.replies.recv_timeout(left);
            left = left.saturating_sub(begun.elapsed());
            match reply {
                Ok(Reply::Output(text)) => out.write_all(&text)?,
                Ok(Reply::Done) => return Ok(Ok(())),
                Ok(Reply::Failed(mistake)) => return Ok(Err(told(&mistake))),
                Err(RecvTimeoutError::Timeout) => {
                    self.end();
                    return Ok(Err(too_long(timeout)));
                }
                Err(RecvTimeoutError::Disconnected) => return Ok(Err(self.ended())),
            }
        }
    }

    fn end(&mut self) {
        self.requests = None;
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }

    /// Why it is gone.
    fn ended(&mut self) -> Usage {
        self.end();
        let mut words = Vec::new();
        if let Some(stderr) = self.process.stderr.take() {
            // What cannot be read says nothing.
            let _ = stderr.take(LAST_WORDS).read_to_end(&mut words);
        }
        let words = String::from_utf8_lossy(&words);
        if words.contains(process::NO_STACK) {
            Usage::new("--jq failed: the expression recurses too deep, or makes what is nested too deep")
                .hint("look for a definition that calls itself without an end, or that wraps a value again and again")
        } else if words.contains(process::NO_MEMORY) {
            let limit = limits::MEMORY;
            Usage::new(format!(
                "--jq failed: the expression takes more memory than {limit} MiB"
            ))
            .hint("look for a list or a text that grows without an end; with --output jsonl the expression gets one user at a time")
        } else {
            Usage::new("--jq failed: the process that evaluates ended early")
                .hint("another program, or a limit of this machine, may have ended it; try again")
        }
    }
}

impl Drop for Evaluator {
    fn drop(&mut self) {
        self.end();
    }
}

/// This program itself, even if its file was replaced since it was started.
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

fn told(mistake: &[u8]) -> Usage {
    match serde_json::from_slice(mistake) {
        Ok(Mistake {
            message,
            hint: Some(hint),
        }) => Usage::new(message).hint(hint),
        Ok(Mistake { message, .. }) => Usage::new(message),
        Err(_) => Usage::new("--jq failed"),
    }
}

fn too_long(timeout: Duration) -> Usage {
    Usage::new(format!(
        "--jq failed: the expression took longer than {} s",
        timeout.as_secs_f64()
    ))
    .hint("look for a loop without an end, or give it more time with --timeout")
}
