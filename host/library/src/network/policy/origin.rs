//! Origins: exactly a scheme, a host and a port, without wildcards, path or user name.

use super::address::{is_loopback_or_private, is_public};
use http::Uri;
use http::uri::Scheme;
use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;
use std::sync::Arc;

/// One origin (RFC 6454), such as `https://test.stytch.com`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Origin {
    tls: bool,
    /// In lower case; an IPv6 address keeps its brackets.
    host: Arc<str>,
    port: u16,
}

/// Why a text is not an allowed origin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OriginError {
    /// It cannot be parsed, or has no host.
    #[error("the base URL is not a URL with a host, such as https://test.stytch.com")]
    Malformed,
    /// It begins with a quotation mark, such as one that `docker --env-file` keeps.
    #[error("the base URL is in quotation marks, which are not part of it; remove them")]
    Quoted,
    /// It has a character that is invalid in an origin.
    #[error("the base URL has {} in it; {}", name_of(*.0), advice_on(*.0))]
    Character(char),
    /// Its scheme is neither `https` nor `http`.
    #[error("the base URL has a scheme other than https and http")]
    Scheme,
    /// It has a user name or a password in it.
    #[error("the base URL has a user name in it; credentials must not be in URLs")]
    UserInfo,
    /// Its port is not a number from 1 to 65535.
    #[error("the base URL has a port that is not a number from 1 to 65535")]
    Port,
    /// Its host has a label that is invalid in names.
    #[error(
        "the base URL has an invalid host name: each part between dots must have 1 to 63 characters, and begin and end with a letter, a digit or an underscore"
    )]
    Label,
    /// Its host is too long for a name.
    #[error("the base URL has a host that is longer than 253 characters, the maximum for names")]
    Long,
    /// It is an address that neither Stytch's servers nor a test server can have.
    #[error(
        "the base URL is a special-purpose address, such as that of a cloud's metadata service; use a name, or a public, private or loopback address"
    )]
    Address,
    /// Its host is a number, but not an IPv4 address in the usual form.
    #[error(
        "the base URL has a number as its host; write an address as four decimal numbers, such as 10.1.2.3"
    )]
    Number,
    /// It has a path, a query or a fragment.
    #[error(
        "the base URL has a path or a query; use the origin alone, such as https://test.stytch.com"
    )]
    Path,
    /// It is plain `http` and its host is a name.
    #[error(
        "the base URL is plain http, which would send the secret unencrypted; use https (http is for localhost and private IP addresses)"
    )]
    Plain,
}

impl Origin {
    /// Creates the `https` origin of a host that is known to be valid.
    pub(crate) fn https(host: &'static str) -> Self {
        Self {
            tls: true,
            host: host.into(),
            port: 443,
        }
    }

    /// Returns the origin of a request, whatever its path.
    pub(super) fn of_uri(uri: &Uri) -> Result<Self, OriginError> {
        let tls = match uri.scheme() {
            Some(scheme) if *scheme == Scheme::HTTPS => true,
            Some(scheme) if *scheme == Scheme::HTTP => false,
            Some(_) => return Err(OriginError::Scheme),
            None => return Err(OriginError::Malformed),
        };
        let authority = uri.authority().ok_or(OriginError::Malformed)?;
        if authority.as_str().contains('@') {
            return Err(OriginError::UserInfo);
        }
        let (host, after) = authority.as_str().split_at(authority.host().len());
        let port = match after.strip_prefix(':') {
            None if after.is_empty() => {
                if tls {
                    443
                } else {
                    80
                }
            }
            Some(port) if port.bytes().all(|byte| byte.is_ascii_digit()) => match port.parse() {
                Ok(0) | Err(_) => return Err(OriginError::Port),
                Ok(port) => port,
            },
            _ => return Err(OriginError::Port),
        };
        if host.is_empty() {
            return Err(OriginError::Malformed);
        }
        // Requests usually have the host in lower case already.
        let host = if host.bytes().any(|byte| byte.is_ascii_uppercase()) {
            host.to_ascii_lowercase().into()
        } else {
            host.into()
        };
        Ok(Self { tls, host, port })
    }

    /// Returns the host, in lower case; an IPv6 address is in brackets.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Returns the port, including a default port that the text left out.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Returns whether the scheme is `https`.
    pub fn is_tls(&self) -> bool {
        self.tls
    }

    /// Returns whether it is on this machine, without resolving its name.
    pub(crate) fn is_loopback(&self) -> bool {
        match self.address() {
            Some(address) => address.is_loopback(),
            None => &*self.host == "localhost",
        }
    }

    /// Returns the address, if the host is one.
    fn address(&self) -> Option<IpAddr> {
        let host = &*self.host;
        let v6 = host
            .strip_prefix('[')
            .and_then(|host| host.strip_suffix(']'));
        v6.unwrap_or(host).parse().ok()
    }
}

/// Names a character that is invisible, or that could be confused with another.
fn name_of(c: char) -> String {
    match c {
        ' ' => "a space".to_owned(),
        '\t' => "a tab".to_owned(),
        '\n' | '\r' => "a line break".to_owned(),
        c if c.is_ascii_graphic() => c.to_string(),
        c if c.is_alphanumeric() => format!("{c} (U+{:04X})", u32::from(c)),
        c => format!("the character U+{:04X}", u32::from(c)),
    }
}

fn advice_on(c: char) -> &'static str {
    if c.is_alphanumeric() {
        "write an international name in its ASCII form, which begins with xn--"
    } else {
        "remove it"
    }
}

/// Returns whether a character is invalid in an origin.
fn is_invalid(c: char) -> bool {
    !c.is_ascii_graphic() || "\"'<>\\^`{|}".contains(c)
}

/// Returns whether a host has only characters of names: no zones, wildcards or escapes.
fn is_name(host: &str) -> bool {
    host.bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte))
}

/// The maximum length of a name, and of a label, in characters (RFC 1035, section 2.3.4).
const LONGEST_NAME: usize = 253;
const LONGEST_LABEL: usize = 63;

/// Checks the labels of a name. Underscores are not valid in host names, but are in use.
fn check_name(host: &str) -> Result<(), OriginError> {
    let host = host.strip_suffix('.').unwrap_or(host);
    if host.len() > LONGEST_NAME {
        return Err(OriginError::Long);
    }
    let is_label = |label: &str| {
        (1..=LONGEST_LABEL).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    if !host.split('.').all(is_label) {
        return Err(OriginError::Label);
    }
    Ok(())
}

/// Returns whether the last label of a host is a number, which no domain has (WHATWG URL,
/// "ends in a number").
fn ends_in_number(host: &str) -> bool {
    let host = host.strip_suffix('.').unwrap_or(host);
    let label = host.rsplit('.').next().unwrap_or_default();
    let digits = |label: &str| label.bytes().all(|byte| byte.is_ascii_digit());
    let hexadecimal = |label: &str| label.bytes().all(|byte| byte.is_ascii_hexdigit());
    (!label.is_empty() && digits(label)) || label.strip_prefix("0x").is_some_and(hexadecimal)
}

impl FromStr for Origin {
    type Err = OriginError;

    fn from_str(text: &str) -> Result<Self, OriginError> {
        if text.starts_with(['"', '\'']) {
            return Err(OriginError::Quoted);
        }
        if let Some(invalid) = text.chars().find(|c| is_invalid(*c)) {
            return Err(OriginError::Character(invalid));
        }
        // `Uri` silently drops a fragment.
        if text.contains('#') {
            return Err(OriginError::Path);
        }
        let uri: Uri = text.parse().map_err(|_| OriginError::Malformed)?;
        let origin = Self::of_uri(&uri)?;
        if uri.path() != "/" || uri.query().is_some() {
            return Err(OriginError::Path);
        }
        let is_local = match origin.address() {
            None if !is_name(&origin.host) => return Err(OriginError::Malformed),
            // Systems interpret these as addresses: `127.1`, `0x7f000001`.
            None if ends_in_number(&origin.host) => return Err(OriginError::Number),
            None => {
                check_name(&origin.host)?;
                &*origin.host == "localhost"
            }
            Some(address) if is_loopback_or_private(address) => true,
            Some(address) if is_public(address) => false,
            Some(_) => return Err(OriginError::Address),
        };
        // Outside of this machine and its network, others could read the secret.
        if !is_local && !origin.tls {
            return Err(OriginError::Plain);
        }
        Ok(origin)
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (scheme, default_port) = if self.tls {
            ("https", 443)
        } else {
            ("http", 80)
        };
        write!(formatter, "{scheme}://{}", self.host)?;
        if self.port != default_port {
            write!(formatter, ":{}", self.port)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
