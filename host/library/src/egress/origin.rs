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
    /// Its scheme is neither `https` nor `http`.
    #[error("the base URL has a scheme other than https and http")]
    Scheme,
    /// It has a user name or a password in it.
    #[error("the base URL has a user name in it; credentials do not go into URLs")]
    UserInfo,
    /// Its port is not a number from 0 to 65535.
    #[error("the base URL has a port that is not a number from 0 to 65535")]
    Port,
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
            Some(port) if port.bytes().all(|byte| byte.is_ascii_digit()) => {
                port.parse().map_err(|_| OriginError::Port)?
            }
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

/// Whether a host is written as names are: no zones, wildcards or escapes.
fn is_name(host: &str) -> bool {
    host.bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte))
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
            None => &*origin.host == "localhost",
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
mod tests {
    use super::*;

    #[test]
    fn origins_are_normalised() {
        for (text, origin) in [
            ("https://test.stytch.com", "https://test.stytch.com"),
            ("HTTPS://Test.Stytch.com:443/", "https://test.stytch.com"),
            (
                "https://login.example.com:8443",
                "https://login.example.com:8443",
            ),
            ("http://127.0.0.1:4010", "http://127.0.0.1:4010"),
            ("http://localhost:80", "http://localhost"),
            ("http://[::1]:4010", "http://[::1]:4010"),
            ("http://10.1.2.3", "http://10.1.2.3"),
        ] {
            let parsed: Origin = text.parse().unwrap();
            assert_eq!(parsed.to_string(), origin);
            assert_eq!(parsed.to_string().parse(), Ok(parsed));
        }
    }

    #[test]
    fn other_texts_are_refused() {
        for (text, error) in [
            ("", OriginError::Malformed),
            ("test.stytch.com", OriginError::Malformed),
            ("/v1", OriginError::Malformed),
            ("https://", OriginError::Malformed),
            ("https://:443", OriginError::Malformed),
            ("https://a b", OriginError::Malformed),
            ("https://a:99999", OriginError::Port),
            ("https://a:+1", OriginError::Port),
            ("https://a:", OriginError::Port),
            ("ftp://a", OriginError::Scheme),
            ("https://user@a", OriginError::UserInfo),
            ("https://user:pass@a", OriginError::UserInfo),
            ("https://a/v1", OriginError::Path),
            ("https://a/?q", OriginError::Path),
            ("https://a#f", OriginError::Path),
            ("http://test.stytch.com", OriginError::Plain),
            ("http://8.8.8.8", OriginError::Plain),
            ("http://localhost.evil.example", OriginError::Plain),
            ("http://169.254.169.254", OriginError::Address),
            ("https://169.254.169.254", OriginError::Address),
            ("http://[fd00:ec2::254]", OriginError::Address),
            ("http://[::ffff:169.254.169.254]", OriginError::Address),
            ("http://[::ffff:127.0.0.1]", OriginError::Address),
            ("http://0.0.0.0:4010", OriginError::Address),
            ("http://[::]", OriginError::Address),
            ("http://[fe80::1]", OriginError::Address),
            ("http://224.0.0.1", OriginError::Address),
            ("http://[fd20:ce::254]", OriginError::Address),
            ("https://168.63.129.16", OriginError::Address),
            ("https://100.100.100.200", OriginError::Address),
            ("https://192.0.0.192", OriginError::Address),
            ("http://[::127.0.0.1]", OriginError::Address),
            ("http://[64:ff9b::7f00:1]", OriginError::Address),
            ("http://[2002:7f00:1::1]", OriginError::Address),
            ("http://127.1", OriginError::Number),
            ("http://127.0.1", OriginError::Number),
            ("http://2130706433", OriginError::Number),
            ("https://0x7f000001", OriginError::Number),
            ("https://0x7f.1", OriginError::Number),
            ("https://0177.0.0.1", OriginError::Number),
            ("https://127.0.0.1.", OriginError::Number),
            ("https://127.0.0.0x1", OriginError::Number),
            ("https://1.2.3.4.5", OriginError::Number),
            ("https://256.0.0.1", OriginError::Number),
            ("http://[::1%25lo]", OriginError::Malformed),
            ("https://[::1", OriginError::Malformed),
            ("https://a\\@evil.example", OriginError::Malformed),
            ("https://localhost%00.evil.example", OriginError::Malformed),
            ("http://localhost.", OriginError::Plain),
            ("http://127.0.0.1.evil.example", OriginError::Plain),
            ("https://*.stytch.com", OriginError::Malformed),
            ("https://\u{ff4c}ocalhost", OriginError::Malformed),
        ] {
            assert_eq!(text.parse::<Origin>(), Err(error), "{text}");
        }
    }
}
