//! The system's keyring, with a bound on how long it may take: one that is locked
//! asks a person, who may not be there.

#[cfg_attr(
    all(unix, not(target_vendor = "apple")),
    path = "keyring/secret_service.rs"
)]
#[cfg_attr(
    not(all(unix, not(target_vendor = "apple"))),
    path = "keyring/native.rs"
)]
mod system;

use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::thread;
use std::time::Duration;
use stytch_host::Secret;

/// How long the keyring may take.
const WAIT: Duration = Duration::from_secs(3);

/// Under what the secrets of this program are kept.
const SERVICE: &str = "stytch-host";

/// Why the keyring did not do what it was asked for.
#[derive(Debug, thiserror::Error)]
pub(crate) enum KeyringError {
    /// There is none here.
    #[error("there is no keyring here: {0}")]
    Absent(String),
    /// It has no such secret.
    #[error("the keyring has no secret for this credential")]
    Missing,
    /// It waits for somebody.
    #[error(
        "the keyring did not answer within {} seconds; it may be locked, and asking for its password",
        WAIT.as_secs()
    )]
    TimedOut,
    /// Somebody said no.
    #[error("the keyring was not unlocked")]
    Dismissed,
    /// Anything else.
    #[error("the keyring failed: {0}")]
    Failed(String),
}

/// Where secrets can be kept. An account is what tells them apart.
pub(crate) trait Keyring {
    fn set(&self, account: &str, secret: &Secret) -> Result<(), KeyringError>;
    fn get(&self, account: &str) -> Result<Secret, KeyringError>;
    fn delete(&self, account: &str) -> Result<(), KeyringError>;
}

/// Secret Service, Keychain or Credential Manager.
#[derive(Debug)]
pub(crate) struct SystemKeyring;

impl Keyring for SystemKeyring {
    fn set(&self, account: &str, secret: &Secret) -> Result<(), KeyringError> {
        let (account, secret) = (account.to_owned(), secret.clone());
        within(WAIT, move || system::set(&account, &secret))
    }

    fn get(&self, account: &str) -> Result<Secret, KeyringError> {
        let account = account.to_owned();
        within(WAIT, move || system::get(&account))
    }

    fn delete(&self, account: &str) -> Result<(), KeyringError> {
        let account = account.to_owned();
        within(WAIT, move || system::delete(&account))
    }
}

/// Asks on a thread of its own, which is left behind when it takes too long.
fn within<T: Send + 'static>(
    wait: Duration,
    ask: impl FnOnce() -> Result<T, KeyringError> + Send + 'static,
) -> Result<T, KeyringError> {
    let (answer, answers) = sync_channel(1);
    thread::spawn(move || {
        // Nobody listens any more when it took too long.
        let _ = answer.send(ask());
    });
    answers.recv_timeout(wait).unwrap_or_else(|error| {
        Err(match error {
            RecvTimeoutError::Timeout => KeyringError::TimedOut,
            RecvTimeoutError::Disconnected => KeyringError::Failed("it crashed".to_owned()),
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_in_time_is_passed_on_and_a_late_one_is_not_waited_for() {
        let answer = within(Duration::from_mins(1), || Ok(7));
        assert_eq!(answer.unwrap(), 7);
        let (_open, never) = sync_channel::<()>(0);
        let late = within(Duration::from_millis(1), move || {
            let _ = never.recv();
            Ok(())
        });
        assert!(matches!(late, Err(KeyringError::TimedOut)));
    }
}
