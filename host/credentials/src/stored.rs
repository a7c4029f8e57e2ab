//! A stored credential without its secret: what may be printed.

use serde::{Deserialize, Serialize, Serializer};
use std::fmt;
use stytch_host::Environment;

/// The name of a credential. It is always printed with its environment.
#[derive(Debug, Clone)]
pub struct Label {
    /// The name.
    pub name: String,
    /// The environment of the project ID.
    pub environment: Environment,
}

impl fmt::Display for Label {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} ({})", self.name, self.environment)
    }
}

/// A stored credential without its secret.
#[derive(Debug, Clone, Serialize)]
pub struct StoredCredential {
    /// The name.
    pub name: String,
    /// The environment of the project ID.
    #[serde(serialize_with = "as_text")]
    pub environment: Environment,
    /// The ID of the project.
    pub project_id: String,
    /// A base URL other than Stytch's own.
    pub base_url: Option<String>,
    /// Where the secret is.
    pub store: Place,
    /// Whether it is the default.
    pub default: bool,
}

impl StoredCredential {
    /// Its name and environment.
    pub fn label(&self) -> Label {
        Label {
            name: self.name.clone(),
            environment: self.environment,
        }
    }
}

impl fmt::Display for StoredCredential {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.label().fmt(formatter)
    }
}

/// Where a secret is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Place {
    /// In the system's keyring.
    Keyring,
    /// In the credentials file.
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

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
fn as_text<S: Serializer>(environment: &Environment, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(environment)
}
