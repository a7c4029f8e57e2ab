//! The credentials that callers name.

use crate::bulkhead::{Bulkhead, Queue};
use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};
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
}

/// A credential that callers may name.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) name: String,
    pub(crate) environment: Environment,
    /// The credential, or why it cannot be used.
    pub(crate) credential: Result<Credential, String>,
    pub(crate) bulkhead: Arc<Bulkhead>,
}

fn of_stored(
    stored: &StoredCredential,
    secret: Secret,
) -> Result<Credential, stytch_credentials::Error> {
    let credential = Credential::new(stored.project_id.clone(), secret);
    with_base_url(credential, BaseUrl::of_stored(stored))
}

type Entries = BTreeMap<String, Arc<Entry>>;

/// The credentials of a service.
#[derive(Debug)]
pub(crate) struct Credentials {
    entries: RwLock<Arc<Entries>>,
}

impl Credentials {
    /// Reads the credentials of `sources`, the first of which takes precedence where names are
    /// the same. It blocks: a keyring may be locked.
    pub(crate) fn read(
        sources: &[Source],
        calls: u32,
        queue: Queue,
    ) -> Result<Self, stytch_credentials::Error> {
        let entry = |name: &str, environment, credential| {
            let entry = Entry {
                name: name.to_owned(),
                environment,
                credential,
                bulkhead: Arc::new(Bulkhead::new(calls, queue)),
            };
            (name.to_owned(), Arc::new(entry))
        };
        let mut entries = Entries::new();
        for source in sources.iter().rev() {
            match source {
                Source::Fixed(name, credential) => {
                    let environment = credential.environment();
                    entries.extend([entry(name, environment, Ok(credential.clone()))]);
                }
                Source::Store(store) => {
                    let stored = store.list_with_secrets()?.into_iter();
                    entries.extend(stored.map(|(stored, secret)| {
                        let credential = secret.and_then(|secret| of_stored(&stored, secret));
                        let credential = credential.map_err(|error| error.to_string());
                        entry(&stored.name, stored.environment, credential)
                    }));
                }
            }
        }
        Ok(Self {
            entries: RwLock::new(Arc::new(entries)),
        })
    }

    pub(crate) fn get(&self, name: &str) -> Option<Arc<Entry>> {
        self.entries().get(name).cloned()
    }

    pub(crate) fn entries(&self) -> Arc<Entries> {
        let entries = self.entries.read();
        entries.unwrap_or_else(PoisonError::into_inner).clone()
    }
}
