//! The proxy that the environment names, as curl reads it.

use crate::error::Usage;
use std::env;
use std::ffi::OsString;
use stytch_host::Proxy;

/// The first one that is set counts. Variables for plain http are not among
/// them: see [`Proxy`].
const PROXY: [&str; 4] = ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"];
const BYPASS: [&str; 2] = ["no_proxy", "NO_PROXY"];

/// A proxy, and the variable that names it.
#[derive(Debug)]
pub(crate) struct Named {
    pub(crate) proxy: Proxy,
    pub(crate) variable: &'static str,
}

/// What to do about a proxy that cannot be reached.
pub(crate) fn advice() -> Option<String> {
    let Named { variable, .. } = from_environment().ok()??;
    Some(format!(
        "check the network and the proxy's URL in {variable}; or go without a proxy: unset \
         {variable}, or name the server in NO_PROXY"
    ))
}

pub(crate) fn from_environment() -> Result<Option<Named>, Usage> {
    from(|name| env::var_os(name))
}

fn from(get: impl Fn(&str) -> Option<OsString>) -> Result<Option<Named>, Usage> {
    let Some((variable, url)) = first(&get, &PROXY)? else {
        return Ok(None);
    };
    // The value may hold a password, so it is not repeated.
    let mut proxy = Proxy::new(&url).map_err(|error| {
        Usage::new(format!("{variable} {error}")).hint(format!(
            "correct it, or go without a proxy: unset {variable}"
        ))
    })?;
    if let Some((_, list)) = first(&get, &BYPASS)? {
        proxy = proxy.bypass(&list);
    }
    Ok(Some(Named { proxy, variable }))
}

/// An empty variable counts as not set.
fn first(
    get: &impl Fn(&str) -> Option<OsString>,
    names: &[&'static str],
) -> Result<Option<(&'static str, String)>, Usage> {
    let mut set = names.iter().filter_map(|name| Some((*name, get(name)?)));
    match set.find(|(_, value)| !value.is_empty()) {
        None => Ok(None),
        Some((name, value)) => match value.into_string() {
            Ok(value) => Ok(Some((name, value))),
            Err(_) => Err(Usage::new(format!("{name} is not UTF-8 text"))),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(variables: &[(&str, &str)]) -> Result<Option<Named>, Usage> {
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
            let found = named(variables).unwrap().map(|named| named.variable);
            assert_eq!(found, expected, "{variables:?}");
        }
    }

    #[test]
    fn what_cannot_be_used_is_named_and_not_shown() {
        for url in [
            "http://jane:hunter2@",
            "socks5://jane:hunter2@a",
            "jane:hunter2@a b",
        ] {
            let error = named(&[("HTTPS_PROXY", url)]).unwrap_err().to_string();
            assert!(
                error.starts_with("HTTPS_PROXY is ") && !error.contains("hunter2"),
                "{error}"
            );
        }
    }
}
