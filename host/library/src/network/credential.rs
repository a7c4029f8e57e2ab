//! Credentials: a project ID, its secret, and the API that they belong to.

use crate::network::policy::{Origin, OriginError};
use std::fmt;
use std::sync::Arc;
use zeroize::Zeroizing;

/// A secret in memory. It implements neither `Display` nor `Deref`, and its `Debug` output
/// is a fixed text. Clones share its bytes, which are overwritten when the last clone is
/// dropped.
#[derive(Clone)]
pub struct Secret(Arc<Zeroizing<String>>);

impl Secret {
    /// Takes ownership of `text` without copying its bytes.
    pub fn new(text: String) -> Self {
        Self(Arc::new(Zeroizing::new(text)))
    }

    /// Returns the secret itself, for code that has to pass it on: to a request or a
    /// credential store.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Secret(…)")
    }
}

/// The kind of environment that a credential belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Environment {
    /// Stytch's test API.
    Test,
    /// Stytch's live API.
    Live,
}

impl Environment {
    /// Returns the environment of `project_id`. As in Stytch's own SDKs, everything that
    /// does not begin with `project-live-` is a test environment.
    pub fn of(project_id: &str) -> Self {
        if project_id.starts_with("project-live-") {
            Self::Live
        } else {
            Self::Test
        }
    }

    /// Returns the origin of Stytch's API for this environment.
    ///
    /// Source: <https://stytch.com/docs/workspace-management/api-keys>
    pub fn origin(self) -> Origin {
        Origin::https(match self {
            Self::Test => "test.stytch.com",
            Self::Live => "api.stytch.com",
        })
    }
}

impl fmt::Display for Environment {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Test => "test",
            Self::Live => "live",
        })
    }
}

/// What a call authenticates with, and the one origin that it may access. Cloning is
/// cheap.
#[derive(Debug, Clone)]
pub struct Credential {
    project_id: Arc<str>,
    secret: Secret,
    base_url: Option<Arc<str>>,
    origin: Origin,
}

impl Credential {
    /// Creates a credential for Stytch's own API in the environment of `project_id`.
    ///
    /// This does not validate the credential; the component does, in each call.
    pub fn new(project_id: impl Into<String>, secret: Secret) -> Self {
        let project_id = Arc::from(project_id.into());
        Self {
            origin: Environment::of(&project_id).origin(),
            project_id,
            secret,
            base_url: None,
        }
    }

    /// Uses another API: a custom domain, or the emulator.
    ///
    /// # Errors
    ///
    /// Fails if `base_url` is not an allowed origin; see [`OriginError`].
    pub fn with_base_url(mut self, base_url: &str) -> Result<Self, OriginError> {
        self.origin = base_url.parse()?;
        self.base_url = Some(base_url.into());
        Ok(self)
    }

    /// Returns the project ID.
    pub fn project_id(&self) -> &str {
        &self.project_id
    }

    /// Returns the environment of the project ID.
    pub fn environment(&self) -> Environment {
        Environment::of(&self.project_id)
    }

    /// Returns the one origin that calls with this credential may access.
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// Returns whether all parts of the two credentials are equal.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        self.project_id == other.project_id
            && self.base_url == other.base_url
            && self.secret.expose() == other.secret.expose()
    }

    pub(crate) fn secret(&self) -> &Secret {
        &self.secret
    }

    /// Returns the component's configuration, with the keys of `wit/world.wit`. If the
    /// credential is sealed, the host authorizes requests; the component gets only the
    /// project ID, which is not secret and determines the API.
    pub(crate) fn config(&self, is_sealed: bool) -> impl Iterator<Item = (&'static str, &str)> {
        let authorization = if is_sealed {
            ("authorization", "host")
        } else {
            ("secret", self.secret.expose())
        };
        let base_url = self.base_url.as_deref().map(|url| ("base-url", url));
        [("project-id", &*self.project_id), authorization]
            .into_iter()
            .chain(base_url)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_no_secret() {
        let credential = Credential::new("project-test-1", Secret::new("hush".into()));
        let text = format!("{credential:?}");
        assert!(
            text.contains("project-test-1") && !text.contains("hush"),
            "{text}"
        );
    }

    #[test]
    fn the_project_id_chooses_the_origin() {
        for (project_id, origin) in [
            ("project-live-1", "https://api.stytch.com"),
            ("project-test-1", "https://test.stytch.com"),
            ("x", "https://test.stytch.com"),
        ] {
            let credential = Credential::new(project_id, Secret::new(String::new()));
            assert_eq!(credential.origin().to_string(), origin);
        }
    }
}
