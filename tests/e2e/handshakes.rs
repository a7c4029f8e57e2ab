//! The messages for failed handshakes: the problem, and what to do about it, with advice
//! only if it helps.

use crate::{builder, cause, credential};
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig, SupportedProtocolVersion};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use stytch_host::PluginBuilder;
use stytch_host::types::TransportCause;
use stytch_testkit::{Answer, ScriptedServer, Step};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

/// A certificate and its key.
struct Pair {
    params: CertificateParams,
    key: KeyPair,
    certificate: CertificateDer<'static>,
    pem: String,
}

/// Parameters for 127.0.0.1, with this common name.
fn params(name: &str) -> CertificateParams {
    let mut params = CertificateParams::new(["127.0.0.1".to_owned()]).unwrap();
    params.distinguished_name.push(DnType::CommonName, name);
    params
}

fn authority(name: &str) -> CertificateParams {
    let mut params = params(name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params
}

impl Pair {
    fn self_signed(params: CertificateParams) -> Self {
        let key = KeyPair::generate().unwrap();
        let made = params.self_signed(&key).unwrap();
        Self {
            certificate: made.der().clone(),
            pem: made.pem(),
            params,
            key,
        }
    }

    fn signed_by(params: CertificateParams, issuer: &Self) -> Self {
        let key = KeyPair::generate().unwrap();
        let issuer = Issuer::from_params(&issuer.params, &issuer.key);
        let made = params.signed_by(&key, &issuer).unwrap();
        Self {
            certificate: made.der().clone(),
            pem: made.pem(),
            params,
            key,
        }
    }

    fn server(&self) -> ServerConfig {
        ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(vec![self.certificate.clone()], self.private_key())
            .unwrap()
    }

    fn private_key(&self) -> PrivateKeyDer<'static> {
        PrivateKeyDer::try_from(self.key.serialize_der()).unwrap()
    }

    /// A server that requires a client certificate.
    fn server_for_clients(&self, version: &'static SupportedProtocolVersion) -> ServerConfig {
        let mut clients = RootCertStore::empty();
        clients.add(self.certificate.clone()).unwrap();
        let verifier = WebPkiClientVerifier::builder(clients.into())
            .build()
            .unwrap();
        ServerConfig::builder_with_protocol_versions(&[version])
            .with_client_cert_verifier(verifier)
            .with_single_cert(vec![self.certificate.clone()], self.private_key())
            .unwrap()
    }
}

/// Starts a server, and returns its base URL. It keeps each connection open until the
/// client closes it, because a reset could overtake an alert.
async fn serve(config: ServerConfig) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base_url = format!("https://{}", listener.local_addr().unwrap());
    let acceptor = TlsAcceptor::from(Arc::new(config));
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            if let Err((_, mut stream)) = acceptor.accept(stream).into_fallible().await {
                tokio::spawn(async move {
                    let _ = stream.shutdown().await;
                    let _ = stream.read_to_end(&mut Vec::new()).await;
                });
            }
        }
    });
    base_url
}

/// The error of a call to this base URL, with this --ca-cert.
async fn error_text(base_url: &str, ca_file: Option<&Path>, expected: TransportCause) -> String {
    let builder = ca_file.into_iter().fold(builder(), PluginBuilder::ca_file);
    let plugin = builder.build().unwrap();
    let credential = credential(base_url);
    let error = plugin.check(&credential).await.unwrap_err();
    assert_eq!(cause(&error), expected, "{error}");
    assert!(!error.is_retryable(), "{error}");
    // `doctor` shows the same text, and that it is a TLS problem.
    let failure = plugin
        .probe(credential.origin())
        .await
        .connection
        .unwrap()
        .unwrap_err();
    assert!(failure.is_of_tls, "{failure}");
    assert!(
        error.to_string().contains(&failure.to_string()),
        "{error} {failure}"
    );
    error.to_string()
}

fn write(folder: &TempDir, name: &str, pem: &str) -> PathBuf {
    let path = folder.path().join(name);
    std::fs::write(&path, pem).unwrap();
    path
}

#[tokio::test]
async fn a_wrong_authority_is_not_suggested_again() {
    let folder = tempfile::tempdir().unwrap();
    let other = Pair::self_signed(authority("another authority"));
    let other = write(&folder, "other.pem", &other.pem);
    let root = Pair::self_signed(authority("authority"));
    for (server, expected) in [
        (
            Pair::signed_by(params("server"), &root),
            "neither the system nor --ca-cert has",
        ),
        (
            Pair::self_signed(params("server")),
            "self-signed, and not the certificate of --ca-cert",
        ),
    ] {
        let base_url = serve(server.server()).await;
        let text = error_text(&base_url, Some(&other), TransportCause::TlsCertificate).await;
        assert!(text.contains(expected), "{text}");
    }
}

/// A certificate that is valid from the start of one year to that of another.
fn valid_in_years(from: i32, to: i32) -> Pair {
    let mut params = params("server");
    params.not_before = rcgen::date_time_ymd(from, 1, 1);
    params.not_after = rcgen::date_time_ymd(to, 1, 1);
    Pair::self_signed(params)
}

#[tokio::test]
async fn certificate_errors_say_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let expired = valid_in_years(2019, 2020);
    let early = valid_in_years(2999, 3000);
    let elsewhere = Pair::self_signed({
        let names = ["login.example.com".to_owned(), "10.1.2.3".to_owned()];
        CertificateParams::new(names).unwrap()
    });
    let for_clients = Pair::self_signed({
        let mut params = params("client");
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        params
    });
    let root = Pair::self_signed(authority("authority"));
    let between = Pair::signed_by(authority("authority between"), &root);
    let by_root = Pair::signed_by(params("server"), &root);
    let by_between = Pair::signed_by(params("server"), &between);
    let own = Pair::self_signed(params("server"));

    for (name, server, ca, expected, advises_ca_cert) in [
        (
            "expired",
            &expired,
            Some(&expired),
            "it expired on Wed, 01 Jan 2020 00:00:00 GMT",
            false,
        ),
        (
            "early",
            &early,
            Some(&early),
            "it is not valid before Tue, 01 Jan 2999",
            false,
        ),
        (
            "elsewhere",
            &elsewhere,
            Some(&elsewhere),
            "it is for login.example.com, 10.1.2.3, not for 127.0.0.1",
            false,
        ),
        (
            "for clients",
            &for_clients,
            Some(&for_clients),
            "not meant for servers",
            false,
        ),
        (
            "unknown",
            &by_root,
            None,
            "from an authority that is not trusted",
            true,
        ),
        (
            "without those between",
            &by_between,
            Some(&root),
            "sends all intermediate certificates",
            false,
        ),
        ("self-signed", &own, None, "it is self-signed", true),
        (
            "an authority",
            &root,
            Some(&root),
            "it is an authority's certificate",
            false,
        ),
        (
            "an unknown authority",
            &root,
            None,
            "it is an authority's certificate",
            false,
        ),
    ] {
        let ca = ca.map(|pair| write(&folder, "ca.pem", &pair.pem));
        let base_url = serve(server.server()).await;
        let text = error_text(&base_url, ca.as_deref(), TransportCause::TlsCertificate).await;
        assert!(text.contains(expected), "{name}: {text}");
        assert_eq!(
            text.contains("with --ca-cert"),
            advises_ca_cert,
            "{name}: {text}"
        );
        assert!(!text.contains("Other"), "{name}: {text}");
    }
    // The control: the others must fail for the stated reason.
    for (server, ca) in [(&by_root, &root), (&own, &own)] {
        let ca = write(&folder, "ca.pem", &ca.pem);
        let base_url = serve(server.server()).await;
        let plugin = builder().ca_file(ca).build().unwrap();
        let error = plugin.check(&credential(&base_url)).await.unwrap_err();
        assert_eq!(cause(&error), TransportCause::Reset, "{error}");
    }
}

#[tokio::test]
async fn a_request_for_a_client_certificate_is_reported() {
    let folder = tempfile::tempdir().unwrap();
    let own = Pair::self_signed(params("server"));
    let ca = write(&folder, "ca.pem", &own.pem);
    for version in [&rustls::version::TLS12, &rustls::version::TLS13] {
        let base_url = serve(own.server_for_clients(version)).await;
        let text = error_text(&base_url, Some(&ca), TransportCause::TlsProtocol).await;
        assert!(text.contains("it asks for a client certificate"), "{text}");
        assert!(!text.contains("--ca-cert"), "{text}");
    }
}

#[tokio::test]
async fn obsolete_and_missing_tls_is_reported() {
    let alert = |number: u8| [21, 3, 1, 0, 2, 2, number].to_vec();
    // A ServerHello of TLS 1.1 with TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA.
    let mut old = vec![22, 3, 2, 0, 42, 2, 0, 0, 38, 3, 2];
    old.extend([7; 32]);
    old.extend([0, 0xc0, 0x13, 0]);
    for (name, greeting, expected) in [
        ("TLS 1.1", old, "it supports neither TLS 1.2 nor TLS 1.3"),
        (
            "a refused version",
            alert(70),
            "it supports neither TLS 1.2 nor TLS 1.3",
        ),
        ("nothing in common", alert(40), "no cipher suite in common"),
        (
            "an unknown name",
            alert(112),
            "it does not serve this host name",
        ),
        (
            "no HTTP",
            alert(120),
            "it supports neither HTTP/1.1 nor HTTP/2",
        ),
        (
            "plain HTTP",
            b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n".to_vec(),
            "does not speak TLS; it may be a plain http server",
        ),
        (
            "SSH",
            b"SSH-2.0-OpenSSH_9.6\r\n".to_vec(),
            "does not speak TLS",
        ),
    ] {
        let server = ScriptedServer::start(Answer::Steps(vec![Step::Send(greeting), Step::Finish]));
        let base_url = server.base_url().replace("http:", "https:");
        let text = error_text(&base_url, None, TransportCause::TlsProtocol).await;
        assert!(text.contains(expected), "{name}: {text}");
        assert!(!text.contains("--ca-cert"), "{name}: {text}");
    }
}
