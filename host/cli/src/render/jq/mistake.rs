//! An error in an expression, with a hint.

use serde::{Deserialize, Serialize};

/// What is wrong with an expression, or with what it was given.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Mistake {
    pub(super) message: String,
    pub(super) hint: Option<String>,
}

impl Mistake {
    pub(super) fn new(message: String) -> Self {
        Self {
            message,
            hint: None,
        }
    }

    pub(super) fn hint(self, hint: &str) -> Self {
        Self {
            hint: Some(hint.to_owned()),
            ..self
        }
    }

    /// An error when the expression runs.
    pub(super) fn failed(message: &str) -> Self {
        Self::new(format!("--jq failed: {message}")).hint(
            "part of the JSON has another form than the expression expects; for example, .a? \
             leaves out what has no .a, and .a // \"\" puts something in its place",
        )
    }
}
