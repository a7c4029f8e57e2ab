//! The process that evaluates: it knows the expression and what it is given, and
//! neither a credential nor the network. Whatever an expression does to its stack,
//! its memory or its time, it is this process that ends of it.

use super::framing::{self, Reply};
use super::limits;
use super::mistake::Mistake;
use super::print::print;
use super::program::Program;
use std::io::{self, Write};
use std::panic;
use std::process::{ExitCode, exit};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

/// What this program is called with to be that process.
pub(super) const ARGUMENT: &str = "__evaluate";

/// The first byte of an expression's text where a terminal is printed on.
pub(super) const TERMINAL: u8 = b't';
pub(super) const NO_TERMINAL: u8 = b'n';

/// What is said of memory that cannot be had, like the standard library does.
pub(super) const NO_MEMORY: &str = "memory allocation of";
pub(super) const NO_STACK: &str = "has overflowed its stack";

/// Results are sent in parts of this size, or after this time.
const PART: usize = 1 << 15;
const INTERVAL: Duration = Duration::from_millis(50);

/// Whether this process is the one that evaluates.
pub(crate) fn is_evaluator() -> bool {
    std::env::args_os()
        .nth(1)
        .is_some_and(|arg| arg == ARGUMENT)
}

/// Evaluates until standard input ends: then nobody waits for it any more.
pub(crate) fn evaluate() -> ExitCode {
    limits::set_core_limit();
    panic::set_hook(Box::new(|panic| {
        // The message may have a value in it. This one has not.
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
    // With it ends what is still being evaluated.
    ExitCode::SUCCESS
}

fn work(requests: &Receiver<Vec<u8>>) {
    // Nobody is left to be told when the output is closed.
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
        Err(mistake) => return failed(&mistake).write(out),
    };
    Reply::Done.write(out)?;
    for documents in requests {
        let mut results = Results::new(out, terminal);
        let ended = match run(&program, &documents, &mut results)? {
            Ok(()) => Reply::Done,
            Err(mistake) => failed(&mistake),
        };
        results.send()?;
        ended.write(out)?;
    }
    Ok(())
}

fn failed(mistake: &Mistake) -> Reply {
    // Two texts are always JSON.
    Reply::Failed(serde_json::to_vec(mistake).unwrap_or_default())
}

/// Runs the expression over one document after the other.
fn run(
    program: &Program,
    mut documents: &[u8],
    results: &mut Results<'_, impl Write>,
) -> io::Result<Result<(), Mistake>> {
    while let Some(document) = framing::take(&mut documents)? {
        let values = match program.run(document) {
            Ok(values) => values,
            Err(mistake) => return Ok(Err(mistake)),
        };
        for value in values {
            match value.and_then(|value| print(&value, results.terminal, &mut results.part)) {
                Ok(()) => results.send_when_due()?,
                Err(mistake) => return Ok(Err(mistake)),
            }
        }
    }
    Ok(Ok(()))
}

/// Sends what is printed in parts.
struct Results<'a, W> {
    out: &'a mut W,
    terminal: bool,
    part: Vec<u8>,
    sent: Instant,
}

impl<'a, W: Write> Results<'a, W> {
    fn new(out: &'a mut W, terminal: bool) -> Self {
        Self {
            out,
            terminal,
            part: Vec::new(),
            sent: Instant::now(),
        }
    }

    fn send_when_due(&mut self) -> io::Result<()> {
        if self.part.len() >= PART || self.sent.elapsed() >= INTERVAL {
            self.send()?;
        }
        Ok(())
    }

    fn send(&mut self) -> io::Result<()> {
        self.sent = Instant::now();
        if self.part.is_empty() {
            return Ok(());
        }
        let part = std::mem::take(&mut self.part);
        Reply::Output(part).write(self.out)
    }
}
