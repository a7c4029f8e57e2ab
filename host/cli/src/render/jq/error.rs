//! An error in an expression, with a hint.

use serde::{Deserialize, Serialize};

/// An error in an expression, or in evaluating it.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct JqError {
    pub(super) message: String,
    pub(super) hint: Option<String>,
}

impl JqError {
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

    /// An error while the expression runs.
    pub(super) fn failed(message: &str) -> Self {
        Self::new(format!("--jq failed: {message}")).hint(
            "part of the JSON is not what the expression expects; for example, .a? skips \
             values without .a, and .a // \"\" gives a default",
        )
    }
}
