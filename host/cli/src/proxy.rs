//! The proxy that the environment names.

use crate::error::Usage;
use stytch_host::{Proxy, ProxyVariableError};

/// What to do about a proxy that cannot be reached.
pub(crate) fn advice() -> Option<String> {
    let (_, variable) = from_environment().ok()??;
    Some(format!(
        "check the network and the proxy's URL in {variable}; or go without a proxy: unset \
         {variable}, or name the server in NO_PROXY"
    ))
}

/// Returns the proxy, and the variable that names it.
pub(crate) fn from_environment() -> Result<Option<(Proxy, &'static str)>, Usage> {
    Proxy::from_environment().map_err(|error| {
        let usage = Usage::new(error.to_string());
        match error {
            ProxyVariableError::Url { variable, .. } => usage.hint(format!(
                "correct it, or go without a proxy: unset {variable}"
            )),
            _ => usage,
        }
    })
}
