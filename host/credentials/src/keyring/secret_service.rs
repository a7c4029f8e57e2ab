//! The keyring of a desktop on Linux or BSD: freedesktop.org's Secret Service, on
//! the D-Bus session. The session is private to the user, so secrets cross it
//! unencrypted, as the protocol allows.

use super::{KeyringError, SERVICE};
use dbus_secret_service::{EncryptionType, Error, Item, SecretService};
use std::collections::HashMap;
use std::env;
use std::path::Path;
use stytch_host::Secret;

pub(super) fn set(account: &str, secret: &Secret) -> Result<(), KeyringError> {
    let service = connect()?;
    let collection = service
        .get_default_collection()
        .map_err(|error| match error {
            Error::NoResult => KeyringError::Absent("it has no default collection".to_owned()),
            error => failed(error),
        })?;
    collection.ensure_unlocked().map_err(failed)?;
    collection
        .create_item(
            &format!("Stytch credential {account}"),
            attributes(account),
            secret.expose().as_bytes(),
            true,
            "text/plain",
        )
        .map_err(failed)?;
    Ok(())
}

pub(super) fn get(account: &str) -> Result<Secret, KeyringError> {
    let service = connect()?;
    let items = items(&service, account)?;
    let item = items.first().ok_or(KeyringError::Missing)?;
    let text = String::from_utf8(item.get_secret().map_err(failed)?);
    text.map(Secret::new)
        .map_err(|_| KeyringError::Failed("the secret in it is not text".to_owned()))
}

pub(super) fn delete(account: &str) -> Result<(), KeyringError> {
    let service = connect()?;
    let items = items(&service, account)?;
    if items.is_empty() {
        return Err(KeyringError::Missing);
    }
    items
        .iter()
        .try_for_each(|item| item.delete().map_err(failed))
}

/// What is kept for the account, unlocked.
fn items<'a>(service: &'a SecretService, account: &str) -> Result<Vec<Item<'a>>, KeyringError> {
    let found = service.search_items(attributes(account)).map_err(failed)?;
    for item in &found.locked {
        item.unlock().map_err(failed)?;
    }
    Ok(found.unlocked.into_iter().chain(found.locked).collect())
}

fn attributes(account: &str) -> HashMap<&str, &str> {
    HashMap::from([("service", SERVICE), ("username", account)])
}

fn connect() -> Result<SecretService, KeyringError> {
    // Where there is no session, the D-Bus library would try to start one.
    if !has_session() {
        return Err(KeyringError::Absent("there is no D-Bus session".to_owned()));
    }
    SecretService::connect(EncryptionType::Plain).map_err(|error| match failed(error) {
        KeyringError::Failed(reason) => KeyringError::Absent(reason),
        other => other,
    })
}

fn has_session() -> bool {
    let set = |name| env::var_os(name).filter(|value| !value.is_empty());
    set("DBUS_SESSION_BUS_ADDRESS").is_some()
        || set("XDG_RUNTIME_DIR").is_some_and(|folder| Path::new(&folder).join("bus").exists())
}

fn failed(error: Error) -> KeyringError {
    match error {
        Error::Prompt | Error::Locked => KeyringError::Dismissed,
        Error::Dbus(error) if error.name() == Some("org.freedesktop.DBus.Error.NoReply") => {
            KeyringError::TimedOut
        }
        error => KeyringError::Failed(error.to_string()),
    }
}
