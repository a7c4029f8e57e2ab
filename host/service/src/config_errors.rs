//! What of the configuration could not be read, for the log, `/readyz` and the metrics.

use crate::line_log::LineLog;
use jiff::Timestamp;
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};
use stytch_credentials::Entry;

/// A part of the configuration.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Config {
    /// The folder or the store of the credentials.
    Credentials,
    /// The credential of this name.
    Credential(String),
    Tokens,
    Certificate,
}

impl Config {
    /// The names of all parts.
    pub(crate) const NAMES: [&str; 4] = ["certificate", "credential", "credentials", "tokens"];

    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Self::Credentials => "credentials",
            Self::Credential(_) => "credential",
            Self::Tokens => "tokens",
            Self::Certificate => "certificate",
        }
    }

    /// The credentials that cannot be used, and why.
    pub(crate) fn errors_of(
        entries: &BTreeMap<String, Arc<Entry>>,
    ) -> impl Iterator<Item = (Self, String)> {
        entries.values().filter_map(|entry| {
            let error = entry.credential.as_ref().err()?;
            Some((Self::Credential(entry.name.clone()), error.clone()))
        })
    }
}

/// A line of the log: a part that could not be read, or that can be read again.
#[derive(Debug, Serialize)]
struct Line<'a> {
    time: Timestamp,
    event: &'static str,
    config: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    credential: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a str>,
}

/// The parts that could not be read, and why.
#[derive(Debug, Default)]
pub(crate) struct ConfigErrors(RwLock<Arc<BTreeMap<Config, String>>>);

impl ConfigErrors {
    pub(crate) fn current(&self) -> Arc<BTreeMap<Config, String>> {
        let current = self.0.read();
        current.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Replaces all of them. What has changed is logged.
    pub(crate) fn replace(&self, errors: BTreeMap<Config, String>, log: &LineLog) {
        let before = self.current();
        if *before == errors {
            return;
        }
        for (config, error) in &errors {
            if before.get(config) != Some(error) {
                write(log, "config_error", config, Some(error));
            }
        }
        for config in before.keys() {
            if !errors.contains_key(config) {
                write(log, "config_error_resolved", config, None);
            }
        }
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(errors);
    }
}

fn write(log: &LineLog, event: &'static str, config: &Config, error: Option<&str>) {
    log.write(&Line {
        time: Timestamp::now(),
        event,
        config: config.name(),
        credential: match config {
            Config::Credential(name) => Some(name),
            Config::Credentials | Config::Tokens | Config::Certificate => None,
        },
        error,
    });
}
