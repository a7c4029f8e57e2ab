//! Enforces the minimum throughput of a response body. Only time spent waiting for the
//! server counts: a guest may take as long as it likes to process data.

use super::fault::Fault;
use super::limits::MinThroughput;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::{Instant, Sleep, sleep};

/// Measures the throughput of one body.
pub(super) struct Throughput {
    idle: Duration,
    minimum: MinThroughput,
    timer: Pin<Box<Sleep>>,
    /// The start of the current wait for the server.
    waiting: Option<Instant>,
    /// The time spent waiting in this window.
    waited: Duration,
    bytes: usize,
}

impl Throughput {
    pub(super) fn new(idle: Duration, minimum: MinThroughput) -> Self {
        Self {
            idle,
            minimum,
            timer: Box::pin(sleep(idle)),
            waiting: None,
            waited: Duration::ZERO,
            bytes: 0,
        }
    }

    /// Records a chunk.
    pub(super) fn received(&mut self, bytes: usize) {
        if let Some(since) = self.waiting.take() {
            self.waited += since.elapsed();
        }
        self.bytes = self.bytes.saturating_add(bytes);
        if self.bytes >= self.minimum.bytes {
            self.waited = Duration::ZERO;
            self.bytes = 0;
        }
    }

    /// Becomes ready when the wait for the next chunk exceeds a limit.
    pub(super) fn poll_late(&mut self, context: &mut Context<'_>) -> Poll<Fault> {
        let left = self.minimum.window.saturating_sub(self.waited);
        if self.waiting.is_none() {
            let now = Instant::now();
            self.waiting = Some(now);
            self.timer.as_mut().reset(now + self.idle.min(left));
        }
        self.timer.as_mut().poll(context).map(|()| {
            if self.idle <= left {
                Fault::IdleTimeout(self.idle)
            } else {
                Fault::TooSlow(self.minimum)
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::poll_fn;
    use tokio::time::{advance, timeout};

    const MINIMUM: MinThroughput = MinThroughput {
        bytes: 1000,
        window: Duration::from_secs(10),
    };

    /// Waits for the server for this many seconds.
    async fn wait(throughput: &mut Throughput, seconds: u64) -> Option<Fault> {
        let late = poll_fn(|context| throughput.poll_late(context));
        timeout(Duration::from_secs(seconds), late).await.ok()
    }

    #[tokio::test(start_paused = true)]
    async fn fails_for_a_slow_body_that_never_stalls() {
        let mut throughput = Throughput::new(Duration::from_secs(5), MINIMUM);
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
    async fn accepts_a_long_body_above_the_minimum() {
        let mut throughput = Throughput::new(Duration::from_secs(5), MINIMUM);
        for _ in 0..100 {
            assert!(wait(&mut throughput, 4).await.is_none());
            throughput.received(500);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn reports_a_stalled_body_as_an_idle_timeout() {
        let mut throughput = Throughput::new(Duration::from_secs(5), MINIMUM);
        throughput.received(1);
        let late = wait(&mut throughput, 6).await;
        assert!(matches!(late, Some(Fault::IdleTimeout(_))));
    }

    #[tokio::test(start_paused = true)]
    async fn ignores_the_time_that_the_guest_takes() {
        let mut throughput = Throughput::new(Duration::from_secs(5), MINIMUM);
        for _ in 0..10 {
            assert!(wait(&mut throughput, 0).await.is_none());
            throughput.received(1);
            advance(Duration::from_mins(1)).await;
        }
        assert!(wait(&mut throughput, 4).await.is_none());
    }
}
