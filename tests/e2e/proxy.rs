//! Proxies: tunnels, hosts that bypass them, and the errors for unusable ones.

use crate::tls::{TlsServer, server_config};
use crate::{builder, cause};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use hyper::Version;
use std::path::Path;
use std::sync::{Arc, Mutex};
use stytch_host::types::TransportCause;
use stytch_host::{Error, Plugin, Proxy};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

/// A proxy that records everything that its clients send.
struct Connect {
    port: u16,
    seen: Arc<Mutex<Vec<u8>>>,
}

impl Connect {
    /// Responds to every request with `status`, and tunnels after a 200.
    async fn start(status: &'static str) -> Self {
        Self::accept(None, status).await
    }

    /// The same behind TLS.
    async fn start_with_tls(ca_file: &Path) -> Self {
        let config = server_config(&["127.0.0.1"], ca_file);
        Self::accept(Some(TlsAcceptor::from(Arc::new(config))), "200 OK").await
    }

    async fn accept(tls: Option<TlsAcceptor>, status: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let record = seen.clone();
        // Stops with the runtime of the test.
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let (tls, seen) = (tls.clone(), record.clone());
                tokio::spawn(async move {
                    match tls {
                        None => serve(client, status, seen).await,
                        Some(tls) => {
                            // Fails if the client does not trust the certificate.
                            if let Ok(client) = tls.accept(client).await {
                                serve(client, status, seen).await;
                            }
                        }
                    }
                });
            }
        });
        Self { port, seen }
    }

    fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    fn seen(&self) -> String {
        String::from_utf8_lossy(&self.seen.lock().unwrap()).into_owned()
    }
}

async fn serve(
    mut client: impl AsyncRead + AsyncWrite + Unpin,
    status: &str,
    seen: Arc<Mutex<Vec<u8>>>,
) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(client.read_u8().await.unwrap());
    }
    seen.lock().unwrap().extend(&head);
    let target = String::from_utf8(head).unwrap();
    let target = target.split(' ').nth(1).unwrap();
    let answer = format!("HTTP/1.1 {status}\r\n\r\n");
    client.write_all(answer.as_bytes()).await.unwrap();
    if !status.contains("200") {
        return;
    }
    let server = TcpStream::connect(target).await.unwrap();
    let (mut from_client, mut to_client) = tokio::io::split(client);
    let (mut from_server, mut to_server) = server.into_split();
    let upstream = async {
        let mut piece = [0; 4096];
        while let Ok(count @ 1..) = from_client.read(&mut piece).await {
            seen.lock().unwrap().extend(&piece[..count]);
            to_server.write_all(&piece[..count]).await.unwrap();
        }
    };
    let downstream = tokio::io::copy(&mut from_server, &mut to_client);
    let _ = tokio::join!(upstream, downstream);
}

fn plugin(server: &TlsServer, proxy: Proxy) -> Plugin {
    builder()
        .ca_file(server.ca_file())
        .proxy(proxy)
        .build()
        .unwrap()
}

/// The error of a call through the proxy at `url`.
async fn error_through(url: &str) -> Error {
    let server = TlsServer::start(&["127.0.0.1"], &[]).await;
    plugin(&server, Proxy::new(url).unwrap())
        .check(&server.credential())
        .await
        .unwrap_err()
}

#[tokio::test]
async fn a_tunnel_carries_both_http_versions_and_hides_the_secret_from_the_proxy() {
    for (protocols, version) in [
        (&["h2", "http/1.1"][..], Version::HTTP_2),
        (&["http/1.1"], Version::HTTP_11),
    ] {
        let mut server = TlsServer::start(&["127.0.0.1"], protocols).await;
        let proxy = Connect::start("200 Connection established").await;
        let plugin = plugin(&server, Proxy::new(&proxy.url()).unwrap());
        plugin.check(&server.credential()).await.unwrap();
        assert_eq!(server.versions.recv().await.unwrap().0, version);

        let seen = proxy.seen();
        let head = format!(
            "CONNECT 127.0.0.1:{0} HTTP/1.1\r\nHost: 127.0.0.1:{0}\r\n\r\n",
            server.port
        );
        assert!(seen.starts_with(&head), "{seen}");
        let pair = BASE64_STANDARD.encode("project-test-1:secret-test-1");
        for secret in ["secret-test-1", &pair, "/v1/users", "Basic"] {
            assert!(!seen.contains(secret), "{secret}");
        }
    }
}

#[tokio::test]
async fn a_proxy_can_use_tls() {
    let mut server = TlsServer::start(&["127.0.0.1"], &["h2"]).await;
    let folder = tempfile::tempdir().unwrap();
    let ca_file = folder.path().join("proxy.pem");
    let proxy = Connect::start_with_tls(&ca_file).await;
    let url = format!("https://127.0.0.1:{}", proxy.port);
    let plugin = builder()
        .ca_file(server.ca_file())
        .ca_file(ca_file)
        .proxy(Proxy::new(&url).unwrap())
        .build()
        .unwrap();
    plugin.check(&server.credential()).await.unwrap();
    assert_eq!(server.versions.recv().await.unwrap().0, Version::HTTP_2);
    assert!(proxy.seen().starts_with("CONNECT "));
    // Without its authority it is not trusted, and the error names it.
    let error = error_through(&url).await;
    assert_eq!(cause(&error), TransportCause::TlsCertificate);
    assert!(error.to_string().contains(&url), "{error}");
}

#[tokio::test]
async fn proxy_credentials_are_sent_only_to_the_proxy() {
    let server = TlsServer::start(&["127.0.0.1"], &["http/1.1"]).await;
    let proxy = Connect::start("200 OK").await;
    let url = format!("http://jane:p%40ss@127.0.0.1:{}", proxy.port);
    let plugin = plugin(&server, Proxy::new(&url).unwrap());
    plugin.check(&server.credential()).await.unwrap();
    let expected = format!(
        "Proxy-Authorization: Basic {}\r\n",
        BASE64_STANDARD.encode("jane:p@ss")
    );
    assert!(proxy.seen().contains(&expected), "{}", proxy.seen());
}

#[tokio::test]
async fn hosts_in_no_proxy_are_reached_directly() {
    let server = TlsServer::start(&["127.0.0.1"], &[]).await;
    let proxy = Connect::start("200 OK").await;
    for bypass in ["*", "127.0.0.0/8", &format!("127.0.0.1:{}", server.port)] {
        let through = Proxy::new(&proxy.url()).unwrap().bypass(bypass);
        plugin(&server, through)
            .check(&server.credential())
            .await
            .unwrap();
        assert_eq!(proxy.seen(), "", "{bypass}");
    }
}

#[tokio::test]
async fn the_name_is_resolved_by_the_proxy() {
    let mut server = TlsServer::start(&["localhost"], &[]).await;
    let proxy = Connect::start("200 OK").await;
    let plugin = plugin(&server, Proxy::new(&proxy.url()).unwrap());
    let credential = crate::credential(&format!("https://localhost:{}", server.port));
    plugin.check(&credential).await.unwrap();
    assert!(server.versions.try_recv().is_ok());
    assert!(proxy.seen().starts_with("CONNECT localhost:"));
}

#[tokio::test]
async fn a_proxy_that_rejects_its_credentials_is_reported() {
    let proxy = Connect::start("407 Proxy Authentication Required").await;
    let url = format!("http://jane:hunter2@127.0.0.1:{}", proxy.port);
    let error = error_through(&url).await;
    let message = error.to_string();
    assert!(
        message.contains(&proxy.url()) && message.contains("407"),
        "{message}"
    );
    assert!(
        !message.contains("hunter2") && !error.is_retryable(),
        "{message}"
    );
}

#[tokio::test]
async fn a_failed_tunnel_reports_the_reason_and_is_retried_if_transient() {
    let server = TlsServer::start(&["127.0.0.1"], &[]).await;
    for (status, advice, passes) in [
        ("302 Found", "sign in with a browser", false),
        ("400 Bad Request", "is this the URL of a proxy?", false),
        (
            "403 Forbidden",
            "ask whoever runs the proxy to allow it",
            false,
        ),
        (
            "405 Method Not Allowed",
            "is this the URL of a proxy?",
            false,
        ),
        ("418 I'm a teapot", "ask whoever runs the proxy", false),
        ("502 Bad Gateway", "try again later", true),
        ("503 Service Unavailable", "try again later", true),
        ("504 Gateway Timeout", "try again later", true),
    ] {
        let proxy = Connect::start(status).await;
        let plugin = builder()
            .max_attempts(2)
            .ca_file(server.ca_file())
            .proxy(Proxy::new(&proxy.url()).unwrap())
            .build()
            .unwrap();
        let error = plugin.check(&server.credential()).await.unwrap_err();
        let message = error.to_string();
        let code = &status[..3];
        for part in [
            &proxy.url(),
            "did not connect",
            &format!("status {code}"),
            advice,
        ] {
            assert!(message.contains(part), "{part}: {message}");
        }
        assert_eq!(error.is_retryable(), passes, "{message}");
        let asked = proxy.seen().matches("CONNECT ").count();
        assert_eq!(asked, if passes { 2 } else { 1 }, "{message}");
    }
}

#[tokio::test]
async fn interim_responses_of_a_proxy_are_skipped() {
    let server = TlsServer::start(&["127.0.0.1"], &[]).await;
    for status in [
        "100 Continue\r\n\r\nHTTP/1.1 200 OK",
        "103 Early Hints\r\nlink: x\r\n\r\nHTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 200 OK",
    ] {
        let proxy = Connect::start(status).await;
        let plugin = plugin(&server, Proxy::new(&proxy.url()).unwrap());
        plugin.check(&server.credential()).await.unwrap();
    }
}

#[tokio::test]
async fn a_server_that_is_not_a_proxy_is_reported() {
    let server = stytch_testkit::ScriptedServer::start(stytch_testkit::Answer::Greeting(
        b"SSH-2.0-OpenSSH_9.2\r\n".to_vec(),
    ));
    let error = error_through(&server.base_url()).await;
    let message = error.to_string();
    assert!(
        message.contains("does not respond like a proxy"),
        "{message}"
    );
    assert!(!error.is_retryable());
}

#[tokio::test]
async fn an_unreachable_proxy_is_named() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let refused = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    for (url, expected) in [
        (refused.as_str(), TransportCause::Connect),
        ("http://proxy.invalid:3128", TransportCause::Dns),
    ] {
        let error = error_through(url).await;
        let message = error.to_string();
        assert_eq!(cause(&error), expected, "{message}");
        assert!(
            message.contains(&format!("the proxy {url} was not reached")),
            "{message}"
        );
    }
}

#[tokio::test]
async fn plain_http_to_this_machine_bypasses_the_proxy() {
    let proxy = Connect::start("200 OK").await;
    let server = stytch_testkit::ScriptedServer::start(stytch_testkit::Answer::http(
        "200 OK",
        &[],
        r#"{"results":[]}"#,
    ));
    let plugin = builder()
        .proxy(Proxy::new(&proxy.url()).unwrap())
        .build()
        .unwrap();
    plugin
        .check(&crate::credential(&server.base_url()))
        .await
        .unwrap();
    assert_eq!(
        (server.pending_requests(), proxy.seen()),
        (1, String::new())
    );
}
