//! Measures the CPU time of each call, and keeps long-running calls from starving others.
//!
//! Guest code yields at each tick of the epoch. With many endless loops this alone would
//! not be enough: they would share the runtime's threads, and everything else would wait
//! behind all of them. A call that has used more CPU time than usual therefore needs a
//! permit to continue, and there are fewer permits than processors.

use super::limits::Limit;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use wasmtime::UpdateDeadline;

/// The CPU time that a call may use without a permit: more than a page of 1,000 users
/// takes.
const FREE: Duration = Duration::from_millis(20);

/// Creates the permits for the long-running calls of one plugin.
pub(super) fn processors() -> Arc<Semaphore> {
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    Arc::new(Semaphore::new(processors.saturating_sub(1).max(1)))
}

/// Checks the CPU time when guest code is interrupted.
pub(crate) struct Meter {
    pub(super) cpu_time: CpuTime,
    /// The CPU time that the call may use.
    pub(super) limit: Duration,
    pub(super) processors: Arc<Semaphore>,
}

impl Meter {
    /// Handles a tick in guest code: it yields, so that the deadline can fire, or fails
    /// when it has used its CPU time.
    pub(super) fn tick(&self) -> Result<UpdateDeadline, Limit> {
        self.cpu_time.tick(self.limit, &self.processors)
    }
}

/// The CPU time of one call, and its permit to continue.
#[derive(Clone, Default)]
pub(crate) struct CpuTime(Arc<Mutex<Usage>>);

#[derive(Default)]
struct Usage {
    used: Duration,
    /// The start of the current poll.
    since: Option<Instant>,
    /// Released at the end of each poll: a call that waits for the network must not keep
    /// others from running.
    permit: Option<OwnedSemaphorePermit>,
}

impl CpuTime {
    /// Runs `call` and measures its CPU time.
    pub(super) fn measure<F: Future>(&self, call: F) -> Measured<F> {
        Measured {
            call: Box::pin(call),
            cpu_time: self.clone(),
        }
    }

    fn tick(&self, limit: Duration, processors: &Arc<Semaphore>) -> Result<UpdateDeadline, Limit> {
        let used = {
            let usage = self.usage();
            usage.used + usage.since.map_or(Duration::ZERO, |since| since.elapsed())
        };
        if used >= limit {
            return Err(Limit::Cpu);
        }
        if used < FREE {
            return Ok(UpdateDeadline::Yield(1));
        }
        let (cpu_time, processors) = (self.clone(), Arc::clone(processors));
        let wait_for_permit = async move {
            // Let waiting tasks run first.
            tokio::task::yield_now().await;
            // The semaphore is never closed.
            cpu_time.usage().permit = processors.acquire_owned().await.ok();
        };
        Ok(UpdateDeadline::YieldCustom(1, Box::pin(wait_for_permit)))
    }

    fn usage(&self) -> MutexGuard<'_, Usage> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A call whose polls are timed. It releases its permit at the end of each poll.
pub(super) struct Measured<F> {
    call: Pin<Box<F>>,
    cpu_time: CpuTime,
}

impl<F: Future> Future for Measured<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        self.cpu_time.usage().since = Some(Instant::now());
        let result = self.call.as_mut().poll(context);
        let mut usage = self.cpu_time.usage();
        if let Some(since) = usage.since.take() {
            usage.used += since.elapsed();
        }
        usage.permit = None;
        drop(usage);
        result
    }
}
