//! The proxy that environment variables name, as curl reads them.

use super::{Proxy, ProxyError};
use std::env;
use std::ffi::OsString;

/// The first one that is set counts. Variables for plain http are not among them: see
/// [`Proxy`].
const PROXY: [&str; 4] = ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"];
const BYPASS: [&str; 2] = ["no_proxy", "NO_PROXY"];

/// Why the proxy that an environment variable names cannot be used. The error does not
/// quote the variable's value, which may contain a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProxyVariableError {
    /// The value is not the URL of a proxy.
    #[error("{variable} {reason}")]
    Url {
        /// The name of the variable.
        variable: &'static str,
        /// What is wrong with its value.
        reason: ProxyError,
    },
    /// The value of the variable with this name is not UTF-8 text.
    #[error("{0} is not UTF-8 text")]
    NotText(&'static str),
}

impl Proxy {
    /// Returns the proxy that environment variables name, and the name of the variable;
    /// `None` if there is none.
    ///
    /// The variable is the first of `https_proxy`, `HTTPS_PROXY`, `all_proxy` and
    /// `ALL_PROXY` that is set and not empty. `no_proxy`, or else `NO_PROXY`, lists the
    /// hosts that [bypass](Self::bypass) the proxy.
    ///
    /// # Errors
    ///
    /// Fails if a variable cannot be used; see [`ProxyVariableError`].
    pub fn from_environment() -> Result<Option<(Self, &'static str)>, ProxyVariableError> {
        from(|name| env::var_os(name))
    }
}

fn from(
    get: impl Fn(&str) -> Option<OsString>,
) -> Result<Option<(Proxy, &'static str)>, ProxyVariableError> {
    let Some((variable, url)) = first(&get, &PROXY)? else {
        return Ok(None);
    };
    let proxy = Proxy::new(&url).map_err(|reason| ProxyVariableError::Url { variable, reason })?;
    let proxy = match first(&get, &BYPASS)? {
        Some((_, list)) => proxy.bypass(&list),
        None => proxy,
    };
    Ok(Some((proxy, variable)))
}

/// An empty variable counts as not set.
fn first(
    get: &impl Fn(&str) -> Option<OsString>,
    names: &[&'static str],
) -> Result<Option<(&'static str, String)>, ProxyVariableError> {
    let mut set = names.iter().filter_map(|name| Some((*name, get(name)?)));
    match set.find(|(_, value)| !value.is_empty()) {
        None => Ok(None),
        Some((name, value)) => match value.into_string() {
            Ok(value) => Ok(Some((name, value))),
            Err(_) => Err(ProxyVariableError::NotText(name)),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(
        variables: &[(&str, &str)],
    ) -> Result<Option<(Proxy, &'static str)>, ProxyVariableError> {
        from(|name| {
            let (_, value) = variables.iter().find(|(key, _)| *key == name)?;
            Some(OsString::from(value))
        })
    }

    #[test]
    fn the_first_variable_that_is_set_counts() {
        for (variables, expected) in [
            (&[][..], None),
            (&[("HTTPS_PROXY", "")], None),
            (
                &[("http_proxy", "http://a"), ("HTTP_PROXY", "http://a")],
                None,
            ),
            (&[("ALL_PROXY", "http://a")], Some("ALL_PROXY")),
            (
                &[("ALL_PROXY", "ftp://a"), ("HTTPS_PROXY", "http://a")],
                Some("HTTPS_PROXY"),
            ),
            (
                &[("https_proxy", "http://a"), ("HTTPS_PROXY", "ftp://a")],
                Some("https_proxy"),
            ),
        ] {
            let found = named(variables).unwrap().map(|(_, variable)| variable);
            assert_eq!(found, expected, "{variables:?}");
        }
    }

    #[test]
    fn hosts_of_the_other_list_bypass_it() {
        let variables = [("ALL_PROXY", "http://a"), ("NO_PROXY", "b.example")];
        let (proxy, _) = named(&variables).unwrap().unwrap();
        let used = |origin: &str| proxy.used_for(&origin.parse().unwrap()).is_some();
        assert!(used("https://c.example") && !used("https://b.example"));
    }

    #[test]
    fn what_cannot_be_used_is_named_and_not_shown() {
        for url in [
            "http://jane:hunter2@",
            "socks5://jane:hunter2@a",
            "jane:hunter2@a b",
        ] {
            let error = named(&[("HTTPS_PROXY", url)]).unwrap_err();
            let error = error.to_string();
            assert!(
                error.starts_with("HTTPS_PROXY is ") && !error.contains("hunter2"),
                "{error}"
            );
        }
    }
}
