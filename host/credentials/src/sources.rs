//! Named credentials, read from several places and followed as they change.

mod folder;

use crate::base_url::{BaseUrl, with_base_url};
use crate::error::Error;
use crate::fingerprint::Fingerprint;
use crate::store::Store;
use crate::stored::StoredCredential;
use crate::validate::check_secret;
use folder::Member;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};
use stytch_host::{Credential, Environment, Secret};

/// How long until a store is read again of which a credential cannot be used: a keyring that
/// is not available may ask the user each time.
const RETRY: Duration = Duration::from_mins(1);

/// Where credentials come from.
#[derive(Debug)]
#[non_exhaustive]
pub enum Source {
    /// One credential, with its name.
    Fixed(String, Credential),
    /// The credential store of this user.
    Store(Store),
    /// A folder with a folder for each credential, as Kubernetes and Docker mount secrets:
    /// the files `project-id` and `secret`, and optionally `base-url`.
    Folder(PathBuf),
}

/// Why the credentials cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// The credential store cannot be read.
    #[error(transparent)]
    Store(#[from] Error),
    /// The folder cannot be read.
    #[error("the folder of credentials {} cannot be read", .path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
}

/// A credential with its name.
#[derive(Debug)]
#[non_exhaustive]
pub struct Entry {
    /// The name.
    pub name: String,
    /// The credential, or why it cannot be used.
    pub credential: Result<Arc<Credential>, String>,
}

impl Entry {
    /// Returns the environment, if the credential can be used.
    pub fn environment(&self) -> Option<Environment> {
        let credential = self.credential.as_ref().ok()?;
        Some(credential.environment())
    }
}

type Entries = BTreeMap<String, Arc<Entry>>;

/// Credentials by name, for a program that makes calls with several of them. One that
/// cannot be used does not affect the others.
///
/// Reading them blocks: a keyring may be locked.
#[derive(Debug)]
pub struct Credentials {
    entries: RwLock<Arc<Entries>>,
    /// The sources, with what was read of them, the last of which takes precedence.
    sources: Mutex<Vec<(Source, Read)>>,
}

/// What was read of a source.
#[derive(Debug, Default)]
struct Read {
    fingerprint: Option<Fingerprint>,
    /// When to read a store again that has not changed: its keyring was not available.
    retry: Option<Instant>,
    members: BTreeMap<String, Member>,
}

impl Credentials {
    /// Reads the credentials of `sources`. Where names are the same, the first source takes
    /// precedence.
    ///
    /// # Errors
    ///
    /// A source cannot be read.
    pub fn read(sources: Vec<Source>) -> Result<Self, ReadError> {
        let sources = sources.into_iter().rev();
        let credentials = Self {
            entries: RwLock::default(),
            sources: Mutex::new(sources.map(|source| (source, Read::default())).collect()),
        };
        credentials.reload()?;
        Ok(credentials)
    }

    /// Reads what has changed: rotated, new and removed credentials. A source that cannot
    /// be read stays as it is.
    ///
    /// # Errors
    ///
    /// A source cannot be read. What another one has changed counts all the same.
    pub fn reload(&self) -> Result<(), ReadError> {
        let mut sources = self.sources.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut has_changed, mut result) = (false, Ok(()));
        for (source, read) in sources.iter_mut() {
            match read.update(source) {
                Ok(changed) => has_changed |= changed,
                // What another source has changed counts all the same.
                Err(error) => result = Err(error),
            }
        }
        if !has_changed {
            return result;
        }
        let mut entries = Entries::new();
        for (_, read) in sources.iter() {
            for (name, member) in &read.members {
                let entry = Entry {
                    name: name.clone(),
                    credential: member.credential.clone(),
                };
                entries.insert(name.clone(), Arc::new(entry));
            }
        }
        *self.entries.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(entries);
        result
    }

    /// Returns the credential of this name.
    pub fn get(&self, name: &str) -> Option<Arc<Entry>> {
        self.entries().get(name).cloned()
    }

    /// Returns all credentials, by their names.
    pub fn entries(&self) -> Arc<BTreeMap<String, Arc<Entry>>> {
        let entries = self.entries.read();
        entries.unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Read {
    /// Reads the source if it has changed, and returns whether it has.
    fn update(&mut self, source: &Source) -> Result<bool, ReadError> {
        match source {
            Source::Fixed(name, credential) => {
                let is_new = self.members.is_empty();
                let member = Member::of(Ok(credential.clone()));
                self.members.insert(name.clone(), member);
                Ok(is_new)
            }
            Source::Store(store) => {
                let fingerprint = Some(Fingerprint::of(&store.file()));
                let is_time = self.retry.is_some_and(|retry| retry <= Instant::now());
                if self.fingerprint == fingerprint && !is_time {
                    return Ok(false);
                }
                let stored = store.list_with_secrets()?.into_iter();
                self.members = stored
                    .map(|(stored, secret)| {
                        let credential = secret.and_then(|secret| of_stored(&stored, secret));
                        (
                            stored.name,
                            Member::of(credential.map_err(|error| error.to_string())),
                        )
                    })
                    .collect();
                self.fingerprint = fingerprint;
                let is_usable = |member: &Member| member.credential.is_ok();
                self.retry =
                    (!self.members.values().all(is_usable)).then(|| Instant::now() + RETRY);
                Ok(true)
            }
            Source::Folder(path) => {
                folder::update(path, &mut self.members).map_err(|source| ReadError::Folder {
                    path: path.clone(),
                    source,
                })
            }
        }
    }
}

fn of_stored(stored: &StoredCredential, secret: Secret) -> Result<Credential, Error> {
    check_secret(Environment::of(&stored.project_id), &secret)?;
    let credential = Credential::new(stored.project_id.clone(), secret);
    with_base_url(credential, BaseUrl::of_stored(stored))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{NewCredential, StoreChoice};
    use crate::stored::Label;
    use std::fs;

    #[test]
    fn the_first_source_takes_precedence_and_one_that_fails_stays_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["both", "mounted"] {
            let path = folder.path().join(name);
            fs::create_dir(&path).unwrap();
            fs::write(path.join("project-id"), "project-test-mounted").unwrap();
            fs::write(path.join("secret"), "secret-test-1").unwrap();
        }
        let secret = Secret::new("secret-live-1".to_owned());
        let given = Credential::new("project-live-given", secret);
        let sources = vec![
            Source::Fixed("both".to_owned(), given),
            Source::Folder(folder.path().to_owned()),
        ];
        let credentials = Credentials::read(sources).unwrap();
        let environment = |name| credentials.get(name).and_then(|entry| entry.environment());
        let expected = [
            ("both", Some(Environment::Live)),
            ("mounted", Some(Environment::Test)),
            ("other", None),
        ];
        for (name, expected) in expected {
            assert_eq!(environment(name), expected, "{name}");
        }
        let before = credentials.entries();
        assert!(before.keys().eq(["both", "mounted"]));

        folder.close().unwrap();
        let error = credentials.reload().unwrap_err();
        assert!(matches!(error, ReadError::Folder { .. }), "{error}");
        assert!(credentials.entries().keys().eq(before.keys()));
    }

    #[test]
    fn a_secret_of_the_store_that_does_not_fit_is_an_error_and_read_again_later() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::in_folder(folder.path().join("store"));
        let stored = store.add(NewCredential {
            label: Label {
                name: "acme".to_owned(),
                environment: Environment::Live,
            },
            project_id: "project-live-1".to_owned(),
            base_url: None,
            secret: Secret::new("secret-test-1".to_owned()),
            replace: false,
            default: false,
            store: StoreChoice::File,
        });
        assert!(stored.is_ok());
        let (source, mut read) = (Source::Store(store), Read::default());
        assert!(read.update(&source).unwrap());
        let reason = read.members["acme"].credential.as_ref().unwrap_err();
        assert!(!reason.contains("secret-test-1"), "{reason}");
        assert!(!read.update(&source).unwrap(), "not yet");
        read.retry = Some(Instant::now());
        assert!(read.update(&source).unwrap());
    }
}
