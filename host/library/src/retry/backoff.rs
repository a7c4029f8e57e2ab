//! How long to wait before the next attempt: exponential backoff with full
//! jitter, so that calls which failed together do not come back together.

use crate::sandbox::{Error, ErrorKind};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// The longest wait of the first retry. Another connection may work at once.
const AFTER_FAULT: Duration = Duration::from_millis(50);
/// The same after a status that says that Stytch is too busy.
const AFTER_STATUS: Duration = Duration::from_secs(1);
/// No wait of one's own is longer.
const LONGEST: Duration = Duration::from_secs(20);
/// Over how long calls are spread that all wait for the same moment.
const SPREAD: Duration = Duration::from_secs(1);

pub(super) struct Backoff(Mutex<fastrand::Rng>);

impl Backoff {
    pub(super) fn new(source: fastrand::Rng) -> Self {
        Self(Mutex::new(source))
    }

    /// The wait after so many failures.
    pub(super) fn delay(&self, error: &Error, failures: u32) -> Duration {
        self.up_to(longest(error, failures))
    }

    /// What is added to a moment that others wait for, too.
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
    fn waits_are_spread_over_all_of_it() {
        let backoff = Backoff::new(fastrand::Rng::with_seed(1));
        let mut waits: Vec<_> = (0..1000).map(|_| backoff.delay(&status(503), 1)).collect();
        waits.sort();
        assert!(waits[50] < Duration::from_millis(100) && waits[950] > Duration::from_millis(900));
        assert!(waits[999] < AFTER_STATUS);
    }
}
