//! The cookies of the console: one for the session, one for the form that starts it.

use http::header::{COOKIE, HOST};
use http::{HeaderMap, HeaderValue};

/// A cookie of the console.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cookie {
    /// The ID of the session.
    Session,
    /// What the form of the sign-in page must have, too.
    SignIn,
}

impl Cookie {
    /// The name has the port: browsers keep the cookies of all ports together, and several
    /// services may run on a machine.
    fn name(self, headers: &HeaderMap) -> String {
        let kind = match self {
            Self::Session => "session",
            Self::SignIn => "sign_in",
        };
        let host = headers.get(HOST).and_then(|host| host.to_str().ok());
        let port = host.and_then(|host| host.rsplit_once(':')?.1.parse::<u16>().ok());
        match port {
            Some(port) => format!("stytch_{kind}_{port}"),
            None => format!("stytch_{kind}"),
        }
    }

    /// Returns its value in a request.
    pub(crate) fn of(self, headers: &HeaderMap) -> Option<&str> {
        let name = self.name(headers);
        let values = headers.get_all(COOKIE).into_iter();
        values
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(';'))
            .find_map(|pair| {
                let (other, value) = pair.trim_ascii().split_once('=')?;
                (other == name).then_some(value)
            })
    }

    /// Returns the header that sets it, until the browser is closed. Scripts cannot read it,
    /// no other site can send it, and with `secure` it is sent over HTTPS only.
    pub(crate) fn set(self, headers: &HeaderMap, value: &str, secure: bool) -> Option<HeaderValue> {
        self.header(headers, value, if secure { "; Secure" } else { "" })
    }

    /// Returns the header that removes it.
    pub(crate) fn remove(self, headers: &HeaderMap) -> Option<HeaderValue> {
        self.header(headers, "", "; Max-Age=0")
    }

    fn header(self, headers: &HeaderMap, value: &str, rest: &str) -> Option<HeaderValue> {
        let name = self.name(headers);
        let path = crate::PATH;
        let text = format!("{name}={value}; Path={path}; HttpOnly; SameSite=Strict{rest}");
        let mut header = HeaderValue::from_str(&text).ok()?;
        header.set_sensitive(true);
        Some(header)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(host: &'static str, cookies: &[&'static str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(HOST, HeaderValue::from_static(host));
        for cookie in cookies {
            headers.append(COOKIE, HeaderValue::from_static(cookie));
        }
        headers
    }

    #[test]
    fn a_cookie_is_that_of_its_port() {
        for (host, cookies, expected) in [
            ("127.0.0.1:4011", &["stytch_session_4011=a"][..], Some("a")),
            ("127.0.0.1:4011", &["x=1; stytch_session_4011=a"], Some("a")),
            (
                "127.0.0.1:4011",
                &["x=1", "stytch_session_4011=a"],
                Some("a"),
            ),
            ("127.0.0.1:4012", &["stytch_session_4011=a"], None),
            ("localhost", &["stytch_session=a"], Some("a")),
            ("[::1]:80", &["stytch_session_80=a=b"], Some("a=b")),
            ("127.0.0.1:4011", &["stytch_sign_in_4011=a"], None),
            ("127.0.0.1:4011", &[], None),
        ] {
            let headers = headers(host, cookies);
            assert_eq!(Cookie::Session.of(&headers), expected, "{host} {cookies:?}");
        }
    }

    #[test]
    fn a_cookie_is_for_this_site_and_not_for_scripts() {
        let headers = headers("127.0.0.1:4011", &[]);
        assert_eq!(
            Cookie::Session.set(&headers, "a", false).unwrap(),
            "stytch_session_4011=a; Path=/console; HttpOnly; SameSite=Strict"
        );
        let secure = Cookie::Session.set(&headers, "a", true).unwrap();
        assert!(secure.to_str().unwrap().ends_with("; Secure"));
        assert_eq!(
            Cookie::SignIn.remove(&headers).unwrap(),
            "stytch_sign_in_4011=; Path=/console; HttpOnly; SameSite=Strict; Max-Age=0"
        );
    }
}
