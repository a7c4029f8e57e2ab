//! How fast an answer's body must come. Only the time counts in which the server
//! is waited for: a guest may take as long as it likes over what it has.

use super::fault::Fault;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::{Instant, Sleep, sleep};

/// The slowest throughput that is put up with.
#[derive(Debug, Clone, Copy)]
pub(crate) struct MinThroughput {
    pub(crate) bytes: usize,
    pub(crate) window: Duration,
}

/// Watches over the pieces of one body.
pub(super) struct Throughput {
    idle: Duration,
    slowest: MinThroughput,
    timer: Pin<Box<Sleep>>,
    /// Since when the server is waited for.
    waiting: Option<Instant>,
    /// Of this window.
    waited: Duration,
    bytes: usize,
}

impl Throughput {
    pub(super) fn new(idle: Duration, slowest: MinThroughput) -> Self {
        Self {
            idle,
            slowest,
            timer: Box::pin(sleep(idle)),
            waiting: None,
            waited: Duration::ZERO,
            bytes: 0,
        }
    }

    /// A piece is there.
    pub(super) fn received(&mut self, bytes: usize) {
        if let Some(since) = self.waiting.take() {
            self.waited += since.elapsed();
        }
        self.bytes = self.bytes.saturating_add(bytes);
        if self.bytes >= self.slowest.bytes {
            self.waited = Duration::ZERO;
            self.bytes = 0;
        }
    }

    /// Ready when the next piece has been waited for long enough.
    pub(super) fn poll_late(&mut self, context: &mut Context<'_>) -> Poll<Fault> {
        let left = self.slowest.window.saturating_sub(self.waited);
        if self.waiting.is_none() {
            let now = Instant::now();
            self.waiting = Some(now);
            self.timer.as_mut().reset(now + self.idle.min(left));
        }
        self.timer.as_mut().poll(context).map(|()| {
            if self.idle <= left {
                Fault::IdleTimeout(self.idle)
            } else {
                Fault::TooSlow(self.slowest)
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::poll_fn;
    use tokio::time::{advance, timeout};

    const SLOWEST: MinThroughput = MinThroughput {
        bytes: 1000,
        window: Duration::from_secs(10),
    };

    /// Waits for the server for so long.
    async fn wait(throughput: &mut Throughput, seconds: u64) -> Option<Fault> {
        let late = poll_fn(|context| throughput.poll_late(context));
        timeout(Duration::from_secs(seconds), late).await.ok()
    }

    #[tokio::test(start_paused = true)]
    async fn a_drip_is_too_slow_though_it_never_stalls() {
        let mut throughput = Throughput::new(Duration::from_secs(5), SLOWEST);
        for _ in 0..9 {
            assert!(wait(&mut throughput, 1).await.is_none());
            throughput.received(1);
        }
        assert!(matches!(
            wait(&mut throughput, 4).await,
            Some(Fault::TooSlow(_))
        ));
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_but_steady_body_may_take_any_time() {
        let mut throughput = Throughput::new(Duration::from_secs(5), SLOWEST);
        for _ in 0..100 {
            assert!(wait(&mut throughput, 4).await.is_none());
            throughput.received(500);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_stall_is_told_from_a_drip() {
        let mut throughput = Throughput::new(Duration::from_secs(5), SLOWEST);
        throughput.received(1);
        let late = wait(&mut throughput, 6).await;
        assert!(matches!(late, Some(Fault::IdleTimeout(_))));
    }

    #[tokio::test(start_paused = true)]
    async fn the_time_that_a_guest_takes_is_its_own() {
        let mut throughput = Throughput::new(Duration::from_secs(5), SLOWEST);
        for _ in 0..10 {
            assert!(wait(&mut throughput, 0).await.is_none());
            throughput.received(1);
            advance(Duration::from_mins(1)).await;
        }
        assert!(wait(&mut throughput, 4).await.is_none());
    }
}
