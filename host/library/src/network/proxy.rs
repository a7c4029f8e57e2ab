//! Which requests go through a proxy, and through which.

use crate::network::policy::Origin;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use http::uri::{Authority, Scheme};
use http::{HeaderValue, Uri};
use hyper_util::client::proxy::matcher::Matcher;
use percent_encoding::percent_decode_str;
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
    way: Intercept,
    bypass: Vec<String>,
}

/// The proxy on the way of a request.
#[derive(Clone)]
pub(super) struct Intercept {
    /// Without user name and password, so that whatever shows it shows neither.
    uri: Uri,
    basic_auth: Option<HeaderValue>,
}

impl Intercept {
    pub(super) fn uri(&self) -> &Uri {
        &self.uri
    }

    /// What `Proxy-Authorization` says.
    pub(super) fn basic_auth(&self) -> Option<&HeaderValue> {
        self.basic_auth.as_ref()
    }
}

/// Why a text is not the URL of a proxy. Nothing of the text is in it, since that
/// may hold a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProxyError {
    /// It cannot be parsed, or has no host.
    #[error("is not the URL of a proxy, such as http://proxy.example:3128")]
    Malformed,
    /// Its scheme is neither `http` nor `https`.
    #[error("is a proxy of a kind that is not supported; give an http:// or https:// one")]
    Scheme,
    /// It begins with a quotation mark.
    #[error("is in quotation marks, which are no part of a URL; leave them out")]
    Quoted,
    /// Its user name or password has a character that means something else in a URL.
    #[error(
        "has {character} in its user name or password; percent-encode it there: write {replacement}"
    )]
    Unencoded {
        /// What stands there.
        character: &'static str,
        /// What to write for it.
        replacement: &'static str,
    },
}

impl Proxy {
    /// A proxy at `url`, such as `http://proxy.example:3128`. Without a scheme it
    /// is `http`. A user name and a password in it are sent to the proxy alone; the
    /// last `@` ends them, so that an email address may be a user name as it is.
    /// White space around the URL is left out.
    ///
    /// # Errors
    ///
    /// When `url` cannot be used; see [`ProxyError`].
    pub fn new(url: &str) -> Result<Self, ProxyError> {
        let url = url.trim_ascii();
        if url.starts_with(['"', '\'']) {
            return Err(ProxyError::Quoted);
        }
        let (scheme, rest) = match url.split_once("://") {
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("http") => (Scheme::HTTP, rest),
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("https") => (Scheme::HTTPS, rest),
            Some((scheme, _)) if is_scheme(scheme) => return Err(ProxyError::Scheme),
            // Those may be characters of a password.
            Some(_) | None => (Scheme::HTTP, url),
        };
        // `Uri` takes the first `@` for the end of user name and password, and the
        // rest of a password that has one would be the host.
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
            way: Intercept { uri, basic_auth },
            bypass: Vec::new(),
        })
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

    /// The URL of the proxy, without its credentials.
    pub fn url(&self) -> String {
        name(&self.way)
    }

    /// The URL of the proxy that requests to `origin` go through, without its
    /// credentials; `None` when they go directly.
    pub fn used_for(&self, origin: &Origin) -> Option<String> {
        let uri = origin.to_string().parse().ok()?;
        self.intercept(&uri).map(name)
    }

    /// The proxy for `target`, if there is one.
    pub(super) fn intercept(&self, target: &Uri) -> Option<&Intercept> {
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
        // It says which hosts go around a proxy, whichever that is.
        let matcher = Matcher::builder()
            .https("http://any.example")
            .no(entries.join(","))
            .build();
        matcher.intercept(target).map(|_| &self.way)
    }
}

/// Whether this can be a scheme (RFC 3986, section 3.1).
fn is_scheme(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
}

/// The host and port at the beginning of what follows the user information. A path
/// after them means nothing.
fn authority(rest: &str) -> Result<Authority, ProxyError> {
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, _) = rest.split_at(end);
    let authority: Authority = authority.parse().map_err(|_| ProxyError::Malformed)?;
    // `Authority` takes a port that is no port for none.
    let has_port = authority
        .as_str()
        .rsplit_once(':')
        .is_some_and(|(_, port)| !port.ends_with(']'));
    if authority.host().is_empty() || (has_port && authority.port_u16().is_none()) {
        return Err(ProxyError::Malformed);
    }
    Ok(authority)
}

/// The credentials of a URL in the form of the `Basic` scheme (RFC 7617).
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

/// What is wrong with a character of a user name or a password: programs differ in
/// what they take it for, so that one of them would send half a password to a wrong
/// host.
fn unencoded(c: char) -> Option<ProxyError> {
    let (character, replacement) = match c {
        '/' => ("a /", "%2F"),
        '?' => ("a ?", "%3F"),
        '#' => ("a #", "%23"),
        '\\' => ("a \\", "%5C"),
        ' ' => ("a space", "%20"),
        c if c.is_ascii_graphic() => return None,
        c if c.is_ascii() => ("a control character", "%09 for a tab, %0A for a line break"),
        // Which one it is stays untold.
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
        formatter
            .debug_struct("Proxy")
            .field("url", &name(&self.way))
            .field("bypass", &self.bypass)
            .finish()
    }
}

#[cfg(test)]
mod tests;
