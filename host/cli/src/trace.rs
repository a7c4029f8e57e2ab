//! The output of `-v`: the library's trace events, as lines on standard error.

use crate::failure::Style;
use crate::render::escape;
use serde::Serialize;
use serde_json::{Map, Value};
use std::fmt;
use std::io::{self, Write};
use stytch_credentials::redact;
use stytch_service::Traces;
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::{Event, Level, Metadata, Subscriber};
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::registry::Registry;

/// Starts printing requests; `-vv` prints every event of the library. With `traces` spans
/// are exported, and failures to do so are printed.
pub(crate) fn start(verbose: u8, style: Style, traces: Option<&Traces>) {
    let level = match (verbose, traces) {
        (0, None) => return,
        (0, Some(_)) => LevelFilter::WARN,
        (1, _) => LevelFilter::DEBUG,
        _ => LevelFilter::TRACE,
    };
    let is_shown = move |metadata: &Metadata<'_>| {
        let is_shown = match metadata.target() {
            "stytch_host::request" | "stytch_host::response" => true,
            "stytch_host::connection" => level == LevelFilter::TRACE,
            target if target.starts_with("opentelemetry") => *metadata.level() <= Level::WARN,
            target => level == LevelFilter::TRACE && target.starts_with("stytch_host::plugin"),
        };
        is_shown && metadata.is_event() && *metadata.level() <= level
    };
    let printer = Printer(style).with_filter(filter_fn(is_shown).with_max_level_hint(level));
    let registry = Registry::default()
        .with(traces.map(Traces::layer))
        .with(printer);
    // It only fails if there already is a subscriber.
    let _ = tracing::subscriber::set_global_default(registry);
}

struct Printer(Style);

impl<S: Subscriber> Layer<S> for Printer {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut fields = Fields::default();
        event.record(&mut fields);
        let target = event.metadata().target();
        // There is nowhere to report that standard error is closed.
        let _ = print(self.0, target, fields);
    }
}

/// The fields of an event.
#[derive(Default)]
struct Fields(Map<String, Value>);

impl Visit for Fields {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.0.insert(field.name().to_owned(), value.into());
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.0.insert(field.name().to_owned(), value.into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.0.insert(field.name().to_owned(), value.into());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.0.insert(field.name().to_owned(), value.into());
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name().to_owned(), redact(value).into());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.record_str(field, &format!("{value:?}"));
    }
}

impl Fields {
    fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.as_str()
    }

    fn number(&self, name: &str) -> Option<u64> {
        self.0.get(name)?.as_u64()
    }

    fn milliseconds(&self, name: &str) -> Option<String> {
        let seconds = self.0.get(name)?.as_f64()?;
        Some(format!("{:.1} ms", seconds * 1000.0))
    }
}

fn print(style: Style, target: &str, fields: Fields) -> io::Result<()> {
    #[derive(Serialize)]
    struct Line {
        trace: Map<String, Value>,
    }
    let event = target.rsplit("::").next().unwrap_or_default();
    let mut stderr = io::stderr().lock();
    if style == Style::Json {
        let mut trace = fields.0;
        trace.insert("event".to_owned(), event.into());
        serde_json::to_writer(&mut stderr, &Line { trace })?;
        return writeln!(stderr);
    }
    writeln!(stderr, "{}", escape(&text(event, &fields)))
}

fn text(event: &str, fields: &Fields) -> String {
    let call = fields.number("stytch.call").unwrap_or_default();
    let server = || {
        let host = fields.text("server.address").unwrap_or_default();
        match fields.number("server.port") {
            None | Some(443) => host.to_owned(),
            Some(port) => format!("{host}:{port}"),
        }
    };
    match event {
        "request" => format!(
            "> {} {}://{}{} (call {call}, attempt {}{})",
            fields.text("http.request.method").unwrap_or_default(),
            fields.text("url.scheme").unwrap_or_default(),
            server(),
            fields.text("url.template").unwrap_or_default(),
            fields
                .number("http.request.resend_count")
                .unwrap_or_default()
                + 1,
            if fields.0.contains_key("stytch.sealed") {
                ", sealed"
            } else {
                ""
            },
        ),
        "response" => {
            let status = fields.number("http.response.status_code");
            let outcome = match (status, fields.text("error.type")) {
                (Some(status), None) => status.to_string(),
                (Some(status), Some(error)) => format!("{status} {error}"),
                (None, error) => error.unwrap_or_default().to_owned(),
            };
            let duration = match fields.milliseconds("http.client.request.duration") {
                Some(time) => format!("in {time}"),
                None => "and nothing was sent".to_owned(),
            };
            let version = fields.text("network.protocol.version");
            let size = fields.number("http.response.body.size");
            let parts = [
                Some(format!("< {outcome} {duration}")),
                size.map(|size| format!("{size} bytes")),
                version.map(|version| format!("HTTP/{version}")),
                fields.text("stytch.request_id").map(str::to_owned),
            ];
            let parts: Vec<_> = parts.into_iter().flatten().collect();
            format!("{} (call {call})", parts.join(", "))
        }
        "connection" => {
            let time = fields.milliseconds("http.client.connection.duration");
            let proxy = match fields.text("stytch.proxy") {
                None => String::new(),
                Some(proxy) => format!(" through {proxy}"),
            };
            let time = time.unwrap_or_default();
            format!("* connected to {}{proxy} in {time}", server())
        }
        exporter if exporter.starts_with("opentelemetry") => {
            let details = ["message", "error", "otlp_operation", "attempts"];
            let details: Vec<_> = details
                .into_iter()
                .filter_map(|name| fields.text(name))
                .collect();
            format!("warning: traces: {}", details.join(": "))
        }
        _ => format!("* {}", fields.text("message").unwrap_or_default()),
    }
}
