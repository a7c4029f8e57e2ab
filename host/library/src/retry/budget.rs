//! A budget of retries: a share of the calls of the last minute.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// How long a call counts. As long as the default deadline of a call, so that a call that
/// waits as long as Stytch says does not return into a period with an unused reserve.
const PERIOD: Duration = Duration::from_mins(1);

/// How many calls allow one retry.
const CALLS_PER_RETRY: u64 = 5;

/// How many retries a period allows besides, so that callers with few calls can retry.
const RESERVE: u64 = 60;

/// Counts the calls and the retries of the last [`PERIOD`].
pub(super) struct Budget {
    started: Instant,
    /// By how many seconds passed before.
    slots: Mutex<BTreeMap<u64, Slot>>,
}

/// What happened within one second.
#[derive(Default)]
struct Slot {
    calls: u64,
    retries: u64,
}

impl Budget {
    pub(super) fn new() -> Self {
        Self {
            started: Instant::now(),
            slots: Mutex::default(),
        }
    }

    /// Counts a call.
    pub(super) fn count_call(&self) {
        self.with_slots(|slots, now| slots.entry(now).or_default().calls += 1);
    }

    /// Counts a retry, if the budget allows one.
    pub(super) fn try_retry(&self) -> bool {
        self.with_slots(|slots, now| {
            let calls: u64 = slots.values().map(|slot| slot.calls).sum();
            let retries: u64 = slots.values().map(|slot| slot.retries).sum();
            let is_allowed = retries < RESERVE + calls / CALLS_PER_RETRY;
            if is_allowed {
                slots.entry(now).or_default().retries += 1;
            }
            is_allowed
        })
    }

    /// Passes the slots of the last period, and the number of the current one.
    fn with_slots<T>(&self, count: impl FnOnce(&mut BTreeMap<u64, Slot>, u64) -> T) -> T {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.started.elapsed().as_secs();
        let oldest = (now + 1).saturating_sub(PERIOD.as_secs());
        while let Some(slot) = slots.first_entry()
            && *slot.key() < oldest
        {
            slot.remove();
        }
        count(&mut slots, now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::time::advance;

    fn retries(budget: &Budget) -> usize {
        (0..1000).take_while(|_| budget.try_retry()).count()
    }

    #[tokio::test(start_paused = true)]
    async fn a_fifth_of_the_calls_and_the_reserve_may_be_retried() {
        let budget = Budget::new();
        assert_eq!(retries(&budget), 60);
        for _ in 0..100 {
            budget.count_call();
        }
        assert_eq!(retries(&budget), 20);
    }

    #[tokio::test(start_paused = true)]
    async fn calls_and_retries_count_for_a_minute() {
        let budget = Budget::new();
        for _ in 0..100 {
            budget.count_call();
        }
        advance(Duration::from_secs(30)).await;
        assert_eq!(retries(&budget), 80);
        // The calls are too old by then, and the retries are not.
        advance(Duration::from_secs(31)).await;
        assert_eq!(retries(&budget), 0);
        advance(Duration::from_secs(30)).await;
        assert_eq!(retries(&budget), 60);
        assert!(budget.slots.lock().unwrap().len() <= 60);
    }
}
