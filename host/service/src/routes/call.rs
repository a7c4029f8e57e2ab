//! What all calls have in common: whether the caller may make it, a permit, a deadline.

use crate::bulkhead::{Bulkhead, Permit};
use crate::caller::Caller;
use crate::headers::single;
use crate::observation::Observation;
use crate::problem::{Problem, Refusal};
use crate::server::State;
use crate::tokens::Operation;
use http::{HeaderMap, HeaderName};
use std::sync::Arc;
use std::time::{Duration, Instant};
use stytch_credentials::Entry;
use stytch_host::{Credential, Error, Plugin};

/// The shortest and the longest deadline that a request may ask for.
pub(crate) const SHORTEST: Duration = Duration::from_millis(1);
pub(crate) const LONGEST: Duration = Duration::from_hours(1);

/// The header that shortens the deadline of a call: a number of seconds.
const REQUEST_TIMEOUT: HeaderName = HeaderName::from_static("request-timeout");

/// Calls that a caller may make with a credential.
#[derive(Debug, Clone)]
pub(crate) struct Calls {
    state: Arc<State>,
    entry: Arc<Entry>,
    bulkhead: Arc<Bulkhead>,
    credential: Arc<Credential>,
    operation: Operation,
    plugin: Plugin,
    observation: Arc<Observation>,
}

/// The permits of one call.
#[derive(Debug)]
pub(crate) struct Permits {
    _permits: [Permit; 2],
    /// If it is one of many calls of a request.
    _of_many: Option<[Permit; 2]>,
}

impl Calls {
    /// Returns the calls of `operation` with the credential `name`, if `caller` may make
    /// them.
    pub(crate) fn authorize(
        state: &Arc<State>,
        caller: &Caller,
        headers: &HeaderMap,
        name: &str,
        operation: Operation,
    ) -> Result<Self, Problem> {
        let entry = state.credentials.get(name);
        let entry = entry.filter(|_| caller.scope().permits_credential(name));
        let Some(entry) = entry else {
            return Err(Problem::refused(
                Refusal::UnknownCredential,
                "there is no credential of this name that the token may use",
            ));
        };
        let observation = caller.observation();
        let _ = observation.credential.set(entry.clone());
        let _ = observation.operation.set(operation);
        if !caller.scope().permits_operation(operation) {
            return Err(Problem::refused(
                Refusal::Forbidden,
                format!("the token does not permit {operation}"),
            ));
        }
        let credential = entry.credential.clone();
        let credential = credential.map_err(|reason| {
            let detail = format!("the credential {name} cannot be used: {reason}");
            Problem::refused(Refusal::UnusableCredential, detail)
        })?;
        Ok(Self {
            plugin: match deadline(headers)? {
                Some(deadline) => state.plugin.with_deadline(deadline),
                None => state.plugin.clone(),
            },
            bulkhead: state.bulkheads.of(name),
            state: state.clone(),
            credential,
            operation,
            observation: observation.clone(),
            entry,
        })
    }

    /// The plugin, with the deadline of the request.
    pub(crate) fn plugin(&self) -> &Plugin {
        &self.plugin
    }

    pub(crate) fn credential(&self) -> &Credential {
        &self.credential
    }

    /// Waits in the queue for the permits of a call.
    pub(crate) async fn enter(&self) -> Result<Permits, Problem> {
        // In this order: calls that wait for their credential take nothing from others.
        let of_credential = self.bulkhead.enter().await;
        let busy = |_| self.state.busy("with this credential");
        Ok(Permits {
            _permits: [of_credential.map_err(busy)?, self.state.enter().await?],
            _of_many: None,
        })
    }

    /// Waits for the permits of one of many calls of a request, however long that takes.
    pub(crate) async fn enter_as_one_of_many(&self) -> Result<Permits, Problem> {
        let closed = |_| Problem::refused(Refusal::Internal, "the service has stopped");
        let of_service = &self.state.bulkhead;
        // While they wait for each other, they take nothing from calls of other requests.
        let of_many = [
            self.bulkhead.join_many().await.map_err(closed)?,
            of_service.join_many().await.map_err(closed)?,
        ];
        Ok(Permits {
            _permits: [
                self.bulkhead.wait().await.map_err(closed)?,
                of_service.wait().await.map_err(closed)?,
            ],
            _of_many: Some(of_many),
        })
    }

    /// Makes a call.
    pub(crate) async fn call<T>(
        &self,
        call: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Problem> {
        let start = Instant::now();
        let result = call.await.map_err(Problem::from);
        let code = result.as_ref().err().map(Problem::code);
        self.record(start.elapsed(), code);
        result
    }

    /// Records how long a call took, and the code of its failure.
    pub(crate) fn record(&self, duration: Duration, code: Option<&'static str>) {
        if let Some(code) = code {
            self.observe_code(code);
        }
        let metrics = &self.state.metrics;
        metrics.call(self.operation, &self.entry.name, code, duration);
    }

    /// Notes the code of a failure for the log. The first one counts.
    pub(crate) fn observe_code(&self, code: &'static str) {
        let _ = self.observation.code.set(code);
    }
}

/// The deadline that a request asks for.
fn deadline(headers: &HeaderMap) -> Result<Option<Duration>, Problem> {
    let Ok(value) = single(headers, &REQUEST_TIMEOUT) else {
        return Err(Problem::invalid(
            "there are several Request-Timeout headers",
        ));
    };
    let Some(value) = value else {
        return Ok(None);
    };
    let seconds = value.to_str().ok().and_then(|text| text.parse().ok());
    let deadline = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    match deadline.filter(|deadline| (SHORTEST..=LONGEST).contains(deadline)) {
        Some(deadline) => Ok(Some(deadline)),
        None => Err(Problem::invalid(
            "the Request-Timeout header is not a number of seconds from 0.001 to 3600, such as 2.5",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    #[test]
    fn a_request_may_ask_for_a_deadline() {
        assert_eq!(deadline(&HeaderMap::new()).unwrap(), None);
        for (value, expected) in [
            ("2.5", Some(Duration::from_millis(2500))),
            ("60", Some(Duration::from_mins(1))),
            ("3600", Some(LONGEST)),
            ("0.001", Some(SHORTEST)),
            ("3601", None),
            ("0.0001", None),
            ("0", None),
            ("-1", None),
            ("NaN", None),
            ("inf", None),
            ("1e300", None),
            ("5s", None),
            ("", None),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(REQUEST_TIMEOUT, HeaderValue::from_static(value));
            let deadline = deadline(&headers).ok().flatten();
            assert_eq!(deadline, expected, "{value:?}");
            headers.append(REQUEST_TIMEOUT, HeaderValue::from_static(value));
            assert!(super::deadline(&headers).is_err(), "twice {value:?}");
        }
    }
}
