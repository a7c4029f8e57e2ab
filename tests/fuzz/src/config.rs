//! Of the component's configuration only the base URL.

mod base_url;

use alloc::string::String;

/// Whether it is `https`, and the authority.
pub(crate) fn base_url(text: &str) -> Result<(bool, String), &'static str> {
    base_url::parse(text)
}
