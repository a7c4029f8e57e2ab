//! Decides which requests go through a proxy.

mod environment;

pub use environment::ProxyVariableError;

use crate::network::policy::Origin;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use http::uri::{Authority, Scheme};
use http::{HeaderValue, Uri};
use hyper_util::client::proxy::matcher::Matcher;
use percent_encoding::percent_decode_str;
use std::fmt;

/// A proxy for requests to `https` origins, and the hosts that bypass it.
///
/// Requests go through a tunnel (`CONNECT`) with end-to-end TLS to the server: the proxy
/// learns only the server's name. The proxy resolves this name, so the check of resolved
/// addresses does not apply; the check of the origin does. The proxy itself may have a
/// private address.
///
/// Requests to plain `http` origins never go through a proxy: these are on this machine or
/// in its private network, and a proxy could read the secret.
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
    intercept: Intercept,
    bypass: Vec<String>,
}

/// The proxy of a request.
#[derive(Clone)]
pub(super) struct Intercept {
    /// Without user name and password, so that it can be shown.
    uri: Uri,
    basic_auth: Option<HeaderValue>,
}

impl Intercept {
    pub(super) fn uri(&self) -> &Uri {
        &self.uri
    }

    /// Returns the value of `Proxy-Authorization`.
    pub(super) fn basic_auth(&self) -> Option<&HeaderValue> {
        self.basic_auth.as_ref()
    }
}

/// Why a text is not the URL of a proxy. The error does not quote the text, which may
/// contain a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProxyError {
    /// It cannot be parsed, or has no host.
    #[error("is not the URL of a proxy, such as http://proxy.example:3128")]
    Malformed,
    /// Its scheme is neither `http` nor `https`.
    #[error("is a kind of proxy that is not supported; use an http:// or https:// proxy")]
    Scheme,
    /// It begins with a quotation mark.
    #[error("is in quotation marks, which are not part of a URL; remove them")]
    Quoted,
    /// Its user name or password has a character that has another meaning in a URL.
    #[error(
        "has {character} in its user name or password; percent-encode it there: write {replacement}"
    )]
    Unencoded {
        /// The character.
        character: &'static str,
        /// Its percent-encoded form.
        replacement: &'static str,
    },
}

impl Proxy {
    /// Creates a proxy from its URL, such as `http://proxy.example:3128`. The default
    /// scheme is `http`. A user name and a password in the URL are only sent to the proxy;
    /// they end at the last `@`, so an email address can be used as a user name. White
    /// space around the URL is ignored.
    ///
    /// # Errors
    ///
    /// Fails if `url` cannot be used; see [`ProxyError`].
    pub fn new(url: &str) -> Result<Self, ProxyError> {
        let url = url.trim_ascii();
        if url.starts_with(['"', '\'']) {
            return Err(ProxyError::Quoted);
        }
        let (scheme, rest) = match url.split_once("://") {
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("http") => (Scheme::HTTP, rest),
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("https") => (Scheme::HTTPS, rest),
            Some((scheme, _)) if is_scheme(scheme) => return Err(ProxyError::Scheme),
            // The `://` may be part of a password.
            Some(_) | None => (Scheme::HTTP, url),
        };
        // For `Uri`, user name and password end at the first `@`, and the rest of a
        // password that contains one would be the host.
        let (user_info, rest) = match rest.rsplit_once('@') {
            Some((user_info, rest)) => (Some(user_info), rest),
            None => (None, rest),
        };
        let basic_auth = match user_info {
            None | Some("") => None,
            Some(user_info) => Some(basic_auth(user_info)?),
        };
        let uri = Uri::builder()
            .scheme(scheme)
            .authority(authority(rest)?)
            .path_and_query("/")
            .build()
            .map_err(|_| ProxyError::Malformed)?;
        Ok(Self {
            intercept: Intercept { uri, basic_auth },
            bypass: Vec::new(),
        })
    }

    /// Bypasses the proxy for these hosts. `list` has the format of `NO_PROXY`: names,
    /// which include their subdomains, addresses, and networks such as `10.0.0.0/8`, each
    /// with an optional port, or `*` for all; separated by commas or spaces.
    #[must_use]
    pub fn bypass(mut self, list: &str) -> Self {
        let entries = list.split(|c: char| c == ',' || c.is_whitespace());
        self.bypass
            .extend(entries.filter(|entry| !entry.is_empty()).map(str::to_owned));
        self
    }

    /// Returns the URL of the proxy, without its credentials.
    pub fn url(&self) -> String {
        name(&self.intercept)
    }

    /// Returns the URL of the proxy that requests to `origin` go through, without its
    /// credentials; `None` if they bypass the proxy.
    pub fn used_for(&self, origin: &Origin) -> Option<String> {
        let uri = origin.to_string().parse().ok()?;
        self.intercept(&uri).map(name)
    }

    /// Returns the proxy for `target`, unless it bypasses the proxy.
    pub(super) fn intercept(&self, target: &Uri) -> Option<&Intercept> {
        let port = target.port_u16().unwrap_or(443);
        let mut entries = Vec::new();
        for entry in &self.bypass {
            match at_port(entry, port) {
                // `Matcher` applies it to names only.
                Some("*") => return None,
                Some(host) => entries.push(host.strip_prefix('*').unwrap_or(host)),
                None => {}
            }
        }
        // The matcher only decides which hosts bypass the proxy, so its URL does not matter.
        let matcher = Matcher::builder()
            .https("http://any.example")
            .no(entries.join(","))
            .build();
        matcher.intercept(target).map(|_| &self.intercept)
    }
}

/// Returns whether the text can be a scheme (RFC 3986, section 3.1).
fn is_scheme(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
}

/// Parses the host and port after the user information. A path after them is ignored.
fn authority(rest: &str) -> Result<Authority, ProxyError> {
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, _) = rest.split_at(end);
    let authority: Authority = authority.parse().map_err(|_| ProxyError::Malformed)?;
    // `Authority` ignores an invalid port.
    let has_port = authority
        .as_str()
        .rsplit_once(':')
        .is_some_and(|(_, port)| !port.ends_with(']'));
    if authority.host().is_empty() || (has_port && authority.port_u16().is_none()) {
        return Err(ProxyError::Malformed);
    }
    Ok(authority)
}

/// Encodes the credentials of a URL for the `Basic` scheme (RFC 7617).
fn basic_auth(user_info: &str) -> Result<HeaderValue, ProxyError> {
    if let Some(error) = user_info.chars().find_map(unencoded) {
        return Err(error);
    }
    let (user, password) = user_info.split_once(':').unwrap_or((user_info, ""));
    let pair: Vec<u8> = percent_decode_str(user)
        .chain([b':'])
        .chain(percent_decode_str(password))
        .collect();
    let text = format!("Basic {}", BASE64_STANDARD.encode(pair));
    let mut value = HeaderValue::try_from(text).map_err(|_| ProxyError::Malformed)?;
    value.set_sensitive(true);
    Ok(value)
}

/// Returns an error for a character of a user name or a password that has to be
/// percent-encoded. Programs interpret it differently, so one of them would send half of a
/// password to the wrong host.
fn unencoded(c: char) -> Option<ProxyError> {
    let (character, replacement) = match c {
        '/' => ("a /", "%2F"),
        '?' => ("a ?", "%3F"),
        '#' => ("a #", "%23"),
        '\\' => ("a \\", "%5C"),
        ' ' => ("a space", "%20"),
        c if c.is_ascii_graphic() => return None,
        c if c.is_ascii() => ("a control character", "%09 for a tab, %0A for a line break"),
        // The error must not reveal the character.
        _ => (
            "a character that is not ASCII",
            "each byte of its UTF-8 form, such as %C3%A9 for é",
        ),
    };
    Some(ProxyError::Unencoded {
        character,
        replacement,
    })
}

/// Returns the host of an entry, if the entry applies to this port.
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

/// Returns the URL of the proxy without its credentials.
pub(super) fn name(intercept: &Intercept) -> String {
    intercept.uri().to_string().trim_end_matches('/').to_owned()
}

/// Omits the credentials.
impl fmt::Debug for Proxy {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Proxy")
            .field("url", &name(&self.intercept))
            .field("bypass", &self.bypass)
            .finish()
    }
}

#[cfg(test)]
mod tests;
