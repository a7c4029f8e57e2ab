//! The JSON of the credentials file.

use crate::error::Error;
use crate::redact::has_secret;
use crate::stored::{Place, StoredCredential};
use crate::suggest::most_similar;
use crate::validate::{check_name, check_project_id, trimmed};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use stytch_host::{Environment, Secret, text};

/// The version that this program reads and writes.
const VERSION: u32 = 1;

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Document {
    version: u32,
    default: Option<String>,
    credentials: BTreeMap<String, Entry>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Entry {
    pub(super) project_id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) base_url: Option<String>,
    pub(super) store: Place,
    #[serde(default, skip_serializing_if = "Option::is_none", with = "secret")]
    pub(super) secret: Option<Secret>,
}

impl Entry {
    /// The keyring's account of the secret, if it is in the keyring.
    pub(super) fn account(&self, name: &str) -> Option<String> {
        (self.store == Place::Keyring).then(|| account(name, &self.project_id))
    }
}

/// Includes the project ID, so that no project is ever used with the secret of another.
pub(super) fn account(name: &str, project_id: &str) -> String {
    format!("{name} {project_id}")
}

impl Default for Document {
    fn default() -> Self {
        Self {
            version: VERSION,
            default: None,
            credentials: BTreeMap::new(),
        }
    }
}

impl Document {
    /// Parses the file. An error names a position alone, since the text may be a secret.
    pub(super) fn parse(bytes: &[u8], file: &Path) -> Result<Self, Error> {
        #[derive(Deserialize)]
        struct Versioned {
            version: u32,
        }
        let file = || file.to_owned();
        let malformed = |error: serde_json::Error| Error::Malformed {
            file: file(),
            line: error.line(),
            column: error.column(),
        };
        let bytes = text::without_mark(bytes).map_err(|error| Error::NotText {
            file: file(),
            error,
        })?;
        if bytes.trim_ascii().is_empty() {
            return Err(Error::Empty(file()));
        }
        let Versioned { version } = serde_json::from_slice(bytes).map_err(malformed)?;
        if version != VERSION {
            return Err(Error::Version {
                file: file(),
                found: version,
                known: VERSION,
            });
        }
        let document: Self = serde_json::from_slice(bytes).map_err(malformed)?;
        // They are printed, so they are checked here, too.
        for (name, entry) in &document.credentials {
            let id = "its project ID";
            let checked = check_name(name)
                .and_then(|()| check_project_id(id, &entry.project_id))
                .and_then(|()| trimmed(id, &entry.project_id));
            let is_trimmed = |trimmed: &str| trimmed == entry.project_id;
            if !checked.is_ok_and(is_trimmed) {
                return Err(Error::InvalidEntry(file()));
            }
            if entry.base_url.as_deref().is_some_and(has_secret) {
                return Err(Error::SecretInEntry(file()));
            }
        }
        Ok(document)
    }

    /// Writes straight to the file: a buffer would be one more copy of secrets.
    pub(super) fn print(&self, mut file: &File) -> io::Result<()> {
        serde_json::to_writer_pretty(file, self)?;
        writeln!(file)
    }

    pub(super) fn list(&self) -> Vec<StoredCredential> {
        self.entries()
            .map(|(name, entry)| self.stored(name, entry))
            .collect()
    }

    pub(super) fn entries(&self) -> impl Iterator<Item = (&str, &Entry)> {
        let entries = self.credentials.iter();
        entries.map(|(name, entry)| (name.as_str(), entry))
    }

    pub(super) fn stored(&self, name: &str, entry: &Entry) -> StoredCredential {
        StoredCredential {
            name: name.to_owned(),
            environment: Environment::of(&entry.project_id),
            project_id: entry.project_id.clone(),
            base_url: entry.base_url.clone(),
            store: entry.store,
            default: self.default.as_deref() == Some(name),
        }
    }

    /// The entry of that name. The error suggests the most similar name.
    pub(super) fn entry(&self, name: &str) -> Result<&Entry, Error> {
        match self.credentials.get(name) {
            Some(entry) => Ok(entry),
            None => Err(self.unknown(name)),
        }
    }

    /// The keyring's account of the secret of that name, if it is in the keyring.
    pub(super) fn account(&self, name: &str) -> Option<String> {
        self.credentials.get(name)?.account(name)
    }

    /// Adds an entry. The first one becomes the default.
    pub(super) fn insert(&mut self, name: &str, entry: Entry, default: bool) -> StoredCredential {
        if default || self.credentials.is_empty() {
            self.default = Some(name.to_owned());
        }
        let stored = self.stored(name, &entry);
        self.credentials.insert(name.to_owned(), entry);
        stored
    }

    pub(super) fn remove(&mut self, name: &str) -> Result<StoredCredential, Error> {
        let stored = self.stored(name, self.entry(name)?);
        self.credentials.remove(name);
        self.default.take_if(|default| default == name);
        Ok(stored)
    }

    pub(super) fn set_default(&mut self, name: &str) -> Result<StoredCredential, Error> {
        let stored = self.stored(name, self.entry(name)?);
        self.default = Some(name.to_owned());
        Ok(StoredCredential {
            default: true,
            ..stored
        })
    }

    fn unknown(&self, name: &str) -> Error {
        // Another text may be a secret in the wrong place.
        if let Err(error) = check_name(name) {
            return error;
        }
        let names = self.credentials.keys().map(String::as_str);
        let nearest = most_similar(name, names)
            .and_then(|name| Some(self.stored(name, self.credentials.get(name)?)));
        Error::Unknown {
            name: name.to_owned(),
            nearest: nearest.as_ref().map(StoredCredential::label),
            store_is_empty: self.credentials.is_empty(),
        }
    }
}

/// A secret as text in the file; its own bytes are overwritten when it is dropped.
mod secret {
    use serde::{Deserialize, Deserializer, Serializer};
    use stytch_host::Secret;

    #[expect(clippy::ref_option, reason = "serde calls it so")]
    pub(super) fn serialize<S: Serializer>(
        secret: &Option<Secret>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match secret {
            Some(secret) => serializer.serialize_some(secret.expose()),
            None => serializer.serialize_none(),
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Secret>, D::Error> {
        Ok(Option::<String>::deserialize(deserializer)?.map(Secret::new))
    }
}

#[cfg(test)]
mod tests;
