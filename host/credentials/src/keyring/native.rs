//! The keyring of macOS (Keychain) or Windows (Credential Manager).

use super::{KeyringError, SERVICE};
#[cfg(target_vendor = "apple")]
use apple_native_keyring_store::keychain::Store;
use keyring_core::api::CredentialStoreApi;
use keyring_core::{Entry, Error};
use stytch_host::Secret;
#[cfg(windows)]
use windows_native_keyring_store::Store;

pub(super) fn set(account: &str, secret: &Secret) -> Result<(), KeyringError> {
    entry(account)?
        .set_password(secret.expose())
        .map_err(failed)
}

pub(super) fn get(account: &str) -> Result<Secret, KeyringError> {
    let secret = entry(account)?.get_password().map_err(failed)?;
    Ok(Secret::new(secret))
}

pub(super) fn delete(account: &str) -> Result<(), KeyringError> {
    entry(account)?.delete_credential().map_err(failed)
}

fn entry(account: &str) -> Result<Entry, KeyringError> {
    let store = Store::new().map_err(failed)?;
    store.build(SERVICE, account, None).map_err(failed)
}

fn failed(error: Error) -> KeyringError {
    match error {
        Error::NoEntry => KeyringError::Missing,
        Error::NoStorageAccess(reason) => KeyringError::Absent(reason.to_string()),
        error => KeyringError::Failed(error.to_string()),
    }
}
