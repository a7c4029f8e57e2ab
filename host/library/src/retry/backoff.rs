//! Exponential backoff with full jitter, so that calls that failed at the same time do
//! not retry at the same time.

use crate::sandbox::{Error, ErrorKind};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// The longest wait before the first retry after a network fault. Another connection may
/// work immediately.
const AFTER_FAULT: Duration = Duration::from_millis(50);
/// The longest wait before the first retry after a status that says that Stytch is
/// overloaded.
const AFTER_STATUS: Duration = Duration::from_secs(1);
/// The longest wait of the backoff.
const LONGEST: Duration = Duration::from_secs(20);
/// The jitter for calls that all wait for the same point in time.
const SPREAD: Duration = Duration::from_secs(1);

pub(super) struct Backoff(Mutex<fastrand::Rng>);

impl Backoff {
    pub(super) fn new(source: fastrand::Rng) -> Self {
        Self(Mutex::new(source))
    }

    /// Returns the wait after this many failures.
    pub(super) fn delay(&self, error: &Error, failures: u32) -> Duration {
        self.up_to(longest(error, failures))
    }

    /// Returns the jitter for a point in time that other calls wait for, too.
    pub(super) fn spread(&self) -> Duration {
        self.up_to(SPREAD)
    }

    fn up_to(&self, longest: Duration) -> Duration {
        let mut source = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        longest.mul_f64(source.f64())
    }
}

fn base(error: &Error) -> Duration {
    match error.kind() {
        ErrorKind::Unreachable => AFTER_FAULT,
        _ => AFTER_STATUS,
    }
}

fn longest(error: &Error, failures: u32) -> Duration {
    let doubled = 2_u32.saturating_pow(failures.saturating_sub(1));
    base(error).saturating_mul(doubled).min(LONGEST)
}

#[cfg(test)]
mod tests {
    use super::super::tests::{reset, status};
    use super::*;

    #[test]
    fn the_longest_wait_doubles_up_to_a_bound() {
        for (error, expected) in [
            (reset(), [50, 100, 200, 400, 20_000]),
            (status(503), [1_000, 2_000, 4_000, 8_000, 20_000]),
            (status(429), [1_000, 2_000, 4_000, 8_000, 20_000]),
        ] {
            let longest = [1, 2, 3, 4, 40].map(|failures| longest(&error, failures));
            assert_eq!(longest, expected.map(Duration::from_millis), "{error}");
        }
    }

    #[test]
    fn spreads_waits_from_zero_to_the_longest() {
        let backoff = Backoff::new(fastrand::Rng::with_seed(1));
        let mut waits: Vec<_> = (0..1000).map(|_| backoff.delay(&status(503), 1)).collect();
        waits.sort();
        assert!(waits[50] < Duration::from_millis(100) && waits[950] > Duration::from_millis(900));
        assert!(waits[999] < AFTER_STATUS);
    }
}
