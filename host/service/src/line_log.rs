//! A log of lines of JSON, written by a thread of its own so that a slow reader delays
//! nothing, and many at once so that waking it costs little.

use serde::Serialize;
use std::io::Write;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use std::{mem, thread};

/// How many bytes may wait to be written, some ten thousand lines. Further ones are dropped.
const WAITING: usize = 4 << 20;

/// How long lines are gathered before they are written.
const GATHER: Duration = Duration::from_millis(10);

/// How long the lines that wait may take at the end.
const FLUSH: Duration = Duration::from_secs(1);

/// The lines that wait to be written.
#[derive(Debug, Default)]
struct Waiting {
    bytes: Vec<u8>,
    /// Whether lines are being written.
    is_writing: bool,
    /// Whether there will be no more lines, or nobody to read them.
    is_closed: bool,
}

#[derive(Debug, Default)]
struct Shared {
    waiting: Mutex<Waiting>,
    /// There are lines again, or there will be none.
    added: Condvar,
    /// All lines are written.
    written: Condvar,
}

impl Shared {
    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes lines as they come, until there will be no more or writing fails.
    fn write_all(&self, output: &mut dyn Write) {
        loop {
            let mut waiting = self.waiting();
            while waiting.bytes.is_empty() {
                waiting.is_writing = false;
                self.written.notify_all();
                if waiting.is_closed {
                    return;
                }
                waiting = (self.added.wait(waiting)).unwrap_or_else(PoisonError::into_inner);
            }
            waiting.is_writing = true;
            drop(waiting);
            thread::sleep(GATHER);
            let bytes = mem::take(&mut self.waiting().bytes);
            if output
                .write_all(&bytes)
                .and_then(|()| output.flush())
                .is_err()
            {
                self.waiting().is_closed = true;
                self.written.notify_all();
                return;
            }
        }
    }
}

/// A log of lines of JSON. A reader that is slow or gone delays nobody: some ten thousand
/// lines wait for it, and further ones are dropped.
#[derive(Debug)]
pub struct LineLog(Option<Arc<Shared>>);

impl LineLog {
    /// Writes lines to `output`, or nowhere.
    pub fn new(output: Option<Box<dyn Write + Send>>) -> Self {
        let Some(mut output) = output else {
            return Self(None);
        };
        let shared = Arc::new(Shared::default());
        let writer = thread::Builder::new().name("log".to_owned());
        let spawned = writer.spawn({
            let shared = shared.clone();
            move || shared.write_all(&mut output)
        });
        Self(spawned.is_ok().then_some(shared))
    }

    /// Adds a line.
    pub fn write(&self, line: &impl Serialize) {
        let Some(shared) = &self.0 else { return };
        // It has no map whose keys are not strings, which is all that can fail.
        let Ok(line) = serde_json::to_vec(line) else {
            return;
        };
        let mut waiting = shared.waiting();
        // A log that cannot keep up must not delay requests.
        if waiting.is_closed || waiting.bytes.len() > WAITING {
            return;
        }
        let was_empty = waiting.bytes.is_empty();
        waiting.bytes.extend_from_slice(&line);
        waiting.bytes.push(b'\n');
        drop(waiting);
        if was_empty {
            shared.added.notify_one();
        }
    }

    /// Waits until the lines so far are written, but not for long. It blocks.
    pub fn flush(&self) {
        let Some(shared) = &self.0 else { return };
        let is_pending = |waiting: &mut Waiting| {
            !waiting.is_closed && (waiting.is_writing || !waiting.bytes.is_empty())
        };
        let _ = (shared.written).wait_timeout_while(shared.waiting(), FLUSH, is_pending);
    }
}

/// Ends the thread, once it has written the lines so far.
impl Drop for LineLog {
    fn drop(&mut self) {
        let Some(shared) = &self.0 else { return };
        shared.waiting().is_closed = true;
        shared.added.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io;
    use std::sync::mpsc::{Sender, channel};

    struct Output(Sender<Vec<u8>>);

    impl Write for Output {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.send(bytes.to_vec()).map_err(io::Error::other)?;
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn line(status: u16) -> serde_json::Value {
        serde_json::json!({ "status": status })
    }

    #[test]
    fn lines_are_written_in_order_and_all_of_them_by_a_flush() {
        let (sender, written) = channel();
        let log = LineLog::new(Some(Box::new(Output(sender))));
        for status in 200..400 {
            log.write(&line(status));
        }
        log.flush();
        let text: Vec<u8> = written.try_iter().flatten().collect();
        let text = String::from_utf8(text).unwrap();
        let statuses: Vec<u16> = text
            .lines()
            .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap())
            .map(|line| line["status"].as_u64().unwrap().try_into().unwrap())
            .collect();
        assert_eq!(statuses, (200..400).collect::<Vec<_>>());
    }

    #[test]
    fn a_reader_that_is_gone_delays_nothing() {
        let (sender, written) = channel();
        drop(written);
        let log = LineLog::new(Some(Box::new(Output(sender))));
        log.write(&line(200));
        log.flush();
        log.write(&line(200));
        log.flush();
        let shared = log.0.as_ref().unwrap();
        assert!(shared.waiting().bytes.is_empty());
    }

    #[test]
    fn the_end_of_the_log_writes_the_last_lines_and_ends_the_thread() {
        let (sender, written) = channel();
        let log = LineLog::new(Some(Box::new(Output(sender))));
        log.write(&line(200));
        drop(log);
        // It ends when the thread drops the other side.
        let text: Vec<u8> = written.iter().flatten().collect();
        assert_eq!(String::from_utf8(text).unwrap().lines().count(), 1);
    }
}
