//! Who calls: the token of a request.

use crate::headers::single;
use crate::observation::Observation;
use crate::problem::{Problem, Refusal};
use crate::server::State;
use crate::tokens::{Record, Scope};
use axum::extract::FromRequestParts;
use http::header::{AUTHORIZATION, WWW_AUTHENTICATE};
use http::request::Parts;
use http::{Extensions, HeaderMap, HeaderValue};
use std::sync::Arc;

/// The caller of a request.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    token: Arc<Record>,
    observation: Arc<Observation>,
}

impl Caller {
    /// The holder of a token, as the caller of a request with these extensions.
    pub(crate) fn new(token: Arc<Record>, extensions: &Extensions) -> Self {
        let observation = extensions.get::<Arc<Observation>>().cloned();
        let observation = observation.unwrap_or_default();
        let _ = observation.token.set(token.clone());
        Self { token, observation }
    }

    /// What is known about its request.
    pub(crate) fn observation(&self) -> &Arc<Observation> {
        &self.observation
    }

    /// The ID of its token, which is no secret.
    pub(crate) fn id(&self) -> &str {
        &self.token.id
    }

    /// Its token.
    pub(crate) fn record(&self) -> &Arc<Record> {
        &self.token
    }

    /// The name of its token.
    pub(crate) fn name(&self) -> &str {
        &self.token.name
    }

    /// What its token permits.
    pub(crate) fn scope(&self) -> &Scope {
        &self.token.scope
    }
}

/// Only requests with a valid token have a caller.
impl FromRequestParts<Arc<State>> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &Arc<State>) -> Result<Self, Problem> {
        let token = match bearer(&parts.headers) {
            None => Err("a token is required: one header Authorization: Bearer TOKEN"),
            Some(token) => state
                .token(token)
                .ok_or("the token is not valid; it may have expired or been revoked"),
        };
        match token {
            Ok(token) => Ok(Self::new(token, &parts.extensions)),
            Err(detail) => Err(Problem::refused(Refusal::Unauthenticated, detail)
                .with_header(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"))),
        }
    }
}

/// The token of the `Authorization` header (RFC 6750).
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = single(headers, &AUTHORIZATION).ok()??.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("bearer")
        .then(|| token.trim_ascii())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_token_of_the_bearer_scheme_alone() {
        for (value, expected) in [
            ("Bearer abc", Some("abc")),
            ("bearer  abc ", Some("abc")),
            ("Basic abc", None),
            ("abc", None),
            ("", None),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(AUTHORIZATION, HeaderValue::from_static(value));
            assert_eq!(bearer(&headers), expected, "{value:?}");
            headers.append(AUTHORIZATION, HeaderValue::from_static(value));
            assert_eq!(bearer(&headers), None, "twice {value:?}");
        }
        assert_eq!(bearer(&HeaderMap::new()), None);
    }
}
