//! Traces for OpenTelemetry collectors, over OTLP.
//!
//! There is a span for each HTTP request, for each call that it makes, and for each attempt
//! of a call. A caller's `traceparent` header makes the first one a part of the caller's
//! trace; nothing of it is sent on to Stytch.

use crate::observation::OTHER_METHOD;
use async_trait::async_trait;
use http::{HeaderMap, StatusCode};
use hyper_rustls::HttpsConnectorBuilder;
use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::{TraceContextExt, TracerProvider};
use opentelemetry::{Key, KeyValue, Value};
use opentelemetry_http::hyper::HyperClient;
use opentelemetry_http::{Bytes, HeaderExtractor, HttpClient, HttpError, Request, Response};
use opentelemetry_otlp::{ExporterBuildError, SpanExporter, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::SdkTracerProvider;
use std::io;
use std::time::Duration;
use tokio::runtime::Handle;
use tracing::Span;
use tracing::field::Empty;
use tracing_opentelemetry::OpenTelemetrySpanExt;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::registry::LookupSpan;

/// Variables that turn traces on by naming the collector.
const ENDPOINTS: [&str; 2] = [
    "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
    "OTEL_EXPORTER_OTLP_ENDPOINT",
];

/// Variables that name the protocol; the first one takes precedence.
const PROTOCOLS: [&str; 2] = [
    "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL",
    "OTEL_EXPORTER_OTLP_PROTOCOL",
];
const PROTOCOL: &str = "http/protobuf";

/// The longest that a request to the collector may take. The exporter's own timeout
/// (`OTEL_EXPORTER_OTLP_TIMEOUT`, 10 seconds by default) is usually shorter.
const TIMEOUT: Duration = Duration::from_mins(1);

/// How long the last spans may take at the end.
const FLUSH: Duration = Duration::from_secs(5);

/// Why traces cannot be exported.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TracesError {
    /// The protocol is not supported.
    #[error("{variable} is {value}, but traces are exported with {PROTOCOL} only")]
    Protocol {
        /// The variable that names it.
        variable: &'static str,
        /// The protocol.
        value: String,
    },
    /// An exporter that is not OTLP.
    #[error("OTEL_TRACES_EXPORTER is {0}, but traces are exported with otlp only")]
    Exporter(String),
    /// A variable has a value that the exporter does not understand.
    #[error("traces cannot be exported: {0}")]
    Build(ExporterBuildError),
    /// The certificate authorities cannot be read.
    #[error("traces cannot be exported: there are no certificate authorities: {0}")]
    Roots(#[from] io::Error),
}

/// Exports spans to a collector.
#[derive(Debug)]
pub struct Traces(SdkTracerProvider);

impl Traces {
    /// Exports to the collector that the environment names, with the `OTEL_*` variables of
    /// the OpenTelemetry specification. Returns `None` if it names none or disables
    /// traces. `variable` returns a variable that is set and not empty; the exporter reads
    /// the others itself. It needs a Tokio runtime.
    ///
    /// Source: <https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/>
    ///
    /// # Errors
    ///
    /// A variable asks for something that is not supported, or has an invalid value.
    pub fn of_environment(
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<Option<Self>, TracesError> {
        if !is_enabled(&variable)? {
            return Ok(None);
        }
        let connector = HttpsConnectorBuilder::new()
            .with_native_roots()?
            .https_or_http()
            .enable_http1()
            .build();
        let client = OnRuntime {
            client: HyperClient::new(connector, TIMEOUT, None),
            runtime: Handle::current(),
        };
        let exporter = SpanExporter::builder()
            .with_http()
            .with_http_client(client)
            .build()
            .map_err(TracesError::Build)?;
        let provider = SdkTracerProvider::builder()
            .with_resource(resource())
            .with_batch_exporter(exporter)
            .build();
        Ok(Some(Self(provider)))
    }

    /// Returns the layer that records spans.
    pub fn layer<S>(&self) -> impl Layer<S> + use<S>
    where
        S: tracing::Subscriber + for<'a> LookupSpan<'a>,
    {
        tracing_opentelemetry::layer()
            .with_tracer(self.0.tracer("stytch-host"))
            .with_context_activation(false)
            .with_location(false)
            .with_target(false)
            .with_threads(false)
            .with_tracked_inactivity(false)
            .with_filter(filter_fn(|metadata| {
                metadata.is_span() && metadata.target().starts_with("stytch_")
            }))
    }

    /// Exports the spans so far, but not for long. It blocks.
    pub fn shutdown(self) {
        // A collector that is gone must not delay the end.
        let _ = self.0.shutdown_with_timeout(FLUSH);
    }
}

/// Returns whether traces are turned on, and can be exported as the variables ask.
fn is_enabled(variable: impl Fn(&str) -> Option<String>) -> Result<bool, TracesError> {
    let is_disabled =
        variable("OTEL_SDK_DISABLED").is_some_and(|value| value.eq_ignore_ascii_case("true"));
    let has_endpoint = ENDPOINTS.into_iter().any(|name| variable(name).is_some());
    let is_enabled = match variable("OTEL_TRACES_EXPORTER").as_deref() {
        None => has_endpoint,
        Some("otlp") => true,
        Some("none") => false,
        Some(other) => return Err(TracesError::Exporter(other.to_owned())),
    };
    if is_disabled || !is_enabled {
        return Ok(false);
    }
    let protocol = PROTOCOLS
        .into_iter()
        .find_map(|name| Some((name, variable(name)?)));
    match protocol {
        Some((variable, value)) if value != PROTOCOL => {
            Err(TracesError::Protocol { variable, value })
        }
        _ => Ok(true),
    }
}

/// Describes this process, with the attributes of `OTEL_RESOURCE_ATTRIBUTES` and the name
/// of `OTEL_SERVICE_NAME`.
fn resource() -> Resource {
    const NAME: Key = Key::from_static_str("service.name");
    let version = KeyValue::new("service.version", env!("CARGO_PKG_VERSION"));
    let of_environment = Resource::builder().build();
    let builder = Resource::builder().with_attribute(version);
    match of_environment.get(&NAME) {
        Some(Value::String(name)) if !name.as_str().starts_with("unknown_service") => builder,
        _ => builder.with_service_name("stytch-host"),
    }
    .build()
}

/// Sends requests from any thread: the exporter has one without a runtime.
#[derive(Debug)]
struct OnRuntime<C> {
    client: C,
    runtime: Handle,
}

#[async_trait]
impl<C: HttpClient + Clone + 'static> HttpClient for OnRuntime<C> {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let client = self.client.clone();
        let response = self
            .runtime
            .spawn(async move { client.send_bytes(request).await });
        response.await?
    }
}

/// Creates the span of a request, within the trace of its caller.
pub(crate) fn span(method: &'static str, route: &str, headers: &HeaderMap) -> Span {
    let name = match method {
        OTHER_METHOD => "HTTP",
        method => method,
    };
    let span = tracing::debug_span!(
        target: "stytch_service::request",
        "request",
        otel.name = format_args!("{name} {route}"),
        otel.kind = "server",
        otel.status_code = Empty,
        http.request.method = method,
        http.route = route,
        http.response.status_code = Empty,
        stytch.credential = Empty,
        stytch.operation = Empty,
        error.type = Empty,
    );
    if !span.is_disabled() {
        let parent = TraceContextPropagator::new().extract(&HeaderExtractor(headers));
        // It only fails for a span that has begun.
        let _ = span.set_parent(parent);
    }
    span
}

/// Returns the ID of the trace of a span; `None` if traces are off.
pub(crate) fn trace_id(span: &Span) -> Option<String> {
    let context = (!span.is_disabled()).then(|| span.context())?;
    Some(context.span().span_context().trace_id().to_string())
}

/// Records how a request ended.
pub(crate) fn end(
    span: &Span,
    status: StatusCode,
    credential: Option<&str>,
    operation: Option<&str>,
    code: Option<&str>,
) {
    // Integers are signed in OpenTelemetry.
    span.record("http.response.status_code", i64::from(status.as_u16()));
    span.record("stytch.credential", credential);
    span.record("stytch.operation", operation);
    span.record("error.type", code);
    // Other statuses are the caller's errors, which a server's span does not count as one.
    // Source: https://opentelemetry.io/docs/specs/semconv/http/http-spans/
    if status.is_server_error() {
        span.record("otel.status_code", "ERROR");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn enabled(variables: &[(&str, &str)]) -> Result<bool, String> {
        let variable = |name: &str| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        is_enabled(variable).map_err(|error| error.to_string())
    }

    #[test]
    fn traces_are_off_unless_the_environment_names_a_collector() {
        const ENDPOINT: (&str, &str) = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4318");
        const TRACES: (&str, &str) = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://a/v1/traces");
        let cases: &[(&[(&str, &str)], bool)] = &[
            (&[], false),
            (&[ENDPOINT], true),
            (&[TRACES], true),
            (&[("OTEL_TRACES_EXPORTER", "otlp")], true),
            (&[("OTEL_TRACES_EXPORTER", "none"), ENDPOINT], false),
            (&[("OTEL_SDK_DISABLED", "TRUE"), ENDPOINT], false),
            (&[("OTEL_SDK_DISABLED", "false"), ENDPOINT], true),
            (&[("OTEL_EXPORTER_OTLP_PROTOCOL", PROTOCOL), ENDPOINT], true),
            (&[("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")], false),
            (
                &[
                    ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
                    ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", PROTOCOL),
                    ENDPOINT,
                ],
                true,
            ),
        ];
        for (variables, expected) in cases {
            assert_eq!(enabled(variables), Ok(*expected), "{variables:?}");
        }
        for variable in PROTOCOLS {
            assert_eq!(
                enabled(&[(variable, "grpc"), ENDPOINT]),
                Err(format!(
                    "{variable} is grpc, but traces are exported with http/protobuf only"
                ))
            );
        }
        assert!(enabled(&[("OTEL_TRACES_EXPORTER", "zipkin")]).is_err());
    }
}
