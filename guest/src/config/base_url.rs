//! The configuration key `base-url`: an origin, checked before a secret is sent to it.

use alloc::string::String;

/// Returns the text after the prefix `start`, ignoring case.
fn after<'a>(text: &'a str, start: &str) -> Option<&'a str> {
    let (begin, rest) = text.split_at_checked(start.len())?;
    begin.eq_ignore_ascii_case(start).then_some(rest)
}

/// Parses an origin. Returns whether it is `https`, and its authority in lower case.
pub(super) fn parse(url: &str) -> Result<(bool, String), &'static str> {
    let (tls, rest) = match (after(url, "https://"), after(url, "http://")) {
        (Some(rest), _) => (true, rest),
        (_, Some(rest)) => (false, rest),
        (None, None) => return Err("does not begin with https:// (or http://)"),
    };
    let authority = rest.strip_suffix('/').unwrap_or(rest);
    if authority.contains(['/', '?', '#']) {
        return Err("has a path or a query; use the origin alone, such as https://test.stytch.com");
    }
    if authority.contains('@') {
        return Err("has a user name in it; credentials belong in project-id and secret");
    }
    let (host, port) = split_port(authority);
    if host.is_empty()
        || !authority
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"-._:[]".contains(&b))
    {
        return Err("has no valid host name");
    }
    if port.is_some_and(|port| port.parse::<u16>().is_err()) {
        return Err("has a port that is not a number from 0 to 65535");
    }
    if !tls && !may_be_plain(host) {
        return Err(
            "is plain http, which would send the secret unencrypted; use https:// (http:// is for localhost and IP addresses)",
        );
    }
    let default_port = if tls { "443" } else { "80" };
    let authority = if port == Some(default_port) {
        host
    } else {
        authority
    };
    Ok((tls, authority.to_ascii_lowercase()))
}

/// `[::1]:8080` → `[::1]`, `8080`; `host` → `host`, none.
fn split_port(authority: &str) -> (&str, Option<&str>) {
    match authority.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, Some(port)),
        _ => (authority, None),
    }
}

/// Returns whether plain `http` is allowed. Domain names do not end in a number, so a last
/// label of digits means an IPv4 address.
fn may_be_plain(host: &str) -> bool {
    let last_label = host.rsplit('.').next().unwrap_or_default();
    host.eq_ignore_ascii_case("localhost")
        || host.starts_with('[')
        || (!last_label.is_empty() && last_label.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn normalizes_origins() {
        for (url, tls, authority) in [
            ("https://login.example.com", true, "login.example.com"),
            (
                "HTTPS://Login.Example.com:8443/",
                true,
                "login.example.com:8443",
            ),
            ("https://login.example.com:443", true, "login.example.com"),
            ("http://127.0.0.1:4010", false, "127.0.0.1:4010"),
            ("http://LOCALHOST", false, "localhost"),
            ("http://[::1]:80", false, "[::1]"),
            ("https://[::1]", true, "[::1]"),
        ] {
            assert_eq!(parse(url), Ok((tls, authority.into())), "{url}");
        }
    }

    #[test]
    fn refuses_everything_else_without_quoting_it() {
        for (url, reason) in [
            ("", "does not begin"),
            ("hush", "does not begin"),
            ("ftp://hush", "does not begin"),
            ("https://", "host name"),
            ("https://:443", "host name"),
            ("https://hu sh", "host name"),
            ("https://hush/v1", "path"),
            ("https://hush?x", "path"),
            ("https://hush#x", "path"),
            ("https://hush@example.com", "user name"),
            ("https://hush:99999", "port"),
            ("https://hush:", "port"),
            ("http://hush.example.com", "plain http"),
            ("http://127.0.0.1.hush", "plain http"),
        ] {
            let found = parse(url).unwrap_err();
            assert!(
                found.contains(reason) && !found.contains("hush"),
                "{url}: {found}"
            );
        }
    }
}
