//! Metrics for Prometheus. Names follow OpenTelemetry's semantic conventions for HTTP
//! servers, and Prometheus' for the rest.

use crate::config_errors::Config;
use crate::tokens::Operation;
use http::StatusCode;
use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue, LabelValueEncoder};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Metric, Registry, Unit};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::Ordering;
use std::time::Duration;
use stytch_host::Statistics;

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
    http_request_method: &'static str,
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

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ConfigLabels {
    config: &'static str,
}

impl EncodeLabelValue for Operation {
    fn encode(&self, encoder: &mut LabelValueEncoder<'_>) -> Result<(), fmt::Error> {
        self.name().encode(encoder)
    }
}

/// The code of calls that succeeded.
const OK: &str = "ok";

/// What is measured when the metrics are read.
#[derive(Debug)]
pub(crate) struct Now<'a> {
    /// The calls that are in flight.
    pub(crate) in_flight: usize,
    /// The calls that wait in a queue.
    pub(crate) waiting: usize,
    /// What could not be read.
    pub(crate) config_errors: &'a BTreeMap<Config, String>,
    pub(crate) statistics: Statistics,
}

/// The metrics of a service.
#[derive(Debug)]
pub(crate) struct Metrics {
    registry: Registry,
    requests: Family<RequestLabels, Histogram, fn() -> Histogram>,
    calls: Family<CallLabels, Counter>,
    durations: Family<OperationLabels, Histogram, fn() -> Histogram>,
    in_flight: Gauge,
    waiting: Gauge,
    config_errors: Family<ConfigLabels, Gauge>,
    retries: Counter,
    pauses: Counter,
    instances: Counter,
    pool_instances: Gauge,
    pool_idle: Gauge,
    memory: Gauge,
}

impl Metrics {
    pub(crate) fn new() -> Self {
        let histogram: fn() -> Histogram = || Histogram::new(BUCKETS);
        let mut registry = Registry::default();
        Self {
            requests: with_unit(
                &mut registry,
                "http_server_request_duration",
                "Duration of HTTP requests, to the end of the response",
                Unit::Seconds,
                Family::new_with_constructor(histogram),
            ),
            calls: metric(
                &mut registry,
                "stytch_calls",
                "Calls to Stytch, with the code of the failure or ok",
            ),
            durations: with_unit(
                &mut registry,
                "stytch_call_duration",
                "Duration of calls to Stytch, including retries",
                Unit::Seconds,
                Family::new_with_constructor(histogram),
            ),
            in_flight: metric(
                &mut registry,
                "stytch_calls_in_flight",
                "Calls to Stytch that are in flight",
            ),
            waiting: metric(
                &mut registry,
                "stytch_calls_waiting",
                "Calls that wait in the queue of their credential or of the service",
            ),
            config_errors: metric(
                &mut registry,
                "stytch_config_errors",
                "Credentials that cannot be used, and files that could not be read again",
            ),
            retries: metric(
                &mut registry,
                "stytch_retries",
                "Attempts of calls after their first",
            ),
            pauses: metric(
                &mut registry,
                "stytch_rate_limit_pauses",
                "Responses of Stytch (429) that paused all calls with their credential",
            ),
            instances: metric(
                &mut registry,
                "stytch_component_instances",
                "Instances of the component that were created",
            ),
            pool_instances: metric(
                &mut registry,
                "stytch_pool_instances",
                "Instances of the component that exist",
            ),
            pool_idle: with_unit(
                &mut registry,
                "stytch_pool_idle_memory",
                "Resident memory that is kept for further instances",
                Unit::Bytes,
                Gauge::default(),
            ),
            memory: with_unit(
                &mut registry,
                "process_resident_memory",
                "Resident memory",
                Unit::Bytes,
                Gauge::default(),
            ),
            registry,
        }
    }

    pub(crate) fn request(
        &self,
        method: &'static str,
        route: &str,
        status: StatusCode,
        duration: Duration,
    ) {
        let labels = RequestLabels {
            http_request_method: method,
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

    /// The metrics in the `OpenMetrics` text format.
    pub(crate) fn encode(&self, now: &Now<'_>) -> Result<String, fmt::Error> {
        set(&self.in_flight, now.in_flight);
        set(&self.waiting, now.waiting);
        for config in Config::NAMES {
            let errors = now.config_errors.keys();
            let count = errors.filter(|error| error.name() == config).count();
            let gauge = self.config_errors.get_or_create(&ConfigLabels { config });
            set(&gauge, count);
        }
        let Statistics {
            retries,
            pauses,
            instances,
            pool,
            ..
        } = now.statistics;
        for (counter, value) in [
            (&self.retries, retries),
            (&self.pauses, pauses),
            (&self.instances, instances),
        ] {
            counter.inner().store(value, Ordering::Relaxed);
        }
        if let Some(pool) = pool {
            set(&self.pool_instances, pool.instances);
            set(&self.pool_idle, pool.idle_bytes);
        }
        if let Some(bytes) = resident_memory() {
            self.memory.set(bytes);
        }
        let mut text = String::new();
        encode(&mut text, &self.registry)?;
        Ok(text)
    }
}

/// Registers a metric.
fn metric<M: Metric + Clone + Default>(registry: &mut Registry, name: &str, help: &str) -> M {
    let metric = M::default();
    registry.register(name, help, metric.clone());
    metric
}

/// Registers a metric that has a unit.
fn with_unit<M: Metric + Clone>(
    registry: &mut Registry,
    name: &str,
    help: &str,
    unit: Unit,
    metric: M,
) -> M {
    registry.register_with_unit(name, help, unit, metric.clone());
    metric
}

fn set(gauge: &Gauge, value: impl TryInto<i64>) {
    gauge.set(value.try_into().unwrap_or(i64::MAX));
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
    use stytch_host::PoolUse;

    #[test]
    fn calls_are_counted_by_operation_credential_and_code() {
        let metrics = Metrics::new();
        let duration = Duration::from_millis(3);
        metrics.call(Operation::Check, "acme", None, duration);
        metrics.call(Operation::Check, "acme", None, duration);
        metrics.call(Operation::RetrieveUser, "acme", Some("not_found"), duration);
        metrics.request("GET", "/v1/credentials", StatusCode::OK, duration);
        let mut statistics = Statistics::default();
        (statistics.retries, statistics.pauses) = (5, 1);
        statistics.pool = Some(PoolUse::default());
        let now = Now {
            in_flight: 3,
            waiting: 2,
            config_errors: &BTreeMap::from([(Config::Tokens, String::new())]),
            statistics,
        };
        let text = metrics.encode(&now).unwrap();
        for line in [
            r#"stytch_calls_total{operation="check",credential="acme",code="ok"} 2"#,
            r#"stytch_calls_total{operation="retrieve-user",credential="acme",code="not_found"} 1"#,
            r#"stytch_call_duration_seconds_bucket{le="0.005",operation="check"} 2"#,
            r#"http_request_method="GET",http_route="/v1/credentials",http_response_status_code="200""#,
            "stytch_calls_in_flight 3",
            "stytch_calls_waiting 2",
            r#"stytch_config_errors{config="tokens"} 1"#,
            r#"stytch_config_errors{config="credential"} 0"#,
            "stytch_retries_total 5",
            "stytch_rate_limit_pauses_total 1",
            "stytch_pool_instances 0",
            "stytch_pool_idle_memory_bytes 0",
            "process_resident_memory_bytes ",
        ] {
            assert!(text.contains(line), "{line} is missing in {text}");
        }
    }
}
