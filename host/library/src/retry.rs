//! Retries calls outside of the component. Each attempt has its own instance.
//!
//! Both operations only read, so a request may always be sent again;
//! [`Error::is_retryable`] decides whether a retry may help. There is no circuit
//! breaker: in no measurement did one do better than the retry budget and the pause.

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
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::time::{Instant, sleep, timeout_at};

/// The length of Stytch's rate limit window for searches, which starts at each full
/// minute.
///
/// Source: <https://stytch.com/docs/resources/platform/rate-limits>
/// It documents fixed windows that are aligned to the clock, and 150 searches a minute;
/// that windows start at the full minute is inferred from the two.
const SEARCH_WINDOW: Duration = Duration::from_mins(1);

/// The status that pauses all calls with a credential.
const TOO_MANY_REQUESTS: u16 = 429;

/// The limits of a call. A method of [`PluginBuilder`](crate::PluginBuilder) changes
/// each of them.
#[derive(Debug, Clone)]
pub(crate) struct Limits {
    /// The whole call: all attempts, and the waits between them.
    pub(crate) deadline: Duration,
    /// One attempt, from instantiating the component to the typed result.
    pub(crate) attempt: Duration,
    /// The maximum number of attempts.
    pub(crate) attempts: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            // Three slow attempts, or most of a wait for Stytch's next window.
            deadline: Duration::from_mins(1),
            // The response timeout, and as long again for the body.
            attempt: Duration::from_secs(30),
            // As in the clients of large providers.
            attempts: 3,
        }
    }
}

/// Decides how often calls are retried, and how long they wait before a retry.
pub(crate) struct Retry {
    limits: Limits,
    accounts: Accounts,
    backoff: Backoff,
    /// How many attempts were not the first one of their call.
    retries: AtomicU64,
    /// How often a response paused the calls with a credential.
    pauses: AtomicU64,
    /// The time since the Unix epoch.
    clock: Box<dyn Fn() -> Duration + Send + Sync>,
}

/// The outcome of an attempt.
pub(crate) struct Outcome<T> {
    pub(crate) result: Result<T, Error>,
    /// The status that the host received, whatever the component reports.
    pub(crate) status: Option<u16>,
}

/// One attempt of a call.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Attempt {
    /// 1 for the first.
    pub(crate) number: u32,
    deadline: Instant,
    /// The limit that `deadline` results from.
    after: Duration,
}

/// When a call ends.
#[derive(Debug, Clone, Copy)]
struct Deadline {
    at: Instant,
    /// The limit that it results from.
    after: Duration,
}

impl Attempt {
    /// Runs the attempt until its deadline.
    pub(crate) async fn run<T>(
        self,
        attempt: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        match timeout_at(self.deadline, attempt).await {
            Ok(result) => result,
            Err(_) => Err(Error::Deadline {
                after: self.after,
                attempts: 1,
            }),
        }
    }
}

impl Retry {
    pub(crate) fn new(limits: Limits) -> Self {
        Self {
            limits,
            accounts: Accounts::default(),
            backoff: Backoff::new(fastrand::Rng::new()),
            retries: AtomicU64::new(0),
            pauses: AtomicU64::new(0),
            clock: Box::new(|| {
                let now = SystemTime::now().duration_since(UNIX_EPOCH);
                now.unwrap_or_default()
            }),
        }
    }

    /// Makes a call, with retries, until its deadline: that of the limits, or `deadline` if
    /// it is earlier.
    pub(crate) async fn call<T, F>(
        &self,
        credential: &Credential,
        endpoint: Endpoint,
        deadline: Option<Duration>,
        mut attempt: impl FnMut(Attempt) -> F,
    ) -> Result<T, Error>
    where
        F: Future<Output = Outcome<T>>,
    {
        let deadline = self.deadline(deadline);
        let account = self.accounts.of(credential);
        account.record_call();
        let (mut number, mut sent) = (0, 0);
        loop {
            self.wait_for_pause(&account, endpoint, deadline.at)
                .await
                .map_err(|error| error.with_attempts(sent))?;
            number += 1;
            let Outcome { result, status } = attempt(self.attempt(number, deadline)).await;
            let error = match result {
                Ok(value) => return Ok(value),
                Err(error) => error,
            };
            let was_sent = error.attempts() > 0;
            sent += error.attempts();
            let error = self.with_search_window(error, endpoint).with_attempts(sent);
            // Only Stytch's own response makes other calls wait, not an error that a
            // component made up. Without a `retry_after` only the budget limits them.
            if status == Some(TOO_MANY_REQUESTS)
                && is_rate_limit(&error)
                && let Some(pause) = error.retry_after()
            {
                account.pause(endpoint, pause, &error);
                self.pauses.fetch_add(1, Ordering::Relaxed);
            }
            let wait = self.wait_after(&error, number);
            // A component that sends nothing must not spend the shared budget.
            let should_retry = error.is_retryable()
                && was_sent
                && number < self.limits.attempts
                && wait < deadline.at.saturating_duration_since(Instant::now())
                && account.may_retry();
            if !should_retry {
                return Err(error);
            }
            sleep(wait).await;
            self.retries.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Returns how many attempts were not the first one of their call.
    pub(crate) fn retries(&self) -> u64 {
        self.retries.load(Ordering::Relaxed)
    }

    /// Returns how often a response paused the calls with a credential.
    pub(crate) fn pauses(&self) -> u64 {
        self.pauses.load(Ordering::Relaxed)
    }

    /// Returns the only attempt of a call that is not retried.
    pub(crate) fn once(&self, deadline: Option<Duration>) -> Attempt {
        self.attempt(1, self.deadline(deadline))
    }

    fn deadline(&self, requested: Option<Duration>) -> Deadline {
        let longest = self.limits.deadline;
        let after = requested.map_or(longest, |requested| requested.min(longest));
        Deadline {
            at: from_now(after),
            after,
        }
    }

    fn attempt(&self, number: u32, call: Deadline) -> Attempt {
        let own = from_now(self.limits.attempt);
        let (deadline, after) = if own < call.at {
            (own, self.limits.attempt)
        } else {
            (call.at, call.after)
        };
        Attempt {
            number,
            deadline,
            after,
        }
    }

    /// Waits for the end of a pause that Stytch's response to any call started.
    async fn wait_for_pause(
        &self,
        account: &Account,
        endpoint: Endpoint,
        deadline: Instant,
    ) -> Result<(), Error> {
        while let Some((left, error)) = account.paused(endpoint) {
            let wait = left + self.backoff.spread();
            if wait >= deadline.saturating_duration_since(Instant::now()) {
                return Err(error);
            }
            sleep(wait).await;
        }
        Ok(())
    }

    /// Returns the wait before a retry: at least as long as Stytch says, plus jitter.
    fn wait_after(&self, error: &Error, failures: u32) -> Duration {
        match error.retry_after() {
            Some(wait) => wait.saturating_add(self.backoff.spread()),
            None => self.backoff.delay(error, failures),
        }
    }

    /// Adds the time to the next window to the error of a rate-limited search, unless
    /// Stytch's response contains one.
    fn with_search_window(&self, mut error: Error, endpoint: Endpoint) -> Error {
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

/// Returns whether there were too many requests, rather than an error about one user.
fn is_rate_limit(error: &Error) -> bool {
    error.kind() == ErrorKind::RateLimited && error.is_retryable()
}

/// Returns the instant after `duration`. A duration that overflows the clock means no
/// limit.
fn from_now(duration: Duration) -> Instant {
    const YEARS: Duration = Duration::from_hours(24 * 365 * 30);
    let now = Instant::now();
    now.checked_add(duration).unwrap_or(now + YEARS)
}
