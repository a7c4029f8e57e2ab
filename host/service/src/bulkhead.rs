//! Bounds how many calls are in flight, and how many wait for them.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

/// A number of calls in flight, with a short queue.
#[derive(Debug)]
pub(crate) struct Bulkhead {
    calls: usize,
    permits: Arc<Semaphore>,
    /// The rights of requests that make many calls to take one of the permits.
    permits_of_many: Arc<Semaphore>,
    waiting: AtomicU32,
    waiting_of_many: AtomicU32,
    queue: Queue,
}

/// How many calls may wait, and for how long.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Queue {
    pub(crate) length: u32,
    pub(crate) wait: Duration,
}

/// The right to make a call, until it is dropped.
pub(crate) type Permit = OwnedSemaphorePermit;

/// The queue is full, or the wait was too long.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Full;

impl Bulkhead {
    pub(crate) fn new(calls: u32, queue: Queue) -> Self {
        let calls = usize::try_from(calls).unwrap_or(Semaphore::MAX_PERMITS);
        let calls = calls.min(Semaphore::MAX_PERMITS);
        Self {
            calls,
            permits: Arc::new(Semaphore::new(calls)),
            permits_of_many: Arc::new(Semaphore::new(calls.div_ceil(2))),
            waiting: AtomicU32::new(0),
            waiting_of_many: AtomicU32::new(0),
            queue,
        }
    }

    /// Returns a permit, after waiting in the queue if there is none.
    pub(crate) async fn enter(&self) -> Result<Permit, Full> {
        if let Ok(permit) = self.permits.clone().try_acquire_owned() {
            return Ok(permit);
        }
        let _place = Place::take(&self.waiting, self.queue.length).ok_or(Full)?;
        match timeout(self.queue.wait, self.permits.clone().acquire_owned()).await {
            Ok(Ok(permit)) => Ok(permit),
            // The semaphore is never closed.
            Ok(Err(_)) | Err(_) => Err(Full),
        }
    }

    /// Waits for the right to wait for a permit, which one of many calls of a request needs.
    /// Half as many exist as there are permits, so that other requests find one.
    pub(crate) async fn join_many(&self) -> Result<Permit, Full> {
        self.wait_for(&self.permits_of_many).await
    }

    /// Returns a permit, however long that takes.
    pub(crate) async fn wait(&self) -> Result<Permit, Full> {
        self.wait_for(&self.permits).await
    }

    async fn wait_for(&self, permits: &Arc<Semaphore>) -> Result<Permit, Full> {
        let _place = Place::take(&self.waiting_of_many, u32::MAX);
        // It is never closed.
        permits.clone().acquire_owned().await.map_err(|_| Full)
    }

    /// How many permits are in use.
    pub(crate) fn in_use(&self) -> usize {
        self.calls.saturating_sub(self.permits.available_permits())
    }

    /// How many calls wait.
    pub(crate) fn waiting(&self) -> usize {
        let of_many = self.waiting_of_many.load(Ordering::Relaxed);
        let waiting = self.waiting.load(Ordering::Relaxed).saturating_add(of_many);
        usize::try_from(waiting).unwrap_or(usize::MAX)
    }
}

/// A place in the queue.
struct Place<'a>(&'a AtomicU32);

impl<'a> Place<'a> {
    fn take(waiting: &'a AtomicU32, length: u32) -> Option<Self> {
        let place = Self(waiting);
        // If it is one too many, dropping the place undoes it.
        (waiting.fetch_add(1, Ordering::Relaxed) < length).then_some(place)
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bulkhead(calls: u32, length: u32) -> Arc<Bulkhead> {
        let wait = Duration::from_secs(1);
        Arc::new(Bulkhead::new(calls, Queue { length, wait }))
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_waits_for_a_permit_and_not_for_longer_than_the_queue_allows() {
        let bulkhead = bulkhead(1, 1);
        let first = bulkhead.enter().await.unwrap();
        assert_eq!(bulkhead.enter().await.unwrap_err(), Full, "after a second");
        let second = tokio::spawn({
            let bulkhead = bulkhead.clone();
            async move { bulkhead.enter().await }
        });
        tokio::task::yield_now().await;
        drop(first);
        assert!(second.await.unwrap().is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn a_full_queue_refuses_at_once_and_a_dropped_wait_frees_its_place() {
        let bulkhead = bulkhead(1, 1);
        let _first = bulkhead.enter().await.unwrap();
        let waiting = tokio::spawn({
            let bulkhead = bulkhead.clone();
            async move { bulkhead.enter().await }
        });
        tokio::task::yield_now().await;
        let before = tokio::time::Instant::now();
        assert_eq!(bulkhead.enter().await.unwrap_err(), Full);
        assert_eq!(before.elapsed(), Duration::ZERO);
        waiting.abort();
        assert!(waiting.await.is_err());
        assert_eq!(bulkhead.waiting.load(Ordering::Relaxed), 0);
    }

    #[tokio::test]
    async fn many_calls_of_a_request_leave_permits_to_others() {
        let bulkhead = bulkhead(3, 0);
        let enter = |bulkhead: Arc<Bulkhead>| async move {
            (
                bulkhead.join_many().await.unwrap(),
                bulkhead.wait().await.unwrap(),
            )
        };
        let first = enter(bulkhead.clone()).await;
        let _second = enter(bulkhead.clone()).await;
        let third = tokio::spawn(enter(bulkhead.clone()));
        tokio::task::yield_now().await;
        assert_eq!(bulkhead.waiting(), 1);
        let _other = bulkhead.enter().await.unwrap();
        assert_eq!(bulkhead.in_use(), 3);
        drop(first);
        let _third = third.await.unwrap();
        assert_eq!((bulkhead.waiting(), bulkhead.in_use()), (0, 3));
    }
}
