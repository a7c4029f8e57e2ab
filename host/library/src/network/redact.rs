//! Keeps the secret out of errors and dry runs. A server, or a proxy that shows the request it
//! got, may send it back, and a component may put it into what it says.

use super::credential::Credential;
use super::secret_forms::SecretForms;

/// What stands for a secret.
pub(crate) const HIDDEN: &str = "<hidden>";

/// A text this short is no secret, and would be found everywhere.
const SHORTEST: usize = 4;

/// Replaces a secret in all the forms that it travels in.
pub(crate) struct Redactor(SecretForms);

impl Redactor {
    pub(crate) fn new(credential: &Credential) -> Self {
        Self(SecretForms::of(credential, SHORTEST))
    }

    /// Replaces the secret in a text.
    pub(crate) fn text(&self, text: &mut String) {
        self.0.replace(text, HIDDEN);
    }
}
