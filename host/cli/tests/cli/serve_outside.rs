//! The service and what others made: an OpenTelemetry collector, the schemas of Kubernetes,
//! systemd. They need Python and its package registry, so they are ignored unless asked
//! for: `cargo test --workspace --test cli -- --ignored serve_outside`.

use crate::cli;
use crate::serve::Service;
use crate::served::Server;
use serde_json::Value;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use stytch_emulator::PROJECT_ID;
use stytch_testkit::{Answer, ScriptedServer, python, run};

fn installed_python() -> PathBuf {
    let environment = Path::new(env!("CARGO_TARGET_TMPDIR")).join("outside");
    let requirements =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cli/outside/requirements.txt");
    python(&environment, &requirements)
}

fn deploy() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../service/deploy")
}

#[test]
#[ignore = "needs python3 and its package registry"]
fn a_collector_gets_the_spans_of_a_request_in_its_callers_trace() {
    const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
    let port = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let mut collector = Command::new(installed_python());
    collector.args(["-u", "-m", "oteltap", "--port", &port.to_string()]);
    let (mut collector, first) = Server::start(&mut collector, 1);
    assert!(first[0].starts_with("Listening"), "{first:?}");
    // Fails once.
    let stytch = ScriptedServer::start_with(vec![
        Answer::http("503 Service Unavailable", &[], ""),
        Answer::http("200 OK", &[], r#"{"user_id":"u"}"#),
    ]);
    let endpoint = format!("http://127.0.0.1:{port}");
    let variables = [
        ("STYTCH_PROJECT_ID", PROJECT_ID),
        ("STYTCH_SECRET", crate::HUSH),
        ("STYTCH_BASE_URL", &*stytch.base_url()),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", &*endpoint),
    ];
    let served = Service::start(&cli(), &[], &variables, 2);
    let parent = format!("traceparent: 00-{TRACE}-00f067aa0ba902b7-01\r\n");
    let path = "/v1/credentials/env/users/ada.lovelace";
    let (status, body) = served.get_with(path, served.token(), &parent);
    assert_eq!(status, 200, "{body}");
    for _ in 0..2 {
        let request = stytch.request();
        assert!(
            !request.contains("traceparent") && !request.contains(TRACE),
            "{request}"
        );
    }
    let (status, log) = served.server.end_with("-TERM");
    assert_eq!(status.code(), Some(0), "{log}");
    assert!(log.contains(&format!(r#""trace_id":"{TRACE}""#)), "{log}");

    let mut spans: Vec<Value> = Vec::new();
    while spans.len() < 4 {
        let line = collector.line();
        assert!(
            !line.contains("ada.lovelace") && !line.contains(crate::HUSH),
            "{line}"
        );
        spans.push(serde_json::from_str(&line).unwrap());
    }
    let named =
        |name: &str| -> Vec<&Value> { spans.iter().filter(|span| span["name"] == name).collect() };
    let one = |name: &str| match named(name)[..] {
        [span] => span,
        _ => panic!("{name}: {spans:?}"),
    };
    let request = one("GET /v1/credentials/{name}/users/{user_id}");
    let call = one("retrieve-user");
    assert_eq!(call["parentSpanId"], request["spanId"]);
    let attempts = named("GET /v1/users/{user_id}");
    assert_eq!(attempts.len(), 2);
    for (attempt, status) in attempts.into_iter().zip(["503", "200"]) {
        assert_eq!(attempt["parentSpanId"], call["spanId"]);
        let mut attributes = attempt["attributes"].as_array().unwrap().iter();
        let found = attributes.find(|attribute| attribute["key"] == "http.response.status_code");
        assert_eq!(found.unwrap()["value"]["intValue"], status);
        // A span ends within its parent.
        let end = |span: &Value| span["endTimeUnixNano"].as_str().unwrap().to_owned();
        assert!(end(attempt) <= end(call) && end(call) <= end(request));
    }
    assert!(spans.iter().all(|span| span["traceId"] == TRACE));
}

#[test]
#[ignore = "needs python3 and its package registry"]
fn the_manifest_fits_the_schemas_of_kubernetes() {
    let mut validate = Command::new(installed_python());
    validate.args([
        "-m",
        "kubernetes_validate",
        "--strict",
        "--kubernetes-version",
        "1.32",
    ]);
    let printed = run(validate.arg(deploy().join("kubernetes.yaml")));
    println!("{printed}");
}

/// Where the program is installed is the administrator's choice, so a program that is
/// always there stands for it.
#[test]
#[ignore = "needs systemd"]
fn the_unit_is_one_of_systemd() {
    let unit = std::fs::read_to_string(deploy().join("stytch-host.service")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("stytch-host.service");
    std::fs::write(
        &file,
        unit.replace("/usr/local/bin/stytch-host", "/bin/true"),
    )
    .unwrap();
    run(Command::new("systemd-analyze")
        .args(["verify", "--man=no"])
        .arg(file));
}
