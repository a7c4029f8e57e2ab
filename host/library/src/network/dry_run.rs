//! Captures requests instead of sending them.

use crate::network::credential::Credential;
use crate::network::secret_forms::{REDACTED, Redactor};
use bytes::Bytes;
use std::sync::{Arc, Mutex, PoisonError};

/// A request of the component as it would have been sent, with secrets redacted.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DryRun {
    /// The method.
    pub method: String,
    /// The full URL.
    pub url: String,
    /// The component's headers, without those that the client adds. Secrets are replaced
    /// with `<hidden>`.
    pub headers: Vec<(String, String)>,
    /// The body; empty if there is none.
    pub body: String,
}

/// Captures the request of a call.
#[derive(Clone)]
pub(crate) struct Capture {
    redactor: Arc<Redactor>,
    request: Arc<Mutex<Option<DryRun>>>,
}

impl Capture {
    /// Creates a capture that redacts the secret of `credential`, which the component may
    /// know and write anywhere.
    pub(crate) fn new(credential: &Credential) -> Self {
        Self {
            redactor: Arc::new(Redactor::new(credential)),
            request: Arc::default(),
        }
    }

    /// Takes the captured request.
    pub(crate) fn take(&self) -> Option<DryRun> {
        self.request
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
    }

    pub(super) fn keep(&self, request: &http::Request<Bytes>) {
        let headers = request.headers().iter().map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes());
            let shown = if *name == http::header::AUTHORIZATION {
                match value.split_once(' ') {
                    Some((scheme, _)) => format!("{scheme} {REDACTED}"),
                    None => REDACTED.to_owned(),
                }
            } else {
                self.redacted(&value)
            };
            (name.to_string(), shown)
        });
        let request = DryRun {
            method: request.method().to_string(),
            url: self.redacted(&request.uri().to_string()),
            headers: headers.collect(),
            body: self.redacted(&String::from_utf8_lossy(request.body())),
        };
        *self.request.lock().unwrap_or_else(PoisonError::into_inner) = Some(request);
    }

    fn redacted(&self, text: &str) -> String {
        let mut text = text.to_owned();
        self.redactor.redact(&mut text);
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::credential::Secret;

    fn kept(secret: &str, authorization: &str) -> DryRun {
        let secret = Secret::new(secret.to_owned());
        let capture = Capture::new(&Credential::new("project", secret));
        let request = http::Request::post("https://test.stytch.com/v1/users/hush")
            .header("authorization", authorization)
            .header("x-own", "my hush")
            .header("x-pair", "cHJvamVjdDpodXNo")
            .body(Bytes::from("{\"a\":\"hush\"}"))
            .unwrap();
        capture.keep(&request);
        capture.take().unwrap()
    }

    #[test]
    fn redacts_the_secret_wherever_a_component_writes_it() {
        let kept = kept("hush", "Basic cHJvamVjdDpodXNo");
        assert_eq!(kept.url, "https://test.stytch.com/v1/users/<hidden>");
        let values: Vec<_> = kept
            .headers
            .iter()
            .map(|(_, value)| value.as_str())
            .collect();
        assert_eq!(values, ["Basic <hidden>", "my <hidden>", "<hidden>"]);
        assert_eq!(kept.body, "{\"a\":\"<hidden>\"}");
    }

    #[test]
    fn redacts_any_authorization_header() {
        let kept = kept("", "cHJvamVjdDpodXNo");
        assert_eq!(kept.headers[0].1, "<hidden>");
        assert_eq!(kept.body, "{\"a\":\"hush\"}");
    }
}
