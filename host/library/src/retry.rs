//! Calls that are tried again, above the component: each attempt has an instance
//! of its own.
//!
//! Both operations only read, so a request may always be sent again. Whether that
//! is of use is what [`Error::is_retryable`] says. A circuit breaker is left out:
//! nothing was measured that it does better than the budget and the pause.

mod account;
mod backoff;
mod budget;
#[cfg(test)]
mod tests;

use account::{Account, Accounts};
use backoff::Backoff;

use crate::contract::types;
use crate::network::credential::Credential;
use crate::sandbox::{Endpoint, Error, ErrorKind};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::time::{Instant, sleep, timeout_at};

/// How long Stytch counts the searches of a project, in windows that begin with
/// the minute of the clock.
///
/// Source: <https://stytch.com/docs/resources/platform/rate-limits>
/// It documents windows that are fixed and aligned to the clock, and 150 searches
/// a minute; that they begin with the minute is inferred from the two.
const SEARCH_WINDOW: Duration = Duration::from_mins(1);

/// The status that calls wait together after.
const TOO_MANY_REQUESTS: u16 = 429;

/// The bounds of a call. Each has a reason, and a method of
/// [`PluginBuilder`](crate::PluginBuilder) that changes it.
#[derive(Debug, Clone)]
pub(crate) struct Limits {
    /// The whole call: all attempts, and the waits between them.
    pub(crate) deadline: Duration,
    /// One attempt, from instantiating the component to the typed result.
    pub(crate) attempt: Duration,
    /// How often a call is tried.
    pub(crate) attempts: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            // Three slow attempts, or most of the way to Stytch's next window.
            deadline: Duration::from_mins(1),
            // The longest wait for the head, and as long again for the body.
            attempt: Duration::from_secs(30),
            // What the clients of large providers do.
            attempts: 3,
        }
    }
}

/// How often calls are tried again, and how long they wait before it.
pub(crate) struct Retry {
    attempts: u32,
    deadline: Duration,
    attempt: Duration,
    accounts: Accounts,
    backoff: Backoff,
    /// The time since the Unix epoch.
    clock: Box<dyn Fn() -> Duration + Send + Sync>,
}

/// What came of an attempt.
pub(crate) struct Outcome<T> {
    pub(crate) result: Result<T, Error>,
    /// The status that the network saw, whatever the component says of it.
    pub(crate) status: Option<u16>,
}

/// One attempt of a call.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Attempt {
    /// 1 for the first.
    pub(crate) number: u32,
    ends: Instant,
    /// The bound that it ends at.
    after: Duration,
}

impl Attempt {
    /// Runs the attempt within its bound.
    pub(crate) async fn run<T>(
        self,
        attempt: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        match timeout_at(self.ends, attempt).await {
            Ok(result) => result,
            Err(_) => Err(Error::Deadline {
                after: self.after,
                attempts: 1,
            }),
        }
    }
}

impl Retry {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            attempts: limits.attempts,
            deadline: limits.deadline,
            attempt: limits.attempt,
            accounts: Accounts::default(),
            backoff: Backoff::new(fastrand::Rng::new()),
            clock: Box::new(|| {
                let now = SystemTime::now().duration_since(UNIX_EPOCH);
                now.unwrap_or_default()
            }),
        }
    }

    /// Makes a call: as many attempts as it takes and as there may be.
    pub(crate) async fn call<T, F>(
        &self,
        credential: &Credential,
        endpoint: Endpoint,
        mut attempt: impl FnMut(Attempt) -> F,
    ) -> Result<T, Error>
    where
        F: Future<Output = Outcome<T>>,
    {
        let ends = after(self.deadline);
        let account = self.accounts.of(credential);
        account.called();
        let (mut number, mut sent) = (0, 0);
        loop {
            self.wait_for_pause(&account, endpoint, ends)
                .await
                .map_err(|error| error.with_attempts(sent))?;
            number += 1;
            let Outcome { result, status } = attempt(self.attempt(number, ends)).await;
            let error = match result {
                Ok(value) => return Ok(value),
                Err(error) => error,
            };
            let was_sent = error.attempts() > 0;
            sent += error.attempts();
            let error = self.informed(error, endpoint).with_attempts(sent);
            // Other calls wait for what Stytch says, and not for what a component does.
            // Without a word on it nobody knows how long: the budget has to do.
            if status == Some(TOO_MANY_REQUESTS)
                && is_rate_limit(&error)
                && let Some(pause) = error.retry_after()
            {
                account.pause(endpoint, pause, &error);
            }
            let wait = self.wait_after(&error, number);
            // Nor does a component that sends nothing spend what they share.
            let is_worth_it = error.is_retryable()
                && was_sent
                && number < self.attempts
                && wait < ends.saturating_duration_since(Instant::now())
                && account.may_retry();
            if !is_worth_it {
                return Err(error);
            }
            sleep(wait).await;
        }
    }

    /// The bound of a call that is not retried.
    pub(crate) fn once(&self) -> Attempt {
        self.attempt(1, after(self.deadline))
    }

    fn attempt(&self, number: u32, ends: Instant) -> Attempt {
        let own = after(self.attempt);
        let (ends, after) = if own < ends {
            (own, self.attempt)
        } else {
            (ends, self.deadline)
        };
        Attempt {
            number,
            ends,
            after,
        }
    }

    /// Waits until Stytch takes requests again, after it refused one of any call.
    async fn wait_for_pause(
        &self,
        account: &Account,
        endpoint: Endpoint,
        ends: Instant,
    ) -> Result<(), Error> {
        while let Some((left, error)) = account.paused(endpoint) {
            let wait = left + self.backoff.spread();
            if wait >= ends.saturating_duration_since(Instant::now()) {
                return Err(error);
            }
            sleep(wait).await;
        }
        Ok(())
    }

    /// Never earlier than Stytch says, and not at the same time as all others.
    fn wait_after(&self, error: &Error, failures: u32) -> Duration {
        match error.retry_after() {
            Some(told) => told.saturating_add(self.backoff.spread()),
            None => self.backoff.delay(error, failures),
        }
    }

    /// Says when a search is of use again, where Stytch does not.
    fn informed(&self, mut error: Error, endpoint: Endpoint) -> Error {
        if let (
            Endpoint::Search,
            Error::Plugin {
                error: types::Error::RateLimited(api),
                ..
            },
        ) = (endpoint, &mut error)
            && api.retry_after_ms.is_none()
            && api.error_type.as_deref() == Some("too_many_requests")
        {
            let window = SEARCH_WINDOW.as_millis();
            let left = window - (self.clock)().as_millis() % window;
            api.retry_after_ms = u64::try_from(left).ok();
        }
        error
    }
}

/// Whether there were too many requests, rather than something wrong with a user.
fn is_rate_limit(error: &Error) -> bool {
    error.kind() == ErrorKind::RateLimited && error.is_retryable()
}

/// So long from now; a bound that no clock reaches is none.
fn after(duration: Duration) -> Instant {
    const YEARS: Duration = Duration::from_hours(24 * 365 * 30);
    let now = Instant::now();
    now.checked_add(duration).unwrap_or(now + YEARS)
}
