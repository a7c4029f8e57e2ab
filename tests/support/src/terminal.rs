//! A terminal for a program that asks whether it has one, and what a person
//! would see on it.

use pty_process::Size;
use pty_process::blocking::{Command as PtyCommand, Pty, open};
use std::io::{Read, Write};
use std::num::NonZero;
use std::process::{Child, Command, ExitStatus};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

/// How long a program may take to do what is waited for.
const WAIT: Duration = Duration::from_secs(20);

/// A program on a terminal of its own; it is killed with this.
pub struct Terminal {
    child: Child,
    pty: Arc<Pty>,
    chunks: Receiver<Vec<u8>>,
    output: Vec<u8>,
    parser: vt100::Parser,
}

impl Terminal {
    /// Starts the command. Of its environment there is what was set on it, and
    /// nothing else.
    pub fn spawn(command: &Command, rows: u16, cols: u16) -> Self {
        let (pty, pts) = open().expect("a terminal");
        pty.resize(Size::new(rows, cols)).expect("a size");
        let variables = command.get_envs();
        let mut program = PtyCommand::new(command.get_program())
            .args(command.get_args())
            .env_clear()
            .envs(variables.filter_map(|(name, value)| Some((name, value?))));
        if let Some(folder) = command.get_current_dir() {
            program = program.current_dir(folder);
        }
        let [rows, cols] = [rows, cols].map(|size| NonZero::new(size).expect("a size above 0"));
        let child = program.spawn(pts).expect("the program starts");
        let pty = Arc::new(pty);
        let (sender, chunks) = channel();
        let reader = Arc::clone(&pty);
        // Ends with the program: then there is nothing to read any more.
        thread::spawn(move || {
            let mut chunk = [0; 4096];
            while let Ok(count @ 1..) = (&*reader).read(&mut chunk) {
                let bytes = chunk.iter().take(count).copied().collect();
                if sender.send(bytes).is_err() {
                    return;
                }
            }
        });
        Self {
            child,
            pty,
            chunks,
            output: Vec::new(),
            parser: vt100::Parser::new(rows, cols, 0),
        }
    }

    /// Types.
    pub fn write(&self, text: &str) {
        (&*self.pty)
            .write_all(text.as_bytes())
            .expect("the terminal takes input");
    }

    /// Waits until the program has printed `text`; then gives all that it printed
    /// so far, as it came.
    pub fn read_until(&mut self, text: &str) -> String {
        let until = Instant::now() + WAIT;
        while !self.output().contains(text) {
            let left = until.saturating_duration_since(Instant::now());
            let Ok(chunk) = self.chunks.recv_timeout(left) else {
                let output = self.output();
                assert!(output.contains(text), "{text:?} did not come: {output:?}");
                break;
            };
            self.take(&chunk);
        }
        self.output()
    }

    /// What a person sees now: a text of lines without what steers the terminal.
    pub fn screen(&mut self) -> String {
        while let Ok(chunk) = self.chunks.try_recv() {
            self.take(&chunk);
        }
        self.parser.screen().contents()
    }

    /// Waits for the program's end; its status and all that it printed.
    pub fn wait(&mut self) -> (ExitStatus, String) {
        let until = Instant::now() + WAIT;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            match self.chunks.recv_timeout(left) {
                Ok(chunk) => self.take(&chunk),
                // The terminal is closed by the program's end.
                Err(_) => break,
            }
        }
        assert!(Instant::now() < until, "no end: {:?}", self.output());
        let status = self.child.wait().expect("the program ends");
        (status, self.output())
    }

    fn take(&mut self, chunk: &[u8]) {
        self.output.extend(chunk);
        self.parser.process(chunk);
    }

    fn output(&self) -> String {
        String::from_utf8_lossy(&self.output).into_owned()
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
