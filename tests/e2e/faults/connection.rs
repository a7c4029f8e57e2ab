//! Faults while a connection is established.

use super::*;
use crate::tls::server_config;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

/// Checks both operations against a base URL, with these settings.
async fn both(
    name: &str,
    base_url: &str,
    expected: &str,
    settings: impl Fn(PluginBuilder) -> PluginBuilder,
) {
    let tasks = Handle::current().metrics().num_alive_tasks();
    for operation in Operation::BOTH {
        let plugin = plugin(&settings);
        let start = Instant::now();
        let outcome = operation.outcome(&plugin, base_url).await;
        assert_eq!(outcome, expected, "{name}");
        assert!(start.elapsed() < SOON, "{name}: {:?}", start.elapsed());
    }
    let ended = settles(|| Handle::current().metrics().num_alive_tasks() <= tasks).await;
    assert!(ended, "{name}: a task went on");
}

#[tokio::test]
async fn connection_failures() {
    // Bind a free port, and close it again.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    for (name, base_url, expected) in [
        ("refused", format!("http://127.0.0.1:{port}"), "Connect"),
        (
            "refused with TLS",
            format!("https://127.0.0.1:{port}"),
            "Connect",
        ),
        // RFC 2606: .invalid never resolves.
        ("unresolvable", "https://stytch.invalid".to_owned(), "Dns"),
    ] {
        both(name, &base_url, expected, |builder| builder).await;
    }
}

#[tokio::test]
async fn handshake_failures() {
    let alert = [21, 3, 3, 0, 2, 2, 40].to_vec();
    // The first four bytes of a record that never arrives completely.
    let beginning = [22, 3, 3, 64].to_vec();
    let rows = [
        ("reset on accept", vec![Step::Reset], "Reset"),
        ("closed on accept", vec![], "Reset"),
        (
            "plain HTTP",
            vec![
                Step::Send(b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec()),
                Step::Finish,
            ],
            "TlsProtocol",
        ),
        (
            "an alert",
            vec![Step::Send(alert), Step::Finish],
            "TlsProtocol",
        ),
        (
            "a record cut short",
            vec![Step::Send(beginning.clone()), Step::Finish],
            "Reset",
        ),
        (
            "a record that is too long",
            vec![Step::Send([22, 3, 3, 255, 255].to_vec()), Step::Finish],
            "TlsProtocol",
        ),
        (
            "random bytes for ever",
            vec![Step::Repeat(
                b"\x16\x03\x03\x00\x04\xff\xff\xff\xff".to_vec(),
                1 << 40,
            )],
            "TlsProtocol",
        ),
    ];
    for (name, steps, expected) in rows {
        let server = ScriptedServer::start(Answer::Steps(steps));
        let base_url = server.base_url().replace("http:", "https:");
        both(name, &base_url, expected, |builder| builder).await;
        assert!(settles(|| server.open_connections() == 0).await, "{name}");
    }
    for (name, steps) in [
        ("silence", vec![Step::Stall]),
        (
            "silence within a record",
            vec![Step::Send(beginning), Step::Stall],
        ),
        (
            "a drip of a record",
            vec![Step::Drip(
                [22, 3, 3, 64].repeat(1000),
                Duration::from_millis(20),
            )],
        ),
    ] {
        let server = ScriptedServer::start(Answer::Steps(steps));
        let base_url = server.base_url().replace("http:", "https:");
        both(name, &base_url, "deadline", |builder| {
            builder.deadline(DEADLINE)
        })
        .await;
        assert!(settles(|| server.open_connections() == 0).await, "{name}");
    }
}

#[tokio::test]
async fn rejected_certificates() {
    let folder = tempfile::tempdir().unwrap();
    let ca_file = folder.path().join("ca.pem");
    let stranger = folder.path().join("stranger.pem");
    let good = server_config(&["127.0.0.1"], &ca_file);
    let unknown = server_config(&["127.0.0.1"], &stranger);
    let other_name = server_config(&["stytch.example"], &stranger);
    std::fs::remove_file(&stranger).unwrap();
    let expired = expired(&folder.path().join("expired.pem"));
    for (name, config, ca, expected) in [
        (
            "of an authority that is not trusted",
            unknown,
            "ca.pem",
            "TlsCertificate",
        ),
        ("for another name", other_name, "ca.pem", "TlsCertificate"),
        ("expired", expired, "expired.pem", "TlsCertificate"),
        // The control: the others must fail for the stated reason.
        (
            "good, of a server that then leaves",
            good,
            "ca.pem",
            "Reset",
        ),
    ] {
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base_url = format!("https://{}", listener.local_addr().unwrap());
        let server = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                drop(acceptor.accept(stream).await);
            }
        });
        let ca = folder.path().join(ca);
        both(name, &base_url, expected, |builder| builder.ca_file(&ca)).await;
        server.abort();
    }
}

/// A certificate that expired in 2020.
fn expired(ca_file: &std::path::Path) -> rustls::ServerConfig {
    let key = rcgen::KeyPair::generate().unwrap();
    let mut params = rcgen::CertificateParams::new(["127.0.0.1".to_owned()]).unwrap();
    params.not_before = rcgen::date_time_ymd(2019, 1, 1);
    params.not_after = rcgen::date_time_ymd(2020, 1, 1);
    let certificate = params.self_signed(&key).unwrap();
    std::fs::write(ca_file, certificate.pem()).unwrap();
    let key = rustls::pki_types::PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    rustls::ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)
        .unwrap()
}
