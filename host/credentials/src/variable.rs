//! Reads environment variables.

use crate::error::Error;
use std::ffi::OsString;

/// Reads a variable. An empty one counts as not set.
pub(crate) fn variable(
    get: &impl Fn(&str) -> Option<OsString>,
    name: &'static str,
) -> Result<Option<String>, Error> {
    match get(name) {
        None => Ok(None),
        Some(value) if value.is_empty() => Ok(None),
        Some(value) => match value.into_string() {
            Ok(value) => Ok(Some(value)),
            Err(_) => Err(Error::VariableNotText { name }),
        },
    }
}
