//! Named credentials. A file lists them; their secrets are in the system's keyring, or
//! in that file.

use crate::document::{Document, Entry, account};
use crate::error::Error;
use crate::folder::{Folder, Lock};
use crate::keyring::{Keyring, KeyringError, SystemKeyring};
use crate::stored::{Label, Place, StoredCredential};
use crate::validate::{check_name, trimmed};
use std::path::PathBuf;
use stytch_host::Secret;

/// Where to keep the secret of a new credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoreChoice {
    /// In the system's keyring if there is one, else in the credentials file.
    Auto,
    /// In the system's keyring.
    Keyring,
    /// In the credentials file.
    File,
}

/// A credential to store.
#[derive(Debug)]
pub struct NewCredential {
    /// Its name and environment.
    pub label: Label,
    /// The ID of the project.
    pub project_id: String,
    /// A base URL other than Stytch's own.
    pub base_url: Option<String>,
    /// The secret.
    pub secret: Secret,
    /// Whether to replace a credential of the same name.
    pub replace: bool,
    /// Whether to make it the default.
    pub default: bool,
    /// Where to keep the secret.
    pub store: StoreChoice,
}

/// A credential that was stored.
#[derive(Debug)]
pub struct Added {
    /// The credential.
    pub stored: StoredCredential,
    /// Why the keyring was not used, if there is none.
    pub no_keyring: Option<String>,
}

/// A stored credential with its secret, or why the secret cannot be used.
pub type WithSecret = (StoredCredential, Result<Secret, Error>);

/// Where a secret went.
struct Kept {
    place: Place,
    no_keyring: Option<String>,
}

/// The name of the credentials file.
const FILE: &str = "credentials.json";

/// The credentials of this user.
#[derive(Debug)]
pub struct Store<K = SystemKeyring> {
    folder: Folder,
    keyring: K,
}

impl Store {
    /// Returns the store; none if there is no home directory.
    pub fn of_user() -> Option<Self> {
        Some(Self {
            folder: Folder::of_user(FILE)?,
            keyring: SystemKeyring,
        })
    }

    /// Returns the store whose credentials file is in this folder, instead of that of the
    /// user. Secrets that are in the system's keyring are the user's all the same.
    pub fn in_folder(path: PathBuf) -> Self {
        Self {
            folder: Folder::new(path, FILE),
            keyring: SystemKeyring,
        }
    }

    /// Returns the store.
    ///
    /// # Errors
    ///
    /// There is no home directory.
    pub fn required() -> Result<Self, Error> {
        Self::of_user().ok_or(Error::NoFolder)
    }
}

impl<K: Keyring> Store<K> {
    /// The path of the credentials file.
    pub fn file(&self) -> PathBuf {
        self.folder.file()
    }

    /// Lists the credentials by name.
    ///
    /// # Errors
    ///
    /// The credentials file cannot be read.
    pub fn list(&self) -> Result<Vec<StoredCredential>, Error> {
        Ok(self.document()?.list())
    }

    /// Returns the credential that is used when none is named.
    ///
    /// # Errors
    ///
    /// The credentials file cannot be read.
    pub fn default(&self) -> Result<Option<StoredCredential>, Error> {
        Ok(self.list()?.into_iter().find(|stored| stored.default))
    }

    /// Checks that a name is valid and not in use.
    ///
    /// # Errors
    ///
    /// It is not, or the credentials file cannot be read.
    pub fn check_free(&self, name: &str) -> Result<(), Error> {
        check_name(name)?;
        match self.list()?.iter().find(|stored| stored.name == name) {
            Some(stored) => Err(Error::Exists(stored.label())),
            None => Ok(()),
        }
    }

    /// Returns a stored credential, without its secret.
    ///
    /// # Errors
    ///
    /// There is none of that name, or the credentials file cannot be read.
    pub fn get(&self, name: &str) -> Result<StoredCredential, Error> {
        let document = self.document()?;
        Ok(document.stored(name, document.entry(name)?))
    }

    /// Returns a stored credential and its secret.
    ///
    /// # Errors
    ///
    /// There is none of that name, its secret is missing or malformed, or the credentials
    /// file or the keyring cannot be read.
    pub fn get_with_secret(&self, name: &str) -> Result<(StoredCredential, Secret), Error> {
        let document = self.document()?;
        let entry = document.entry(name)?;
        let stored = document.stored(name, entry);
        let secret = self.secret(&stored, entry)?;
        Ok((stored, secret))
    }

    /// Returns all stored credentials with their secrets, or why a secret cannot be used.
    ///
    /// # Errors
    ///
    /// The credentials file cannot be read.
    pub fn list_with_secrets(&self) -> Result<Vec<WithSecret>, Error> {
        let document = self.document()?;
        let all = document.entries().map(|(name, entry)| {
            let stored = document.stored(name, entry);
            let secret = self.secret(&stored, entry);
            (stored, secret)
        });
        Ok(all.collect())
    }

    fn secret(&self, stored: &StoredCredential, entry: &Entry) -> Result<Secret, Error> {
        let label = stored.label();
        let secret = match (entry.account(&stored.name), &entry.secret) {
            (Some(account), _) => match self.keyring.get(&account) {
                Ok(secret) => secret,
                Err(error) => return Err(Error::SecretUnavailable { label, error }),
            },
            (None, Some(secret)) => secret.clone(),
            (None, None) => {
                let file = self.file();
                return Err(Error::SecretMissing { file, label });
            }
        };
        let whose = format!("the secret of the credential {label}");
        if trimmed(&whose, secret.expose())? != secret.expose() {
            return Err(Error::SecretHasSpace(label));
        }
        Ok(secret)
    }

    /// Stores a credential. Secrets in the keyring that the credentials file does not
    /// list are ignored.
    ///
    /// # Errors
    ///
    /// The name is invalid or in use, or the credentials file or the keyring cannot be
    /// written.
    pub fn add(&self, new: NewCredential) -> Result<Added, Error> {
        let lock = self.folder.lock()?;
        if !new.replace {
            self.check_free(&new.label.name)?;
        }
        let mut document = self.document()?;
        let name = &new.label.name;
        let old_account = document.account(name);
        let account = account(name, &new.project_id);
        let before = match &old_account {
            Some(old) if *old == account => self.keyring.get(old).ok(),
            _ => None,
        };
        let kept = self.keep(&account, &new)?;
        let in_keyring = kept.place == Place::Keyring;
        let entry = Entry {
            project_id: new.project_id,
            base_url: new.base_url,
            store: kept.place,
            secret: (!in_keyring).then_some(new.secret),
        };
        let stored = document.insert(name, entry, new.default);
        if let Err(error) = write(&lock, &document) {
            if in_keyring {
                // The keyring must match the old file again.
                let _ = match before {
                    Some(secret) => self.keyring.set(&account, &secret),
                    None => self.keyring.delete(&account),
                };
            }
            return Err(error);
        }
        if let Some(old) = old_account.filter(|old| !in_keyring || *old != account) {
            // If this fails, the old secret is listed nowhere, and not used.
            let _ = self.keyring.delete(&old);
        }
        Ok(Added {
            stored,
            no_keyring: kept.no_keyring,
        })
    }

    /// Stores the secret in the keyring, unless it belongs in the file.
    fn keep(&self, account: &str, new: &NewCredential) -> Result<Kept, Error> {
        let in_file = |no_keyring| Kept {
            place: Place::File,
            no_keyring,
        };
        if new.store == StoreChoice::File {
            return Ok(in_file(None));
        }
        match self.keyring.set(account, &new.secret) {
            Ok(()) => Ok(Kept {
                place: Place::Keyring,
                no_keyring: None,
            }),
            Err(KeyringError::Absent(reason)) if new.store == StoreChoice::Auto => {
                Ok(in_file(Some(reason)))
            }
            Err(error) => Err(Error::NotStored {
                label: new.label.clone(),
                error,
            }),
        }
    }

    /// Removes a credential and its secret.
    ///
    /// # Errors
    ///
    /// There is none of that name, or the credentials file or the keyring cannot be
    /// written.
    pub fn remove(&self, name: &str) -> Result<StoredCredential, Error> {
        let lock = self.folder.lock()?;
        let mut document = self.document()?;
        let account = document.account(name);
        let stored = document.remove(name)?;
        // First, since an account that is not listed cannot be found later.
        match account.map(|account| self.keyring.delete(&account)) {
            None | Some(Ok(()) | Err(KeyringError::Missing)) => {}
            Some(Err(error)) => {
                return Err(Error::NotRemoved {
                    label: stored.label(),
                    error,
                });
            }
        }
        write(&lock, &document)?;
        Ok(stored)
    }

    /// Makes a credential the default one.
    ///
    /// # Errors
    ///
    /// There is none of that name, or the credentials file cannot be written.
    pub fn set_default(&self, name: &str) -> Result<StoredCredential, Error> {
        let lock = self.folder.lock()?;
        let mut document = self.document()?;
        let stored = document.set_default(name)?;
        write(&lock, &document)?;
        Ok(stored)
    }

    fn document(&self) -> Result<Document, Error> {
        match self.folder.read()? {
            Some(bytes) => Document::parse(&bytes, &self.file()),
            None => Ok(Document::default()),
        }
    }
}

fn write(lock: &Lock<'_>, document: &Document) -> Result<(), Error> {
    lock.write(|file| document.print(file))
}

#[cfg(test)]
mod tests;
