//! A scheme, a host and a port, exactly: no wildcards, no path, no user name.

use super::address::{is_near, is_public};
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

/// Why a text is not an origin that may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OriginError {
    /// It cannot be parsed, or has no host.
    #[error("the base URL is not a URL with a host, such as https://test.stytch.com")]
    Malformed,
    /// It begins with a quotation mark, such as one that `docker --env-file` keeps.
    #[error("the base URL is in quotation marks, which are no part of it; leave them out")]
    Quoted,
    /// It has a character that no origin has.
    #[error("the base URL has {} in it; {}", name_of(*.0), advice_on(*.0))]
    Character(char),
    /// Its scheme is neither `https` nor `http`.
    #[error("the base URL has a scheme other than https and http")]
    Scheme,
    /// It has a user name or a password in it.
    #[error("the base URL has a user name in it; credentials do not go into URLs")]
    UserInfo,
    /// Its port is not a number from 1 to 65535.
    #[error("the base URL has a port that is not a number from 1 to 65535")]
    Port,
    /// Its host has a part that no name has.
    #[error(
        "the base URL has a host that cannot be a name: each part between its dots has 1 to 63 characters, and begins and ends with a letter, a digit or an underscore"
    )]
    Label,
    /// Its host is longer than names are.
    #[error("the base URL has a host that is longer than 253 characters, which no name is")]
    Long,
    /// It is an address that neither Stytch's servers nor a test server can have.
    #[error(
        "the base URL is a special-purpose address, such as that of a cloud's metadata service; give a name, or a public, private or loopback address"
    )]
    Address,
    /// Its host is a number, and not an IPv4 address as it is commonly written.
    #[error(
        "the base URL has a number for a host; write an address as four decimal numbers, such as 10.1.2.3"
    )]
    Number,
    /// It has a path, a query or a fragment.
    #[error(
        "the base URL has a path or a query; give the origin alone, such as https://test.stytch.com"
    )]
    Path,
    /// It is plain `http` and its host is a name.
    #[error(
        "the base URL is plain http, which would send the secret readable; use https (http is for localhost and private IP addresses)"
    )]
    Plain,
}

impl Origin {
    /// The `https` origin of a host that is known to be well formed.
    pub(crate) fn https(host: &'static str) -> Self {
        Self {
            tls: true,
            host: host.into(),
            port: 443,
        }
    }

    /// The origin of a request, whatever its path.
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
        // Of each request, which has it in lower case already.
        let host = if host.bytes().any(|byte| byte.is_ascii_uppercase()) {
            host.to_ascii_lowercase().into()
        } else {
            host.into()
        };
        Ok(Self { tls, host, port })
    }

    /// The host, in lower case; an IPv6 address in brackets.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port, also where the text left the scheme's own one out.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Whether the scheme is `https`.
    pub fn is_tls(&self) -> bool {
        self.tls
    }

    /// Whether it is on this machine, as far as its text tells.
    pub(crate) fn is_loopback(&self) -> bool {
        match self.address() {
            Some(address) => address.is_loopback(),
            None => &*self.host == "localhost",
        }
    }

    /// The address, where the host is one.
    fn address(&self) -> Option<IpAddr> {
        let host = &*self.host;
        let v6 = host
            .strip_prefix('[')
            .and_then(|host| host.strip_suffix(']'));
        v6.unwrap_or(host).parse().ok()
    }
}

/// A character by its name where it cannot be seen, or taken for another.
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
        "take it out"
    }
}

/// Whether no origin is written with this character.
fn is_foreign(c: char) -> bool {
    !c.is_ascii_graphic() || "\"'<>\\^`{|}".contains(c)
}

/// Whether a host is written as names are: no zones, wildcards or escapes.
fn is_name(host: &str) -> bool {
    host.bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte))
}

/// The longest name that can be asked for, and the longest part of one, in characters
/// (RFC 1035, section 2.3.4).
const LONGEST_NAME: usize = 253;
const LONGEST_LABEL: usize = 63;

/// Whether a name can be asked for. Underscores are in no host's name, and yet in use.
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

/// Whether the last label of a host is a number, as in no domain (WHATWG URL,
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
        if let Some(foreign) = text.chars().find(|c| is_foreign(*c)) {
            return Err(OriginError::Character(foreign));
        }
        // `Uri` drops a fragment without a word.
        if text.contains('#') {
            return Err(OriginError::Path);
        }
        let uri: Uri = text.parse().map_err(|_| OriginError::Malformed)?;
        let origin = Self::of_uri(&uri)?;
        if uri.path() != "/" || uri.query().is_some() {
            return Err(OriginError::Path);
        }
        let near = match origin.address() {
            None if !is_name(&origin.host) => return Err(OriginError::Malformed),
            // Systems take them for addresses: `127.1`, `0x7f000001`.
            None if ends_in_number(&origin.host) => return Err(OriginError::Number),
            None => {
                check_name(&origin.host)?;
                &*origin.host == "localhost"
            }
            Some(address) if is_near(address) => true,
            Some(address) if is_public(address) => false,
            Some(_) => return Err(OriginError::Address),
        };
        // Further away than this machine and its network the secret would be
        // readable to others.
        if !near && !origin.tls {
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
