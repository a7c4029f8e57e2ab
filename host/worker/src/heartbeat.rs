//! Heartbeats: they tell the server that a call lasts, and what it has done.

use crate::search_all::Progress;
use std::convert::Infallible;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use temporalio_sdk::activities::ActivityContext;

/// The interval. The SDK sends no more of them than the activity's timeout needs.
const INTERVAL: Duration = Duration::from_secs(1);

/// The heartbeats of an activity.
pub(crate) struct Heartbeat<'a> {
    context: &'a ActivityContext,
    /// What is repeated: a heartbeat without it would erase what the one before said.
    progress: Mutex<Option<Progress>>,
}

impl<'a> Heartbeat<'a> {
    /// Continues the heartbeats of the attempt before.
    pub(crate) fn new(context: &'a ActivityContext) -> Self {
        // Details of another form are those of another version, which starts again.
        let before = context
            .heartbeat_details()
            .deserialize::<Option<Progress>>();
        Self {
            context,
            progress: Mutex::new(before.ok().flatten().flatten()),
        }
    }

    /// Returns the progress, which may be of the attempt before.
    pub(crate) fn progress(&self) -> Option<Progress> {
        let progress = self.progress.lock();
        progress.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Records progress.
    pub(crate) async fn record(&self, progress: Option<Progress>) {
        let last = self.progress.lock();
        last.unwrap_or_else(PoisonError::into_inner)
            .clone_from(&progress);
        // Progress is always serializable.
        let _ = self.context.record_heartbeat(progress).await;
    }

    /// Repeats the last progress for as long as it is polled.
    pub(crate) async fn beat(&self) -> Infallible {
        loop {
            tokio::time::sleep(INTERVAL).await;
            self.record(self.progress()).await;
        }
    }
}
