//! State that all calls with one credential share: a retry budget, and a pause for
//! each endpoint after Stytch reported too many requests.

use super::budget::Budget;
use crate::contract::types;
use crate::network::credential::Credential;
use crate::network::policy::Origin;
use crate::sandbox::{Endpoint, Error};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;
use zeroize::Zeroize;

/// The maximum number of accounts. Beyond it the least recently used ones are dropped.
const MAX_ACCOUNTS: usize = 16 << 10;

/// How many accounts are dropped at once: finding them takes a look at all of them.
const DROPPED: usize = MAX_ACCOUNTS / 16;

/// The longest pause that a response can cause. Stytch has windows of up to an hour.
const LONGEST_PAUSE: Duration = Duration::from_hours(1);

/// One credential's use of one API.
pub(super) struct Account {
    budget: Budget,
    state: Mutex<State>,
}

struct State {
    last_call: Instant,
    get: Option<Pause>,
    search: Option<Pause>,
}

struct Pause {
    until: Instant,
    /// Stytch's response.
    response: types::ApiError,
}

impl State {
    fn pause(&mut self, endpoint: Endpoint) -> &mut Option<Pause> {
        match endpoint {
            Endpoint::Get => &mut self.get,
            Endpoint::Search => &mut self.search,
        }
    }
}

impl Account {
    fn new() -> Self {
        Self {
            budget: Budget::new(),
            state: Mutex::new(State {
                last_call: Instant::now(),
                get: None,
                search: None,
            }),
        }
    }

    /// Records the start of a call.
    pub(super) fn record_call(&self) {
        self.budget.count_call();
        self.state().last_call = Instant::now();
    }

    /// Takes a retry from the budget, and returns whether there was one left.
    pub(super) fn may_retry(&self) -> bool {
        self.budget.try_retry()
    }

    /// Pauses all calls to an endpoint for `duration`.
    pub(super) fn pause(&self, endpoint: Endpoint, duration: Duration, error: &Error) {
        let Some(response) = error.api_error() else {
            return;
        };
        let until = Instant::now() + duration.min(LONGEST_PAUSE);
        let mut state = self.state();
        let pause = state.pause(endpoint);
        if pause.as_ref().is_none_or(|pause| pause.until < until) {
            // The request ID belongs to this call only.
            let response = types::ApiError {
                request_id: None,
                ..response.clone()
            };
            *pause = Some(Pause { until, response });
        }
    }

    /// Returns how long calls to an endpoint are still paused, and the error for those
    /// that cannot wait.
    pub(super) fn paused(&self, endpoint: Endpoint) -> Option<(Duration, Error)> {
        let mut state = self.state();
        let pause = state.pause(endpoint);
        let left = pause
            .as_ref()?
            .until
            .saturating_duration_since(Instant::now());
        if left.is_zero() {
            *pause = None;
            return None;
        }
        let response = types::ApiError {
            retry_after_ms: left.as_millis().try_into().ok(),
            ..pause.as_ref()?.response.clone()
        };
        let error = Error::Plugin {
            error: types::Error::RateLimited(response),
            fault: None,
            attempts: 0,
        };
        Some((left, error))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The owner of an account. The secret is part of it, since anyone can name another
/// customer's project.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Owner {
    project_id: String,
    origin: Origin,
    secret: Fingerprint,
}

/// Distinguishes secrets without holding them.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Fingerprint([u8; 32]);

impl Drop for Fingerprint {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

/// The accounts of all credentials.
#[derive(Default)]
pub(super) struct Accounts {
    /// Known to this process only, so that its fingerprints cannot be compared with
    /// fingerprints made elsewhere.
    salt: RandomState,
    accounts: Mutex<HashMap<Owner, Arc<Account>>>,
}

impl Accounts {
    fn owner(&self, credential: &Credential) -> Owner {
        let salted = Sha256::new()
            .chain_update(self.salt.hash_one("a secret").to_le_bytes())
            .chain_update(credential.secret().expose());
        Owner {
            project_id: credential.project_id().to_owned(),
            origin: credential.origin().clone(),
            secret: Fingerprint(salted.finalize().into()),
        }
    }

    pub(super) fn of(&self, credential: &Credential) -> Arc<Account> {
        let key = self.owner(credential);
        let mut accounts = self.accounts.lock().unwrap_or_else(PoisonError::into_inner);
        if accounts.len() >= MAX_ACCOUNTS && !accounts.contains_key(&key) {
            let last_calls = accounts.values().map(|account| account.state().last_call);
            let mut last_calls: Vec<_> = last_calls.collect();
            let (_, &mut newest_dropped, _) = last_calls.select_nth_unstable(DROPPED - 1);
            accounts.retain(|_, account| account.state().last_call > newest_dropped);
        }
        let account = accounts
            .entry(key)
            .or_insert_with(|| Arc::new(Account::new()));
        Arc::clone(account)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::credential::Secret;

    fn credential(project: &str, base_url: &str) -> Credential {
        with_secret(project, "secret-test-1", base_url)
    }

    fn with_secret(project: &str, secret: &str, base_url: &str) -> Credential {
        Credential::new(project, Secret::new(secret.to_owned()))
            .with_base_url(base_url)
            .unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn an_account_is_a_credential_at_an_origin() {
        let accounts = Accounts::default();
        let first = accounts.of(&credential("a", "https://a.example"));
        for (project, base_url, same) in [
            ("a", "https://a.example", true),
            ("b", "https://a.example", false),
            ("a", "https://b.example", false),
        ] {
            let other = accounts.of(&credential(project, base_url));
            assert_eq!(Arc::ptr_eq(&first, &other), same, "{project} {base_url}");
        }
        // Knowing the project ID is not enough to share its account.
        for secret in ["", "secret-test-2"] {
            let other = accounts.of(&with_secret("a", secret, "https://a.example"));
            assert!(!Arc::ptr_eq(&first, &other), "{secret}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn the_account_that_was_not_used_for_longest_is_forgotten() {
        let accounts = Accounts::default();
        let of = |number: usize| accounts.of(&credential(&number.to_string(), "https://a.example"));
        let first = of(0);
        for number in 1..MAX_ACCOUNTS {
            tokio::time::advance(Duration::from_millis(1)).await;
            of(number).record_call();
        }
        tokio::time::advance(Duration::from_millis(1)).await;
        first.record_call();
        of(MAX_ACCOUNTS);
        let left = accounts.accounts.lock().unwrap().len();
        assert_eq!(left, MAX_ACCOUNTS - DROPPED + 1);
        assert!(Arc::ptr_eq(&first, &of(0)));
        assert!(
            !accounts
                .accounts
                .lock()
                .unwrap()
                .keys()
                .any(|owner| owner.project_id == "1")
        );
    }
}
