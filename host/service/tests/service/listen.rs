//! Where the service listens: a Unix socket, and TLS.

use crate::try_bind;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use stytch_service::{Address, Error, Listening, Settings, TlsFiles};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpStream, UnixStream};
use tokio::sync::oneshot;
use tokio_rustls::TlsConnector;

pub(crate) async fn bind(settings: Settings) -> Result<Listening, Error> {
    try_bind(Vec::new(), settings, None).await
}

/// The settings of a service at a Unix socket in this folder, and its path.
pub(crate) fn at_socket(folder: &Path) -> (Settings, PathBuf) {
    let path = folder.join("http.sock");
    let mut settings = Settings::default();
    settings.listen = Address::Unix(path.clone());
    (settings, path)
}

/// The response to a request for `/healthz`.
pub(crate) async fn health(mut stream: impl AsyncRead + AsyncWrite + Unpin) -> String {
    let request = "GET /healthz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).await.unwrap();
    response
}

#[tokio::test]
async fn a_unix_socket_has_its_mode_and_replaces_an_unused_one() {
    let folder = tempfile::tempdir().unwrap();
    let (mut settings, path) = at_socket(folder.path());
    settings.socket_mode = 0o620;
    // What a process that was killed leaves behind.
    drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
    let listening = bind(settings.clone()).await.unwrap();
    let mode = fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o620);
    let (stop, stopped) = oneshot::channel::<()>();
    let ended = tokio::spawn(listening.run(async {
        let _ = stopped.await;
    }));
    let response = health(UnixStream::connect(&path).await.unwrap()).await;
    assert!(response.starts_with("HTTP/1.1 200 OK"), "{response}");
    // One that is in use stays.
    let error = bind(settings).await.unwrap_err();
    assert!(matches!(error, Error::Listen { .. }), "{error}");
    stop.send(()).unwrap();
    ended.await.unwrap();
    assert!(!path.exists());
}

/// A new certificate for `localhost`, with its key, in these files.
pub(crate) fn certificate(files: &TlsFiles) -> CertificateDer<'static> {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    fs::write(&files.certificate, made.cert.pem()).unwrap();
    fs::write(&files.key, made.signing_key.serialize_pem()).unwrap();
    made.cert.der().clone()
}

pub(crate) fn files(folder: &Path) -> TlsFiles {
    TlsFiles {
        certificate: folder.join("tls.crt"),
        key: folder.join("tls.key"),
    }
}

async fn health_by_tls(address: &Address, trusted: &CertificateDer<'static>) -> Option<String> {
    let Address::Tcp(address) = address else {
        panic!("not a port");
    };
    let mut roots = RootCertStore::empty();
    roots.add(trusted.clone()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let stream = TcpStream::connect(address).await.unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    let stream = TlsConnector::from(Arc::new(config))
        .connect(name, stream)
        .await;
    Some(health(stream.ok()?).await)
}

#[tokio::test]
async fn a_renewed_certificate_is_served_without_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let files = files(folder.path());
    let first = certificate(&files);
    let mut settings = Settings::default();
    settings.tls = Some(files.clone());
    let listening = bind(settings).await.unwrap();
    assert!(listening.url().unwrap().starts_with("https://127.0.0.1:"));
    let address = listening.address().clone();
    tokio::spawn(listening.run(std::future::pending()));
    let response = health_by_tls(&address, &first).await.unwrap();
    assert!(response.starts_with("HTTP/1.1 200 OK"), "{response}");

    let second = certificate(&files);
    let renewed = async {
        while health_by_tls(&address, &second).await.is_none() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), renewed)
        .await
        .unwrap();
}

#[tokio::test]
async fn a_certificate_that_cannot_be_used_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let good = files(folder.path());
    let other = TlsFiles {
        certificate: folder.path().join("other.crt"),
        key: folder.path().join("other.key"),
    };
    certificate(&good);
    certificate(&other);
    let of = |certificate: &Path, key: &Path| TlsFiles {
        certificate: certificate.to_owned(),
        key: key.to_owned(),
    };
    for (files, expected) in [
        (of(&good.certificate, &other.key), "does not fit"),
        (of(&good.key, &good.key), "has no complete certificate"),
        (
            of(&good.certificate, &good.certificate),
            "has no complete private key",
        ),
        (
            of(&folder.path().join("none"), &good.key),
            "none cannot be read",
        ),
    ] {
        let mut settings = Settings::default();
        settings.tls = Some(files);
        let error = bind(settings).await.unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
        assert!(!error.contains("PRIVATE KEY"), "{error}");
    }
}
