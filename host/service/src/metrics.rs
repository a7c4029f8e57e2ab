//! Metrics for Prometheus. Names follow OpenTelemetry's semantic conventions for HTTP
//! servers, and Prometheus' for the rest.

use crate::tokens::Operation;
use http::{Method, StatusCode};
use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue, LabelValueEncoder};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};
use std::fmt;
use std::time::Duration;

/// The upper bounds of the histograms, in seconds: OpenTelemetry's, and finer ones for a
/// Stytch that is near.
const BUCKETS: [f64; 16] = [
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0,
    10.0,
];

#[expect(
    clippy::struct_field_names,
    reason = "they are the names of the labels"
)]
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    http_request_method: String,
    http_route: String,
    http_response_status_code: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct CallLabels {
    operation: Operation,
    credential: String,
    code: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OperationLabels {
    operation: Operation,
}

impl EncodeLabelValue for Operation {
    fn encode(&self, encoder: &mut LabelValueEncoder<'_>) -> Result<(), fmt::Error> {
        self.name().encode(encoder)
    }
}

/// The code of calls that succeeded.
const OK: &str = "ok";

/// The metrics of a service.
#[derive(Debug)]
pub(crate) struct Metrics {
    registry: Registry,
    requests: Family<RequestLabels, Histogram, fn() -> Histogram>,
    calls: Family<CallLabels, Counter>,
    durations: Family<OperationLabels, Histogram, fn() -> Histogram>,
    in_flight: Gauge,
    waiting: Gauge,
    memory: Gauge,
}

impl Metrics {
    pub(crate) fn new() -> Self {
        let histogram: fn() -> Histogram = || Histogram::new(BUCKETS);
        let mut metrics = Self {
            registry: Registry::default(),
            requests: Family::new_with_constructor(histogram),
            calls: Family::default(),
            durations: Family::new_with_constructor(histogram),
            in_flight: Gauge::default(),
            waiting: Gauge::default(),
            memory: Gauge::default(),
        };
        let registry = &mut metrics.registry;
        registry.register_with_unit(
            "http_server_request_duration",
            "Duration of HTTP requests, to the end of the response",
            Unit::Seconds,
            metrics.requests.clone(),
        );
        registry.register(
            "stytch_calls",
            "Calls to Stytch, with the code of the failure or ok",
            metrics.calls.clone(),
        );
        registry.register_with_unit(
            "stytch_call_duration",
            "Duration of calls to Stytch, including retries",
            Unit::Seconds,
            metrics.durations.clone(),
        );
        registry.register(
            "stytch_calls_in_flight",
            "Calls to Stytch that are in flight",
            metrics.in_flight.clone(),
        );
        registry.register(
            "stytch_calls_waiting",
            "Calls that wait in the queue of their credential or of the service",
            metrics.waiting.clone(),
        );
        registry.register_with_unit(
            "process_resident_memory",
            "Resident memory",
            Unit::Bytes,
            metrics.memory.clone(),
        );
        metrics
    }

    pub(crate) fn request(
        &self,
        method: &Method,
        route: &str,
        status: StatusCode,
        duration: Duration,
    ) {
        let labels = RequestLabels {
            // Other methods could be any text.
            http_request_method: match *method {
                Method::GET | Method::POST | Method::HEAD => method.to_string(),
                _ => "_OTHER".to_owned(),
            },
            http_route: route.to_owned(),
            http_response_status_code: status.as_u16(),
        };
        let histogram = self.requests.get_or_create(&labels);
        histogram.observe(duration.as_secs_f64());
    }

    /// Counts a call to Stytch, with the code of its failure.
    pub(crate) fn call(
        &self,
        operation: Operation,
        credential: &str,
        code: Option<&'static str>,
        duration: Duration,
    ) {
        let labels = CallLabels {
            operation,
            credential: credential.to_owned(),
            code: code.unwrap_or(OK),
        };
        self.calls.get_or_create(&labels).inc();
        let durations = self.durations.get_or_create(&OperationLabels { operation });
        durations.observe(duration.as_secs_f64());
    }

    /// The metrics in the `OpenMetrics` text format, with the calls that are in flight and
    /// those that wait.
    pub(crate) fn encode(&self, in_flight: usize, waiting: usize) -> Result<String, fmt::Error> {
        self.in_flight
            .set(i64::try_from(in_flight).unwrap_or(i64::MAX));
        self.waiting.set(i64::try_from(waiting).unwrap_or(i64::MAX));
        if let Some(bytes) = resident_memory() {
            self.memory.set(bytes);
        }
        let mut text = String::new();
        encode(&mut text, &self.registry)?;
        Ok(text)
    }
}

/// The resident memory of this process, in bytes, where the system tells it.
fn resident_memory() -> Option<i64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kilobytes: i64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kilobytes.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_counted_by_operation_credential_and_code() {
        let metrics = Metrics::new();
        let duration = Duration::from_millis(3);
        metrics.call(Operation::Check, "acme", None, duration);
        metrics.call(Operation::Check, "acme", None, duration);
        metrics.call(Operation::RetrieveUser, "acme", Some("not_found"), duration);
        metrics.request(&Method::GET, "/v1/credentials", StatusCode::OK, duration);
        metrics.request(
            &Method::from_bytes(b"ODD").unwrap(),
            "unknown",
            StatusCode::BAD_REQUEST,
            duration,
        );
        let text = metrics.encode(3, 2).unwrap();
        for line in [
            r#"stytch_calls_total{operation="check",credential="acme",code="ok"} 2"#,
            r#"stytch_calls_total{operation="retrieve-user",credential="acme",code="not_found"} 1"#,
            r#"stytch_call_duration_seconds_bucket{le="0.005",operation="check"} 2"#,
            r#"http_request_method="_OTHER",http_route="unknown",http_response_status_code="400""#,
            "stytch_calls_in_flight 3",
            "stytch_calls_waiting 2",
            "process_resident_memory_bytes ",
        ] {
            assert!(text.contains(line), "{line} is missing in {text}");
        }
    }
}
