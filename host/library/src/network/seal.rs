//! Sealed credentials, which the component never sees: the host adds them to permitted
//! requests, and withholds responses that contain them.

use super::body::BoundedBody;
use super::fault::Fault;
use crate::network::credential::{Credential, Environment};
use crate::network::secret_forms::SecretForms;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use futures_util::stream;
use http::header::{AUTHORIZATION, CONTENT_ENCODING, HeaderMap, HeaderValue};
use http_body::Frame;
use http_body_util::{BodyExt, StreamBody};
use std::sync::Arc;
use wasmtime_wasi_http::{Error, WasiBody};
use zeroize::Zeroizing;

/// Shorter texts occur by chance.
const SHORTEST: usize = 8;

/// The credential of one sealed call.
#[derive(Clone)]
pub(crate) struct Seal {
    authorization: HeaderValue,
    /// The forms that responses are searched for.
    forms: Arc<SecretForms>,
}

impl Seal {
    /// Checks what a component with the secret would check. The error is a reason that does
    /// not quote the secret.
    pub(crate) fn new(credential: &Credential) -> Result<Self, &'static str> {
        let (project_id, secret) = (credential.project_id(), credential.secret().expose());
        if secret.is_empty() {
            return Err("the secret is missing");
        }
        if !secret.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(
                "the secret has a space, a line break or another invalid character; copy it again from the Stytch dashboard",
            );
        }
        let foreign = match credential.environment() {
            Environment::Test => "secret-live-",
            Environment::Live => "secret-test-",
        };
        if secret.starts_with(foreign) {
            return Err(
                "the secret and the project ID belong to different environments; take both from the same one",
            );
        }
        let origin = credential.origin();
        if !origin.is_tls() && !origin.is_loopback() {
            return Err(
                "the base URL is plain http to another machine, which would send the secret unencrypted; use https",
            );
        }

        let pair = Zeroizing::new(format!("{project_id}:{secret}"));
        let basic = Zeroizing::new(format!("Basic {}", BASE64_STANDARD.encode(pair.as_bytes())));
        let mut authorization =
            HeaderValue::try_from(basic.as_str()).map_err(|_| "it is not a valid header value")?;
        // Keeps the value out of debug output and of HTTP/2's header tables.
        authorization.set_sensitive(true);

        Ok(Self {
            authorization,
            forms: Arc::new(SecretForms::of(credential, SHORTEST)),
        })
    }

    /// Adds the credential to a request that has passed every check.
    pub(super) fn authorize(&self, headers: &mut HeaderMap) {
        headers.insert(AUTHORIZATION, self.authorization.clone());
    }

    /// Reads the full response, and returns it unless it contains the secret.
    pub(super) async fn open(
        &self,
        response: http::Response<BoundedBody>,
    ) -> Result<http::Response<WasiBody>, Fault> {
        let (parts, mut body) = response.into_parts();
        let mut headers = parts.headers.iter();
        let mut has_secret = headers.any(|(name, value)| {
            self.forms.is_in(name.as_ref()) || self.forms.is_in(value.as_bytes())
        });
        let (mut bytes, mut end) = (Vec::new(), None);
        if is_encoded(&parts.headers) {
            // An encoded body cannot be searched, so it is dropped. The component sees the
            // header and reports it.
            end = Some(None);
        }
        while !has_secret && end.is_none() {
            match body.frame().await {
                // Trailers are dropped: Stytch does not use them.
                Some(Ok(frame)) => bytes.extend(frame.data_ref().into_iter().flatten()),
                Some(Err(error)) => end = Some(Some(error)),
                None => end = Some(None),
            }
        }
        has_secret = has_secret || self.forms.is_in(&bytes);
        if has_secret {
            return Err(Fault::SecretRepeated);
        }
        let data = Ok::<_, Error>(Frame::data(Bytes::from(bytes)));
        let frames = [Some(data), end.flatten().map(Err)].into_iter().flatten();
        let body = StreamBody::new(stream::iter(frames));
        Ok(http::Response::from_parts(parts, body.boxed_unsync()))
    }
}

/// Returns whether the body has a content coding such as compression, which was not
/// requested.
fn is_encoded(headers: &HeaderMap) -> bool {
    let mut codings = headers.get_all(CONTENT_ENCODING).iter();
    codings.any(|coding| !coding.as_bytes().eq_ignore_ascii_case(b"identity"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::credential::Secret;

    const SECRET: &str = "secret-test-a/b+c?>~1234567890==";

    fn seal(secret: &str, base_url: &str) -> Result<Seal, &'static str> {
        let credential = Credential::new("project-test-1", Secret::new(secret.to_owned()));
        Seal::new(&credential.with_base_url(base_url).unwrap())
    }

    #[test]
    fn replaces_the_components_authorization() {
        let seal = seal(SECRET, "https://test.stytch.com").unwrap();
        let mut headers = HeaderMap::new();
        headers.append(AUTHORIZATION, HeaderValue::from_static("guest"));
        headers.append(AUTHORIZATION, HeaderValue::from_static("another"));
        seal.authorize(&mut headers);
        let [authorization] = *headers.get_all(AUTHORIZATION).iter().collect::<Vec<_>>() else {
            panic!("{headers:?}");
        };
        assert!(authorization.is_sensitive() && authorization != "guest");
    }

    #[test]
    fn refuses_an_invalid_secret_or_base_url() {
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
