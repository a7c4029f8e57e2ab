//! Credentials under names. A file lists them; their secrets are in the system's
//! keyring, or in that file.

use super::document::{Document, Entry, Place, account};
use super::file::{Folder, Lock};
use super::keyring::{Keyring, KeyringError, SystemKeyring};
use super::named::{Label, Named};
use super::shape::check_name;
use crate::args::StoreChoice;
use crate::failure::Usage;
use std::path::PathBuf;
use stytch_host::Secret;

/// A credential to be stored.
#[derive(Debug)]
pub(crate) struct New {
    pub(crate) label: Label,
    pub(crate) project_id: String,
    pub(crate) base_url: Option<String>,
    pub(crate) secret: Secret,
    pub(crate) replace: bool,
    pub(crate) default: bool,
    pub(crate) store: StoreChoice,
}

/// What became of a credential that was stored.
#[derive(Debug)]
pub(crate) struct Added {
    pub(crate) named: Named,
    /// Why the keyring was passed over, where it was.
    pub(crate) no_keyring: Option<String>,
}

/// Where a secret went.
struct Kept {
    place: Place,
    no_keyring: Option<String>,
}

/// The credentials of this user.
#[derive(Debug)]
pub(crate) struct Store<K = SystemKeyring> {
    folder: Folder,
    keyring: K,
}

impl Store {
    /// None where there is no home to keep them in.
    pub(crate) fn of_user() -> Option<Self> {
        Some(Self {
            folder: Folder::of_user()?,
            keyring: SystemKeyring,
        })
    }

    /// The same, for commands that cannot do without.
    pub(crate) fn required() -> Result<Self, Usage> {
        Self::of_user().ok_or_else(|| {
            Usage::new("there is no folder for credentials: neither XDG_CONFIG_HOME nor HOME is an absolute path")
                .hint("set one of them, or use STYTCH_PROJECT_ID and STYTCH_SECRET")
        })
    }
}

impl<K: Keyring> Store<K> {
    /// Where the credentials are listed.
    pub(crate) fn file(&self) -> PathBuf {
        self.folder.file()
    }

    /// All credentials, in the order of their names.
    pub(crate) fn list(&self) -> Result<Vec<Named>, Usage> {
        Ok(self.document()?.list())
    }

    /// The credential that is used when none is named.
    pub(crate) fn default(&self) -> Result<Option<Named>, Usage> {
        Ok(self.list()?.into_iter().find(|named| named.default))
    }

    /// Says no when there is a credential of that name.
    pub(crate) fn check_free(&self, name: &str) -> Result<(), Usage> {
        check_name(name)?;
        match self.list()?.iter().find(|named| named.name == name) {
            Some(named) => Err(Usage::new(format!("there is a credential {named} already"))
                .hint("give another name, or put this one in its place with --replace")),
            None => Ok(()),
        }
    }

    /// A stored credential, without its secret.
    pub(crate) fn named(&self, name: &str) -> Result<Named, Usage> {
        let document = self.document()?;
        Ok(document.named(name, document.entry(name)?))
    }

    /// A stored credential and its secret.
    pub(crate) fn take(&self, name: &str) -> Result<(Named, Secret), Usage> {
        let document = self.document()?;
        let entry = document.entry(name)?;
        let named = document.named(name, entry);
        let secret = match (entry.account(name), &entry.secret) {
            (Some(account), _) => self.keyring.get(&account).map_err(|error| {
                Usage::new(format!(
                    "the secret of the credential {named} cannot be had: {error}"
                ))
                .hint(match error {
                    KeyringError::Missing => store_again(name),
                    _ => format!(
                        "unlock the keyring and try again; or {} --store file",
                        store_again(name)
                    ),
                })
            })?,
            (None, Some(secret)) => secret.clone(),
            (None, None) => {
                return Err(Usage::new(format!(
                    "{} has no secret for the credential {named}",
                    self.file().display()
                ))
                .hint(store_again(name)));
            }
        };
        Ok((named, secret))
    }

    /// Stores a credential. The file is what counts: what the keyring has beyond
    /// its list is not used.
    pub(crate) fn add(&self, new: New) -> Result<Added, Usage> {
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
        let named = document.insert(name, entry, new.default);
        if let Err(error) = write(&lock, &document) {
            if in_keyring {
                // It is to fit the old file again.
                let _ = match before {
                    Some(secret) => self.keyring.set(&account, &secret),
                    None => self.keyring.delete(&account),
                };
            }
            return Err(error);
        }
        if let Some(old) = old_account.filter(|old| !in_keyring || *old != account) {
            // What stays behind is listed nowhere, and not used.
            let _ = self.keyring.delete(&old);
        }
        Ok(Added {
            named,
            no_keyring: kept.no_keyring,
        })
    }

    /// Puts a secret into the keyring, unless it is for the file.
    fn keep(&self, account: &str, new: &New) -> Result<Kept, Usage> {
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
            Err(error) => Err(Usage::new(format!(
                "{} was not stored: {error}",
                new.label
            ))
            .hint(match error {
                KeyringError::TimedOut | KeyringError::Dismissed => {
                    "unlock the keyring and try again; or keep the secret in a file that only you can read: --store file"
                }
                _ => "keep the secret in a file that only you can read: --store file",
            })),
        }
    }

    /// Forgets a credential and its secret.
    pub(crate) fn remove(&self, name: &str) -> Result<Named, Usage> {
        let lock = self.folder.lock()?;
        let mut document = self.document()?;
        let account = document.account(name);
        let named = document.remove(name)?;
        // Before the list forgets it: later nobody would know of it any more.
        match account.map(|account| self.keyring.delete(&account)) {
            None | Some(Ok(()) | Err(KeyringError::Missing)) => {}
            Some(Err(error)) => {
                return Err(Usage::new(format!(
                    "the secret of the credential {named} cannot be removed: {error}"
                ))
                .hint("try again where the keyring is at hand and unlocked"));
            }
        }
        write(&lock, &document)?;
        Ok(named)
    }

    /// Makes a credential the default one.
    pub(crate) fn set_default(&self, name: &str) -> Result<Named, Usage> {
        let lock = self.folder.lock()?;
        let mut document = self.document()?;
        let named = document.set_default(name)?;
        write(&lock, &document)?;
        Ok(named)
    }

    fn document(&self) -> Result<Document, Usage> {
        match self.folder.read()? {
            Some(bytes) => Document::parse(&bytes, &self.file()),
            None => Ok(Document::default()),
        }
    }
}

fn write(lock: &Lock<'_>, document: &Document) -> Result<(), Usage> {
    lock.write(|file| document.print(file))
}

fn store_again(name: &str) -> String {
    format!("store it again: stytch-host credential add {name} --replace")
}

#[cfg(test)]
mod tests;
