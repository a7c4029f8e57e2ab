//! The system's keyring, with a timeout: a locked keyring asks the user to unlock it, and
//! nobody may be there.

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

/// The timeout of a call.
const WAIT: Duration = Duration::from_secs(3);

/// The service that the secrets of this program belong to.
const SERVICE: &str = "stytch-host";

/// Why a call to the keyring failed.
#[derive(Debug, thiserror::Error)]
pub enum KeyringError {
    /// There is no keyring.
    #[error("there is no keyring here: {0}")]
    Absent(String),
    /// It has no secret of that account.
    #[error("the keyring has no secret for this credential")]
    Missing,
    /// It may be locked, and wait for the user.
    #[error(
        "the keyring did not respond within {} seconds; it may be locked, and waiting for its password",
        WAIT.as_secs()
    )]
    TimedOut,
    /// The user did not unlock it.
    #[error("the keyring was not unlocked")]
    Dismissed,
    /// Anything else.
    #[error("the keyring failed: {0}")]
    Failed(String),
}

/// Where secrets are kept, each under an account.
pub trait Keyring {
    /// Stores a secret.
    ///
    /// # Errors
    ///
    /// See [`KeyringError`].
    fn set(&self, account: &str, secret: &Secret) -> Result<(), KeyringError>;

    /// Returns a secret.
    ///
    /// # Errors
    ///
    /// See [`KeyringError`].
    fn get(&self, account: &str) -> Result<Secret, KeyringError>;

    /// Removes a secret.
    ///
    /// # Errors
    ///
    /// See [`KeyringError`].
    fn delete(&self, account: &str) -> Result<(), KeyringError>;
}

/// Secret Service, Keychain or Credential Manager.
#[derive(Debug)]
pub struct SystemKeyring;

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

/// Calls the keyring on another thread, which is abandoned after the timeout.
fn within<T: Send + 'static>(
    wait: Duration,
    ask: impl FnOnce() -> Result<T, KeyringError> + Send + 'static,
) -> Result<T, KeyringError> {
    let (sender, receiver) = sync_channel(1);
    thread::spawn(move || {
        // After the timeout nobody receives it.
        let _ = sender.send(ask());
    });
    receiver.recv_timeout(wait).unwrap_or_else(|error| {
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
    fn returns_a_result_in_time_or_times_out() {
        let result = within(Duration::from_mins(1), || Ok(7));
        assert_eq!(result.unwrap(), 7);
        let (_open, never) = sync_channel::<()>(0);
        let late = within(Duration::from_millis(1), move || {
            let _ = never.recv();
            Ok(())
        });
        assert!(matches!(late, Err(KeyringError::TimedOut)));
    }
}
