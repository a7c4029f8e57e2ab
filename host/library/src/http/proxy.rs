//! Which requests go through a proxy, and through which.

use crate::egress::Origin;
use http::Uri;
use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use std::fmt;

/// A proxy for requests to `https` origins, and the hosts that are reached
/// without it.
///
/// The proxy is asked for a tunnel (`CONNECT`), and TLS goes through that to the
/// server itself: the proxy learns the server's name and no more. It is the
/// proxy that resolves this name, so the check of what a name resolves to does
/// not apply; the check of the origin does. The proxy's own address may be a
/// private one.
///
/// Plain `http` origins are never reached through a proxy: they are on this
/// machine or in its private network, and a proxy could read the secret.
///
/// ```
/// use stytch_host::Proxy;
///
/// let proxy = Proxy::new("http://proxy.example:3128")?.bypass("internal.example, 10.0.0.0/8");
/// let used = |origin: &str| proxy.used_for(&origin.parse().unwrap());
/// assert_eq!(used("https://test.stytch.com").as_deref(), Some("http://proxy.example:3128"));
/// assert_eq!(used("https://login.internal.example"), None);
/// # Ok::<(), stytch_host::ProxyError>(())
/// ```
#[derive(Clone)]
pub struct Proxy {
    /// Kept as text, credentials included, since what is bypassed depends on the
    /// port of each request and [`Matcher`] knows no ports.
    url: String,
    bypass: Vec<String>,
}

/// Why a text is not the URL of a proxy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProxyError {
    /// It cannot be parsed, or has no host.
    #[error("is not the URL of a proxy, such as http://proxy.example:3128")]
    Malformed,
    /// Its scheme is neither `http` nor `https`.
    #[error("is a proxy of a kind that is not supported; give an http:// or https:// one")]
    Scheme,
}

impl Proxy {
    /// A proxy at `url`, such as `http://proxy.example:3128`. Without a scheme it
    /// is `http`. A user name and a password in it are sent to the proxy alone.
    ///
    /// # Errors
    ///
    /// When `url` cannot be used; see [`ProxyError`].
    pub fn new(url: &str) -> Result<Self, ProxyError> {
        let uri: Uri = url.parse().map_err(|_| ProxyError::Malformed)?;
        if !matches!(uri.scheme_str(), None | Some("http" | "https")) {
            return Err(ProxyError::Scheme);
        }
        let authority = uri.authority().ok_or(ProxyError::Malformed)?;
        // `Authority` takes a port that is no port for none.
        let (_, host) = authority
            .as_str()
            .rsplit_once('@')
            .unwrap_or(("", authority.as_str()));
        let has_port = host
            .rsplit_once(':')
            .is_some_and(|(_, port)| !port.ends_with(']'));
        if authority.host().is_empty() || (has_port && authority.port_u16().is_none()) {
            return Err(ProxyError::Malformed);
        }
        let proxy = Self {
            url: url.to_owned(),
            bypass: Vec::new(),
        };
        match proxy.matcher(String::new()).intercept(&ANY) {
            Some(_) => Ok(proxy),
            None => Err(ProxyError::Malformed),
        }
    }

    /// Reaches these hosts without the proxy. `list` is what `NO_PROXY` holds:
    /// names, which stand for their subdomains, too, addresses, networks such as
    /// `10.0.0.0/8`, each with a port or without, or `*` for all; with commas or
    /// spaces between them.
    #[must_use]
    pub fn bypass(mut self, list: &str) -> Self {
        let entries = list.split(|c: char| c == ',' || c.is_whitespace());
        self.bypass
            .extend(entries.filter(|entry| !entry.is_empty()).map(str::to_owned));
        self
    }

    /// The URL of the proxy that requests to `origin` go through, without its
    /// credentials; `None` when they go directly.
    pub fn used_for(&self, origin: &Origin) -> Option<String> {
        let uri = origin.to_string().parse().ok()?;
        Some(name(&self.intercept(&uri)?))
    }

    /// The proxy for `target`, if there is one.
    pub(super) fn intercept(&self, target: &Uri) -> Option<Intercept> {
        let port = target.port_u16().unwrap_or(443);
        let mut entries = Vec::new();
        for entry in &self.bypass {
            match at_port(entry, port) {
                // `Matcher` takes it for names only.
                Some("*") => return None,
                Some(host) => entries.push(host.strip_prefix('*').unwrap_or(host)),
                None => {}
            }
        }
        self.matcher(entries.join(",")).intercept(target)
    }

    fn matcher(&self, bypass: String) -> Matcher {
        Matcher::builder().https(&self.url).no(bypass).build()
    }
}

/// Any `https` URL.
static ANY: std::sync::LazyLock<Uri> =
    std::sync::LazyLock::new(|| Uri::from_static("https://any.example"));

/// What of an entry is about the host, where the entry is about this port.
fn at_port(entry: &str, port: u16) -> Option<&str> {
    let (host, of_entry) = match entry.rsplit_once(':') {
        // An IPv6 address without brackets has no port.
        Some((host, of_entry)) if !host.contains(':') || host.ends_with(']') => {
            (host, of_entry.parse().ok())
        }
        _ => (entry, Some(port)),
    };
    let bare = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'));
    (of_entry == Some(port)).then_some(bare.unwrap_or(host))
}

/// The proxy without its credentials.
pub(super) fn name(intercept: &Intercept) -> String {
    intercept.uri().to_string().trim_end_matches('/').to_owned()
}

/// Without the credentials.
impl fmt::Debug for Proxy {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let intercept = self.matcher(String::new()).intercept(&ANY);
        formatter
            .debug_struct("Proxy")
            .field("url", &intercept.as_ref().map(name))
            .field("bypass", &self.bypass)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn used(bypass: &str, origin: &str) -> bool {
        let proxy = Proxy::new("http://proxy.example:3128")
            .unwrap()
            .bypass(bypass);
        proxy.used_for(&origin.parse().unwrap()).is_some()
    }

    #[test]
    fn the_list_names_hosts_networks_and_ports() {
        let origin = "https://login.example.com:8443";
        for bypass in [
            "*",
            "example.com",
            ".example.com",
            "*.example.com",
            "LOGIN.example.com",
            "a.example, login.example.com:8443",
            "a.example login.example.com",
        ] {
            assert!(!used(bypass, origin), "{bypass}");
        }
        for bypass in [
            "",
            ",",
            "ample.com",
            "login.example.com:443",
            "login.example.com:x",
            "10.0.0.0/8",
        ] {
            assert!(used(bypass, origin), "{bypass}");
        }
        for (bypass, origin) in [
            ("*", "https://10.1.2.3"),
            ("10.0.0.0/8", "https://10.1.2.3"),
            ("10.1.2.3", "https://10.1.2.3"),
            ("10.1.2.3:443", "https://10.1.2.3"),
            ("::1", "https://[::1]"),
            ("[::1]", "https://[::1]"),
            ("[::1]:443", "https://[::1]"),
            ("fd00::/8", "https://[fd12::1]"),
        ] {
            assert!(!used(bypass, origin), "{bypass} {origin}");
        }
        assert!(used("10.1.2.3:80", "https://10.1.2.3"));
        assert!(used("[::1]:444", "https://[::1]"));
    }

    #[test]
    fn plain_http_never_goes_through_a_proxy() {
        assert!(used("", "https://127.0.0.1"));
        assert!(!used("", "http://127.0.0.1"));
        assert!(!used("", "http://10.1.2.3"));
    }

    #[test]
    fn a_url_that_cannot_be_used_is_refused() {
        for (url, error) in [
            ("", ProxyError::Malformed),
            ("http://", ProxyError::Malformed),
            ("http://:3128", ProxyError::Malformed),
            ("http://a b", ProxyError::Malformed),
            ("http://a:99999", ProxyError::Malformed),
            ("/path", ProxyError::Malformed),
            ("socks5://a:1080", ProxyError::Scheme),
            ("ftp://a", ProxyError::Scheme),
        ] {
            assert_eq!(Proxy::new(url).unwrap_err(), error, "{url}");
        }
        for url in [
            "a:3128",
            "http://a",
            "https://a:1",
            "http://u:p@[::1]:3128",
            "http://[::1]",
        ] {
            assert!(Proxy::new(url).is_ok(), "{url}");
        }
    }

    #[test]
    fn the_credentials_are_not_shown() {
        let proxy = Proxy::new("http://jane:hunter2@proxy.example:3128").unwrap();
        let origin = "https://test.stytch.com".parse().unwrap();
        let shown = format!("{proxy:?} {:?}", proxy.used_for(&origin));
        assert!(
            shown.contains("proxy.example:3128")
                && !shown.contains("jane")
                && !shown.contains("hunter2"),
            "{shown}"
        );
    }
}
