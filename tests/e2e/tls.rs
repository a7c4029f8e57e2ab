//! A TLS server for tests, and HTTP/2 over TLS.

use crate::{builder, cause, credential};
use bytes::Bytes;
use http_body_util::Full;
use hyper::service::service_fn;
use hyper::{Request, Response, Version};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::convert::Infallible;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use stytch_host::Credential;
use stytch_host::types::TransportCause;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

/// A self-signed certificate, which is also written to `ca_file`.
pub(crate) fn server_config(names: &[&str], ca_file: &Path) -> ServerConfig {
    let names: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
    let own = rcgen::generate_simple_self_signed(names).unwrap();
    std::fs::write(ca_file, own.cert.pem()).unwrap();
    let chain: Vec<CertificateDer<'static>> = vec![own.cert.der().clone()];
    let key = PrivateKeyDer::try_from(own.signing_key.serialize_der()).unwrap();
    ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .unwrap()
}

/// The user whose request the server never responds to.
const HANGS: &str = "hangs";

/// How many streams the server allows on a connection: what RFC 9113, section 6.5.2,
/// recommends at least.
const STREAMS: u32 = 100;

/// A server with its own certificate, which reports the protocols of its clients.
pub(crate) struct TlsServer {
    pub(crate) port: u16,
    folder: TempDir,
    pub(crate) versions: UnboundedReceiver<(Version, bool)>,
}

impl TlsServer {
    pub(crate) async fn start(names: &[&str], protocols: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut config = server_config(names, &folder.path().join("ca.pem"));
        config.alpn_protocols = protocols
            .iter()
            .map(|name| name.as_bytes().to_vec())
            .collect();

        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (sender, versions) = unbounded_channel();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        // Stops with the runtime of the test.
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let Ok(stream) = acceptor.accept(stream).await else {
                    continue;
                };
                let is_h2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
                let sender = sender.clone();
                let service = service_fn(move |request: Request<hyper::body::Incoming>| {
                    let has_host = request.headers().contains_key("host");
                    sender.send((request.version(), has_host)).unwrap();
                    let hangs = request.uri().path().ends_with(HANGS);
                    async move {
                        if hangs {
                            std::future::pending::<()>().await;
                        }
                        Ok::<_, Infallible>(Response::new(Full::new(Bytes::from(
                            r#"{"results":[]}"#,
                        ))))
                    }
                });
                let io = TokioIo::new(stream);
                tokio::spawn(async move {
                    if is_h2 {
                        let _ = hyper::server::conn::http2::Builder::new(TokioExecutor::new())
                            .max_concurrent_streams(STREAMS)
                            .serve_connection(io, service)
                            .await;
                    } else {
                        let server = hyper::server::conn::http1::Builder::new();
                        let _ = server.serve_connection(io, service).await;
                    }
                });
            }
        });
        Self {
            port,
            folder,
            versions,
        }
    }

    pub(crate) fn credential(&self) -> Credential {
        credential(&format!("https://127.0.0.1:{}", self.port))
    }

    pub(crate) fn ca_file(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }
}

#[tokio::test]
async fn http_2_is_spoken_where_the_server_offers_it() {
    let mut server = TlsServer::start(&["127.0.0.1"], &["h2", "http/1.1"]).await;
    let plugin = builder().ca_file(server.ca_file()).build().unwrap();
    for _ in 0..2 {
        plugin.check(&server.credential()).await.unwrap();
        // Strict servers reject a Host header in addition to HTTP/2's authority.
        assert_eq!(server.versions.recv().await, Some((Version::HTTP_2, false)));
    }
}

/// They take the streams of the connections that they are on.
#[tokio::test]
async fn requests_that_hang_do_not_keep_others_from_being_sent() {
    let mut server = TlsServer::start(&["127.0.0.1"], &["h2"]).await;
    let plugin = builder().ca_file(server.ca_file()).build().unwrap();
    let credential = server.credential();
    let calls = 2 * STREAMS;
    let mut hanging = JoinSet::new();
    for _ in 0..calls {
        let (plugin, credential) = (plugin.clone(), credential.clone());
        hanging.spawn(async move { plugin.retrieve_user(&credential, HANGS).await.is_ok() });
    }
    let all_are_sent = async {
        for _ in 0..calls {
            server.versions.recv().await.unwrap();
        }
    };
    let soon = Duration::from_secs(10);
    timeout(soon, all_are_sent).await.unwrap();
    timeout(soon, plugin.check(&credential))
        .await
        .unwrap()
        .unwrap();
    assert!(hanging.try_join_next().is_none());
}

/// HTTP/2 flow control does not limit them, and the client buffers them.
#[tokio::test]
async fn endless_interim_responses_are_aborted() {
    let folder = tempfile::tempdir().unwrap();
    let ca_file = folder.path().join("ca.pem");
    let mut config = server_config(&["127.0.0.1"], &ca_file);
    config.alpn_protocols = vec![b"h2".to_vec()];
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let mut stream = acceptor.accept(stream).await.unwrap();
        // Send an empty SETTINGS; read the client's preface, and its frames up to HEADERS.
        stream
            .write_all(&[0, 0, 0, 4, 0, 0, 0, 0, 0])
            .await
            .unwrap();
        stream.read_exact(&mut [0; 24]).await.unwrap();
        loop {
            let mut header = [0; 9];
            stream.read_exact(&mut header).await.unwrap();
            let length = usize::from(header[1]) << 8 | usize::from(header[2]);
            stream.read_exact(&mut vec![0; length]).await.unwrap();
            if header[3] == 1 {
                break;
            }
        }
        // `:status: 100`, its name from the static table, on stream 1.
        let interim = [0, 0, 5, 1, 4, 0, 0, 0, 1, 8, 3, b'1', b'0', b'0'].repeat(1000);
        let mut sent = 0;
        while stream.write_all(&interim).await.is_ok() {
            sent += 1000;
        }
        sent
    });
    let plugin = builder().ca_file(ca_file).build().unwrap();
    let credential = credential(&format!("https://127.0.0.1:{port}"));
    let error = plugin.check(&credential).await.unwrap_err();
    assert_eq!(cause(&error), TransportCause::Protocol);
    assert!(error.to_string().contains("interim responses"), "{error}");
    // What the buffers of both ends hold.
    let sent = server.await.unwrap();
    assert!(sent < 1_000_000, "{sent}");
}

#[tokio::test]
async fn http_1_1_is_spoken_elsewhere() {
    for protocols in [&["http/1.1"][..], &[]] {
        let mut server = TlsServer::start(&["127.0.0.1"], protocols).await;
        let plugin = builder().ca_file(server.ca_file()).build().unwrap();
        plugin.check(&server.credential()).await.unwrap();
        assert_eq!(server.versions.recv().await, Some((Version::HTTP_11, true)));
    }
}
