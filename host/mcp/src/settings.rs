//! What the operator of a server decides.

use std::num::NonZeroU32;
use stytch_fields::Fields;

/// How many users a search returns unless an agent asks for another number.
pub(crate) const DEFAULT_RESULTS: u32 = 10;

/// The settings of a [`Server`](crate::Server).
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Settings {
    /// How many users an agent may ask for at once: at most 1,000.
    pub max_results: NonZeroU32,
    /// Members of users that no answer contains.
    pub hide: Option<Fields>,
    /// What the text of an answer contains.
    pub text: Text,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            max_results: NonZeroU32::new(100).unwrap_or(NonZeroU32::MIN),
            hide: None,
            text: Text::default(),
        }
    }
}

/// What the text of an answer contains, besides its structured content.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Text {
    /// A summary.
    #[default]
    Short,
    /// A summary, and the structured content as JSON, for clients that show the text alone
    /// to the model.
    Full,
}
