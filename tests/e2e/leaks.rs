//! No form of a secret appears in traces, at the finest level and including those of
//! dependencies.

use crate::everyone;
use crate::sealed::{self, knows_the_secret};
use crate::tls::TlsServer;
use std::fmt::{Debug, Write};
use std::sync::{Arc, Mutex};
use stytch_host::{Error, Plugin, PluginBuilder};
use stytch_testkit::{Answer, ScriptedServer, guest};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Dispatch, Event, Metadata, Subscriber};

/// Records all events and spans, including fields that are recorded later.
#[derive(Clone, Default)]
struct Recorder(Arc<Mutex<String>>);

impl Recorder {
    fn recorded_text(&self) -> String {
        self.0.lock().unwrap().clone()
    }
}

impl Visit for &Recorder {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        writeln!(self.0.lock().unwrap(), "{field}={value:?}").unwrap();
    }
}

impl Subscriber for Recorder {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        writeln!(self.0.lock().unwrap(), "{}", span.metadata().target()).unwrap();
        span.record(&mut &*self);
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, values: &Record<'_>) {
        values.record(&mut &*self);
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        writeln!(self.0.lock().unwrap(), "{}", event.metadata().target()).unwrap();
        event.record(&mut &*self);
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

/// Everything that is recorded during one call, with its error.
async fn recorded(settings: PluginBuilder, base_url: &str, user_id: &str) -> String {
    let recorder = Recorder::default();
    let guard = tracing::subscriber::set_default(recorder.clone());
    let plugin: Plugin = settings.build().unwrap();
    let credential = sealed::credential(base_url);
    let shown = |error: &Error| format!("{error} {error:?} {error:#?}");
    let retrieved = plugin.retrieve_user(&credential, user_id).await;
    let found = plugin.search_users(&credential, &everyone()).await;
    let message = [retrieved.as_ref().err(), found.as_ref().err()].map(|error| error.map(shown));
    let debugged = format!("{plugin:?} {credential:?}");
    drop(plugin);
    drop(guard);
    format!("{} {message:?} {debugged}", recorder.recorded_text())
}

#[tokio::test]
async fn no_form_of_a_secret_is_traced() {
    // With only one subscriber, the first thread to reach a callsite determines whether
    // it is enabled, and the thread of another test would disable it.
    let _others = [0, 1].map(|_| Dispatch::new(Recorder::default()));
    let tls = TlsServer::start(&["127.0.0.1"], &["h2"]).await;
    let https = format!("https://127.0.0.1:{}", tls.port);
    let echo = format!("{{\"echo\":\"{}\"}}", sealed::SECRET);
    for (name, answer) in [
        (
            "fine",
            Answer::http("200 OK", &[], r#"{"user_id":"u","results":[]}"#),
        ),
        ("an echo", Answer::http("401 Unauthorized", &[], &echo)),
        ("nonsense", Answer::http("200 OK", &[], "nonsense")),
        ("a reset", Answer::Close),
    ] {
        for is_sealed in [false, true] {
            let settings = || {
                let settings = crate::builder();
                if is_sealed {
                    settings.sealed()
                } else {
                    settings
                }
            };
            let server = ScriptedServer::start(answer.clone());
            let http = server.base_url();
            let mut all = recorded(settings(), &http, "user-test-jane").await;
            assert!(all.contains("stytch_host::request"), "{name}: {all}");
            assert!(all.contains("hyper"), "{name}: {all}");
            all += &recorded(settings().ca_file(tls.ca_file()), &https, "user-test-jane").await;
            assert!(all.contains("h2::"), "{name}: {all}");
            let to = format!("127.0.0.1:{}", server.port());
            for component in ["spy", "trap", "loop", "nonsense"] {
                let limits = settings().max_cpu_time(std::time::Duration::from_millis(50));
                let hostile = limits.component_file(guest(component));
                all += &recorded(hostile, &http, &to).await;
            }
            assert!(
                !knows_the_secret(&all),
                "{name}, sealed: {is_sealed}: {all}"
            );
        }
    }
}
