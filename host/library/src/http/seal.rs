//! A credential that its component never sees: the host adds it to the requests
//! that may go out, and keeps answers back that repeat it.

use super::body::BoundedBody;
use super::fault::Fault;
use crate::credential::{Credential, Environment};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use bytes::Bytes;
use futures_util::stream;
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http_body::Frame;
use http_body_util::{BodyExt, StreamBody};
use memchr::memmem;
use std::borrow::Cow;
use std::sync::Arc;
use wasmtime_wasi_http::{Error, WasiBody};
use zeroize::Zeroizing;

/// The headers of a component that are sent with a sealed credential. Others
/// could ask the server for an answer in which the secret is not recognized, such
/// as a compressed one or a part of one.
const PASSED_ON: [HeaderName; 4] = [
    header::ACCEPT,
    header::CONTENT_LENGTH,
    header::CONTENT_TYPE,
    header::USER_AGENT,
];

/// Shorter texts turn up by chance.
const LEAST: usize = 8;

/// The credential of one sealed call.
#[derive(Clone)]
pub(crate) struct Seal {
    authorization: HeaderValue,
    /// The forms of the secret that are looked for in answers.
    forms: Arc<[Zeroizing<String>]>,
}

impl Seal {
    /// Checks what a component with the secret would check; the error is a
    /// reason that does not quote it.
    pub(crate) fn new(credential: &Credential) -> Result<Self, &'static str> {
        let (project_id, secret) = (credential.project_id(), credential.secret().expose());
        if secret.is_empty() {
            return Err("the secret is missing");
        }
        if !secret.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(
                "the secret has a space, a line break or another character that it cannot have; copy it again from the Stytch dashboard",
            );
        }
        let foreign = match credential.environment() {
            Environment::Test => "secret-live-",
            Environment::Live => "secret-test-",
        };
        if secret.starts_with(foreign) {
            return Err(
                "the secret and the project ID are of different environments; take both from the same one",
            );
        }
        let origin = credential.origin();
        if !origin.is_tls() && !origin.is_loopback() {
            return Err(
                "the base URL is plain http to another machine, which would send the secret readable; use https",
            );
        }

        let pair = Zeroizing::new(format!("{project_id}:{secret}"));
        let basic = Zeroizing::new(format!(
            "Basic {}",
            base64::engine::general_purpose::STANDARD.encode(pair.as_bytes())
        ));
        let mut authorization =
            HeaderValue::try_from(basic.as_str()).map_err(|_| "it is no header value")?;
        // Left out of debug texts, and of the tables of HTTP/2.
        authorization.set_sensitive(true);

        // Servers leave the padding out, or escape it.
        let plain = secret.trim_end_matches('=');
        let mut forms = vec![Zeroizing::new(plain.to_owned())];
        for text in [&pair, secret] {
            forms.push(Zeroizing::new(STANDARD_NO_PAD.encode(text)));
            forms.push(Zeroizing::new(URL_SAFE_NO_PAD.encode(text)));
        }
        // As some write JSON.
        let escaped: Vec<_> = forms
            .iter()
            .filter(|form| form.contains('/'))
            .map(|form| Zeroizing::new(form.replace('/', "\\/")))
            .collect();
        forms.extend(escaped);
        forms.retain(|form| form.len() >= LEAST);
        Ok(Self {
            authorization,
            forms: forms.into(),
        })
    }

    /// Adds the credential to a request that has passed every check.
    pub(super) fn authorize(&self, headers: &mut HeaderMap) {
        let mut passed = HeaderMap::new();
        for name in PASSED_ON {
            for value in headers.get_all(&name) {
                passed.append(&name, value.clone());
            }
        }
        passed.insert(header::AUTHORIZATION, self.authorization.clone());
        *headers = passed;
    }

    /// The answer, once the whole of it is known not to repeat the secret.
    pub(super) async fn open(
        &self,
        answer: http::Response<BoundedBody>,
    ) -> Result<http::Response<WasiBody>, Fault> {
        let (head, mut body) = answer.into_parts();
        let mut repeats = head
            .headers
            .iter()
            .any(|(name, value)| self.is_in(name.as_ref()) || self.is_in(value.as_bytes()));
        let (mut bytes, mut end) = (Vec::new(), None);
        while !repeats && end.is_none() {
            match body.frame().await {
                // Trailers are left out: nothing of Stytch's is in them.
                Some(Ok(frame)) => bytes.extend(frame.data_ref().into_iter().flatten()),
                Some(Err(error)) => end = Some(Some(error)),
                None => end = Some(None),
            }
        }
        repeats = repeats || self.is_in(&bytes);
        if repeats {
            return Err(Fault::SecretRepeated);
        }
        let data = Ok::<_, Error>(Frame::data(Bytes::from(bytes)));
        let pieces = [Some(data), end.flatten().map(Err)].into_iter().flatten();
        let body = StreamBody::new(stream::iter(pieces));
        Ok(http::Response::from_parts(head, body.boxed_unsync()))
    }

    fn is_in(&self, text: &[u8]) -> bool {
        let found = |text: &[u8]| {
            let forms = self.forms.iter();
            forms
                .map(|form| memmem::find(text, form.as_bytes()))
                .any(|place| place.is_some())
        };
        if found(text) {
            return true;
        }
        match Cow::from(percent_encoding::percent_decode(text)) {
            Cow::Owned(decoded) => found(&decoded),
            Cow::Borrowed(_) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credential::Secret;

    const SECRET: &str = "secret-test-a/b+c?>~1234567890==";

    fn seal(secret: &str, base_url: &str) -> Result<Seal, &'static str> {
        let credential = Credential::new("project-test-1", Secret::new(secret.to_owned()));
        Seal::new(&credential.with_base_url(base_url).unwrap())
    }

    #[test]
    fn the_secret_is_found_in_its_common_forms() {
        let seal = seal(SECRET, "https://test.stytch.com").unwrap();
        let pair = format!("project-test-1:{SECRET}");
        let percent =
            percent_encoding::utf8_percent_encode(SECRET, percent_encoding::NON_ALPHANUMERIC);
        for form in [
            SECRET.to_owned(),
            SECRET.replace('=', "\\u003d"),
            SECRET.replace('/', "\\/"),
            percent.to_string(),
            percent.to_string().to_lowercase(),
            STANDARD_NO_PAD.encode(SECRET),
            URL_SAFE_NO_PAD.encode(SECRET),
            base64::engine::general_purpose::STANDARD.encode(&pair),
            STANDARD_NO_PAD.encode(&pair).replace('/', "\\/"),
        ] {
            let text = format!("{{\"echo\":\"100% {form}\"}}");
            assert!(seal.is_in(text.as_bytes()), "{text}");
        }
        for text in ["", "100%", "project-test-1", "secret-test-", "%73ecret"] {
            assert!(!seal.is_in(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn only_headers_that_cannot_change_the_answer_are_passed_on() {
        let seal = seal(SECRET, "https://test.stytch.com").unwrap();
        let mut headers = HeaderMap::new();
        for name in [
            "accept",
            "accept-encoding",
            "authorization",
            "content-length",
            "content-type",
            "cookie",
            "range",
            "user-agent",
            "x-http-method-override",
        ] {
            headers.insert(name, HeaderValue::from_static("guest"));
        }
        seal.authorize(&mut headers);
        let mut names: Vec<_> = headers.keys().map(HeaderName::as_str).collect();
        names.sort_unstable();
        let expected = [
            "accept",
            "authorization",
            "content-length",
            "content-type",
            "user-agent",
        ];
        assert_eq!(names, expected);
        let authorization = &headers["authorization"];
        assert!(authorization.is_sensitive() && authorization != "guest");
    }

    #[test]
    fn a_secret_that_cannot_be_right_is_not_sent() {
        let https = "https://test.stytch.com";
        for (secret, base_url, expected) in [
            ("", https, "missing"),
            ("secret-test-1\n", https, "line break"),
            ("secret-live-1", https, "environments"),
            ("secret-test-1", "http://10.0.0.1", "plain http"),
        ] {
            let Err(reason) = seal(secret, base_url) else {
                panic!("{secret:?} {base_url}");
            };
            assert!(reason.contains(expected), "{reason}");
        }
        for base_url in ["http://localhost:1", "http://127.0.0.1", "http://[::1]:1"] {
            assert!(seal("secret-test-1", base_url).is_ok(), "{base_url}");
        }
    }
}
