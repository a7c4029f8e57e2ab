//! The text of the credentials file.

use super::named::Named;
use super::redact::has_secret;
use super::shape::{check_name, check_project_id, trimmed};
use crate::failure::Usage;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use stytch_host::{Environment, Secret, text};

/// The version that this program reads and writes.
const VERSION: u32 = 1;

/// How alike a mistyped name must be to be suggested; clap's own measure.
const ALIKE: f64 = 0.7;

const MEND: &str = "mend it; or move it away, and add the credentials again";

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
    /// Under what the keyring keeps the secret, where it does.
    pub(super) fn account(&self, name: &str) -> Option<String> {
        (self.store == Place::Keyring).then(|| account(name, &self.project_id))
    }
}

/// Another project has another account in the keyring, so that no project is ever
/// used with the secret of another one.
pub(super) fn account(name: &str, project_id: &str) -> String {
    format!("{name} {project_id}")
}

/// Where a secret is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Place {
    Keyring,
    File,
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Keyring => "keyring",
            Self::File => "file",
        })
    }
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
    /// What is wrong with the text is told by its place alone, since the text may
    /// be a secret.
    pub(super) fn parse(bytes: &[u8], file: &Path) -> Result<Self, Usage> {
        #[derive(Deserialize)]
        struct Versioned {
            version: u32,
        }
        let wrong = |error: &serde_json::Error| {
            Usage::new(format!(
                "{} is not a list of credentials: see line {}, column {}",
                file.display(),
                error.line(),
                error.column()
            ))
            .hint(MEND)
        };
        let bytes = text::without_mark(bytes)
            .map_err(|error| Usage::new(format!("{} is {error}", file.display())).hint(MEND))?;
        if bytes.trim_ascii().is_empty() {
            return Err(Usage::new(format!("{} is empty", file.display())).hint(
                "remove it, and add the credentials again: stytch-host credential add NAME",
            ));
        }
        let Versioned { version } = serde_json::from_slice(bytes).map_err(|error| wrong(&error))?;
        if version != VERSION {
            return Err(Usage::new(format!(
                "{} has the version {version}, and this program knows only version {VERSION}",
                file.display()
            ))
            .hint("use the stytch-host that wrote it, or a newer one"));
        }
        let document: Self = serde_json::from_slice(bytes).map_err(|error| wrong(&error))?;
        // They are printed, so what the file says is not taken on trust.
        for (name, entry) in &document.credentials {
            let id = "its project ID";
            let checked = check_name(name)
                .and_then(|()| check_project_id(id, &entry.project_id))
                .and_then(|()| trimmed(id, &entry.project_id));
            let is_trimmed = |trimmed: &str| trimmed == entry.project_id;
            if !checked.is_ok_and(is_trimmed) {
                return Err(Usage::new(format!(
                    "{} has a credential whose name or project ID cannot be one",
                    file.display()
                ))
                .hint(MEND));
            }
            if entry.base_url.as_deref().is_some_and(has_secret) {
                return Err(Usage::new(format!(
                    "{} has a credential whose base URL holds what looks like a secret",
                    file.display()
                ))
                .hint(MEND));
            }
        }
        Ok(document)
    }

    /// Writes straight to the file: a buffer would be one more copy of secrets.
    pub(super) fn print(&self, mut file: &File) -> io::Result<()> {
        serde_json::to_writer_pretty(file, self)?;
        writeln!(file)
    }

    pub(super) fn list(&self) -> Vec<Named> {
        let named = |(name, entry): (&String, &Entry)| self.named(name, entry);
        self.credentials.iter().map(named).collect()
    }

    pub(super) fn named(&self, name: &str, entry: &Entry) -> Named {
        Named {
            name: name.to_owned(),
            environment: Environment::of(&entry.project_id),
            project_id: entry.project_id.clone(),
            base_url: entry.base_url.clone(),
            store: entry.store,
            default: self.default.as_deref() == Some(name),
        }
    }

    /// The entry of that name, or the nearest name.
    pub(super) fn entry(&self, name: &str) -> Result<&Entry, Usage> {
        match self.credentials.get(name) {
            Some(entry) => Ok(entry),
            None => Err(self.unknown(name)),
        }
    }

    /// Under what the keyring keeps the secret of that name, where it does.
    pub(super) fn account(&self, name: &str) -> Option<String> {
        self.credentials.get(name)?.account(name)
    }

    /// The first one becomes the default by itself.
    pub(super) fn insert(&mut self, name: &str, entry: Entry, default: bool) -> Named {
        if default || self.credentials.is_empty() {
            self.default = Some(name.to_owned());
        }
        let named = self.named(name, &entry);
        self.credentials.insert(name.to_owned(), entry);
        named
    }

    pub(super) fn remove(&mut self, name: &str) -> Result<Named, Usage> {
        let named = self.named(name, self.entry(name)?);
        self.credentials.remove(name);
        self.default.take_if(|default| default == name);
        Ok(named)
    }

    pub(super) fn set_default(&mut self, name: &str) -> Result<Named, Usage> {
        let named = self.named(name, self.entry(name)?);
        self.default = Some(name.to_owned());
        Ok(Named {
            default: true,
            ..named
        })
    }

    fn unknown(&self, name: &str) -> Usage {
        // Another text may be a secret in the wrong place.
        if let Err(error) = check_name(name) {
            return error;
        }
        let usage = Usage::new(format!("there is no credential named {name}"));
        let alike = |known: &&Named| strsim::jaro(&known.name, name);
        let list = self.list();
        let nearest = list
            .iter()
            .max_by(|a, b| alike(a).total_cmp(&alike(b)))
            .filter(|known| alike(known) > ALIKE);
        match nearest {
            Some(known) => usage.hint(format!("did you mean {known}?")),
            None if list.is_empty() => {
                usage.hint("none is stored yet; see: stytch-host credential add --help")
            }
            None => usage.hint("see which there are: stytch-host credential list"),
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
