//! The evaluator process. It has the expression and its input, but neither credentials
//! nor network access. An expression that exhausts its stack, memory or time only
//! affects this process.

use super::error::JqError;
use super::framing::{self, Reply};
use super::limits;
use super::print::print;
use super::program::Program;
use std::io::{self, Write};
use std::panic;
use std::process::{ExitCode, exit};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

/// The argument that makes this program the evaluator.
pub(super) const ARGUMENT: &str = "__evaluate";

/// The first byte of the expression message, if the output is a terminal.
pub(super) const TERMINAL: u8 = b't';
pub(super) const NO_TERMINAL: u8 = b'n';

/// How the standard library reports failed allocations and stack overflows.
pub(super) const NO_MEMORY: &str = "memory allocation of";
pub(super) const NO_STACK: &str = "has overflowed its stack";

/// Results are sent in chunks of this size, or after this time.
const CHUNK: usize = 1 << 15;
const INTERVAL: Duration = Duration::from_millis(50);

/// Whether this process is the evaluator.
pub(crate) fn is_evaluator() -> bool {
    std::env::args_os()
        .nth(1)
        .is_some_and(|arg| arg == ARGUMENT)
}

/// Evaluates until standard input ends, when no results are needed any more.
pub(crate) fn evaluate() -> ExitCode {
    limits::set_core_limit();
    panic::set_hook(Box::new(|panic| {
        // Other messages may contain user data.
        if panic.payload_as_str() == Some("capacity overflow") {
            let _ = writeln!(io::stderr(), "{NO_MEMORY} too much");
        }
        exit(1)
    }));
    let (sender, requests) = mpsc::channel();
    let worker = thread::Builder::new().stack_size(limits::STACK);
    if worker.spawn(move || work(&requests)).is_err() {
        return ExitCode::FAILURE;
    }
    let mut stdin = io::stdin().lock();
    while let Ok(Some(text)) = framing::read(&mut stdin, limits::set_memory_limit) {
        if sender.send(text).is_err() {
            break;
        }
    }
    // Exiting also ends a running evaluation.
    ExitCode::SUCCESS
}

fn work(requests: &Receiver<Vec<u8>>) {
    // There is nowhere to report that the output is closed.
    let _ = reply(requests, &mut io::stdout().lock());
}

fn reply(requests: &Receiver<Vec<u8>>, out: &mut impl Write) -> io::Result<()> {
    let Ok(first) = requests.recv() else {
        return Ok(());
    };
    let (terminal, expression) = match first.split_first() {
        Some((flag, expression)) => (*flag == TERMINAL, String::from_utf8_lossy(expression)),
        None => (false, "".into()),
    };
    let program = match Program::compile(&expression) {
        Ok(program) => program,
        Err(error) => return failed(&error).write(out),
    };
    Reply::Done.write(out)?;
    for documents in requests {
        let mut results = Results::new(out, terminal);
        let last = match run(&program, &documents, &mut results)? {
            Ok(()) => Reply::Done,
            Err(error) => failed(&error),
        };
        results.send()?;
        last.write(out)?;
    }
    Ok(())
}

fn failed(error: &JqError) -> Reply {
    // Serializing two strings cannot fail.
    Reply::Failed(serde_json::to_vec(error).unwrap_or_default())
}

/// Runs the expression on each document.
fn run(
    program: &Program,
    mut documents: &[u8],
    results: &mut Results<'_, impl Write>,
) -> io::Result<Result<(), JqError>> {
    while let Some(document) = framing::take(&mut documents)? {
        let values = match program.run(document) {
            Ok(values) => values,
            Err(error) => return Ok(Err(error)),
        };
        for value in values {
            match value.and_then(|value| print(&value, results.terminal, &mut results.chunk)) {
                Ok(()) => results.send_when_due()?,
                Err(error) => return Ok(Err(error)),
            }
        }
    }
    Ok(Ok(()))
}

/// Sends the output in chunks.
struct Results<'a, W> {
    out: &'a mut W,
    terminal: bool,
    chunk: Vec<u8>,
    sent: Instant,
}

impl<'a, W: Write> Results<'a, W> {
    fn new(out: &'a mut W, terminal: bool) -> Self {
        Self {
            out,
            terminal,
            chunk: Vec::new(),
            sent: Instant::now(),
        }
    }

    fn send_when_due(&mut self) -> io::Result<()> {
        if self.chunk.len() >= CHUNK || self.sent.elapsed() >= INTERVAL {
            self.send()?;
        }
        Ok(())
    }

    fn send(&mut self) -> io::Result<()> {
        self.sent = Instant::now();
        if self.chunk.is_empty() {
            return Ok(());
        }
        let chunk = std::mem::take(&mut self.chunk);
        Reply::Output(chunk).write(self.out)
    }
}
