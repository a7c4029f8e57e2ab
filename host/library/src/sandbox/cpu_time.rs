//! Processor time: measured for each call, and shared out between calls.
//!
//! Guest code yields at each tick of the epoch. That alone would let many
//! endless loops share the runtime's threads between them, and everything else
//! wait for its turn behind all of them. So a call that has computed for longer
//! than calls do goes on only in one of a few lanes, which are fewer than there
//! are processors.

use super::limits::Limit;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use wasmtime::UpdateDeadline;

/// How long a call computes before it needs a lane: longer than a page of 1,000
/// users takes.
const FREE: Duration = Duration::from_millis(20);

/// Where the calls of one plugin go on that compute for long.
pub(super) fn processors() -> Arc<Semaphore> {
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    Arc::new(Semaphore::new(processors.saturating_sub(1).max(1)))
}

/// What is looked at when guest code is interrupted.
pub(crate) struct Meter {
    pub(super) cpu_time: CpuTime,
    /// How long the call may compute.
    pub(super) limit: Duration,
    pub(super) processors: Arc<Semaphore>,
}

impl Meter {
    /// What happens at a tick in guest code: it yields, so that the deadline can fire,
    /// until it has had its share.
    pub(super) fn tick(&self) -> Result<UpdateDeadline, Limit> {
        self.cpu_time.tick(self.limit, &self.processors)
    }
}

/// The processor time of one call, and its place in a lane.
#[derive(Clone, Default)]
pub(crate) struct CpuTime(Arc<Mutex<Turn>>);

#[derive(Default)]
struct Turn {
    used: Duration,
    /// Since when it computes.
    since: Option<Instant>,
    /// Held no longer than it computes: a call that waits for the network must
    /// not keep others from computing.
    processor: Option<OwnedSemaphorePermit>,
}

impl CpuTime {
    /// Runs `call` with its time measured.
    pub(super) fn measure<F: Future>(&self, call: F) -> Measured<F> {
        Measured {
            call: Box::pin(call),
            cpu_time: self.clone(),
        }
    }

    fn tick(&self, limit: Duration, processors: &Arc<Semaphore>) -> Result<UpdateDeadline, Limit> {
        let used = {
            let turn = self.turn();
            turn.used + turn.since.map_or(Duration::ZERO, |since| since.elapsed())
        };
        if used >= limit {
            return Err(Limit::Cpu);
        }
        if used < FREE {
            return Ok(UpdateDeadline::Yield(1));
        }
        let (cpu_time, processors) = (self.clone(), Arc::clone(processors));
        let its_turn = async move {
            // Whoever waits goes first.
            tokio::task::yield_now().await;
            // They are never closed.
            cpu_time.turn().processor = processors.acquire_owned().await.ok();
        };
        Ok(UpdateDeadline::YieldCustom(1, Box::pin(its_turn)))
    }

    fn turn(&self) -> MutexGuard<'_, Turn> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A call whose polls are timed; it leaves its lane at the end of each.
pub(super) struct Measured<F> {
    call: Pin<Box<F>>,
    cpu_time: CpuTime,
}

impl<F: Future> Future for Measured<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        self.cpu_time.turn().since = Some(Instant::now());
        let result = self.call.as_mut().poll(context);
        let mut turn = self.cpu_time.turn();
        if let Some(since) = turn.since.take() {
            turn.used += since.elapsed();
        }
        turn.processor = None;
        drop(turn);
        result
    }
}
