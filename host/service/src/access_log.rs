//! The access log: a line of JSON for each request, written by a thread of its own so that
//! a slow reader delays no response.

use crate::tokens::Operation;
use jiff::Timestamp;
use serde::Serialize;
use std::io::Write;
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::thread;
use std::time::Duration;

/// How many lines may wait to be written. Further ones are dropped.
const WAITING: usize = 10_000;

/// How long the lines that wait may take at the end.
const FLUSH: Duration = Duration::from_secs(1);

/// A request that has ended.
#[derive(Debug, Serialize)]
pub(crate) struct Line<'a> {
    pub(crate) time: Timestamp,
    pub(crate) method: &'a str,
    pub(crate) route: &'a str,
    pub(crate) status: u16,
    pub(crate) duration_ms: f64,
    pub(crate) bytes: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) token: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) credential: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) operation: Option<Operation>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) code: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) request_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) trace_id: Option<String>,
}

/// What the thread that writes is told.
enum Message {
    Line(Vec<u8>),
    /// All lines before it have been written.
    Flushed(SyncSender<()>),
}

/// Writes lines to where the service was told to, or nowhere.
#[derive(Debug)]
pub(crate) struct AccessLog(Option<SyncSender<Message>>);

impl AccessLog {
    pub(crate) fn new(output: Option<Box<dyn Write + Send>>) -> Self {
        let Some(mut output) = output else {
            return Self(None);
        };
        let (sender, messages) = sync_channel(WAITING);
        let writer = thread::Builder::new().name("access-log".to_owned());
        let spawned = writer.spawn(move || {
            for message in messages {
                match message {
                    Message::Line(line) => {
                        let written = output.write_all(&line).and_then(|()| output.flush());
                        if written.is_err() {
                            // Nobody reads it any more.
                            break;
                        }
                    }
                    Message::Flushed(done) => {
                        // Nobody may be waiting any more.
                        let _ = done.try_send(());
                    }
                }
            }
        });
        Self(spawned.is_ok().then_some(sender))
    }

    pub(crate) fn write(&self, line: &Line<'_>) {
        let Some(sender) = &self.0 else { return };
        // It has no map whose keys are not strings, which is all that can fail.
        let Ok(mut bytes) = serde_json::to_vec(line) else {
            return;
        };
        bytes.push(b'\n');
        match sender.try_send(Message::Line(bytes)) {
            // A log that cannot keep up must not delay requests.
            Ok(()) | Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => {}
        }
    }

    /// Waits until the lines so far are written, but not for long. It blocks.
    pub(crate) fn flush(&self) {
        let Some(sender) = &self.0 else { return };
        let (done, flushed) = sync_channel(1);
        if sender.try_send(Message::Flushed(done)).is_ok() {
            let _ = flushed.recv_timeout(FLUSH);
        }
    }
}
