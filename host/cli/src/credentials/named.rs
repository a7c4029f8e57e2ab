//! What may be shown of a credential.

use super::document::Place;
use serde::{Serialize, Serializer};
use std::fmt;
use stytch_host::Environment;

/// The name of a credential, which is never shown without its environment.
#[derive(Debug, Clone)]
pub(crate) struct Label {
    pub(crate) name: String,
    pub(crate) environment: Environment,
}

impl fmt::Display for Label {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} ({})", self.name, self.environment)
    }
}

/// A stored credential without its secret.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Named {
    pub(crate) name: String,
    #[serde(serialize_with = "as_text")]
    pub(crate) environment: Environment,
    pub(crate) project_id: String,
    pub(crate) base_url: Option<String>,
    pub(crate) store: Place,
    pub(crate) default: bool,
}

impl Named {
    pub(crate) fn label(&self) -> Label {
        Label {
            name: self.name.clone(),
            environment: self.environment,
        }
    }
}

impl fmt::Display for Named {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.label().fmt(formatter)
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
fn as_text<S: Serializer>(environment: &Environment, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(environment)
}
