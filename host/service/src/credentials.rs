//! The credentials that callers name.

mod folder;

use crate::bulkhead::{Bulkhead, Queue};
use crate::fingerprint::Fingerprint;
use folder::Member;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use stytch_credentials::{BaseUrl, Store, StoredCredential, with_base_url};
use stytch_host::{Credential, Environment, Secret};

/// Where the credentials come from.
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
    Store(#[from] stytch_credentials::Error),
    /// The folder cannot be read.
    #[error("the folder of credentials {} cannot be read", .path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
}

/// A credential that callers may name.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) name: String,
    /// The credential, or why it cannot be used.
    pub(crate) credential: Result<Arc<Credential>, String>,
    pub(crate) bulkhead: Arc<Bulkhead>,
}

impl Entry {
    /// The environment, if the credential can be used.
    pub(crate) fn environment(&self) -> Option<Environment> {
        let credential = self.credential.as_ref().ok()?;
        Some(credential.environment())
    }
}

type Entries = BTreeMap<String, Arc<Entry>>;

/// The credentials of a service. Reading them blocks: a keyring may be locked.
#[derive(Debug)]
pub(crate) struct Credentials {
    entries: RwLock<Arc<Entries>>,
    /// The sources, with what was read of them, the last of which takes precedence.
    sources: Mutex<Vec<(Source, Read)>>,
    calls: u32,
    queue: Queue,
}

/// What was read of a source.
#[derive(Debug, Default)]
struct Read {
    fingerprint: Option<Fingerprint>,
    members: BTreeMap<String, Member>,
}

impl Credentials {
    /// Reads the credentials of `sources`. Where names are the same, the first source takes
    /// precedence.
    pub(crate) fn read(sources: Vec<Source>, calls: u32, queue: Queue) -> Result<Self, ReadError> {
        let sources = sources.into_iter().rev();
        let credentials = Self {
            entries: RwLock::default(),
            sources: Mutex::new(sources.map(|source| (source, Read::default())).collect()),
            calls,
            queue,
        };
        credentials.reload()?;
        Ok(credentials)
    }

    /// Reads what has changed. A source that cannot be read stays as it is.
    pub(crate) fn reload(&self) -> Result<(), ReadError> {
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
        let before = self.entries();
        let mut entries = Entries::new();
        for (_, read) in sources.iter() {
            for (name, member) in &read.members {
                let bulkhead = before.get(name).map(|entry| entry.bulkhead.clone());
                let entry = Entry {
                    name: name.clone(),
                    credential: member.credential.clone(),
                    // Calls in flight count, also after a rotation.
                    bulkhead: bulkhead
                        .unwrap_or_else(|| Arc::new(Bulkhead::new(self.calls, self.queue))),
                };
                entries.insert(name.clone(), Arc::new(entry));
            }
        }
        *self.entries.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(entries);
        result
    }

    pub(crate) fn get(&self, name: &str) -> Option<Arc<Entry>> {
        self.entries().get(name).cloned()
    }

    pub(crate) fn entries(&self) -> Arc<Entries> {
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
                if self.fingerprint == fingerprint {
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

fn of_stored(
    stored: &StoredCredential,
    secret: Secret,
) -> Result<Credential, stytch_credentials::Error> {
    let credential = Credential::new(stored.project_id.clone(), secret);
    with_base_url(credential, BaseUrl::of_stored(stored))
}
