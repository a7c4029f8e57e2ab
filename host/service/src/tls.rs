//! TLS, with a certificate that is read again when its files change.

use rustls::crypto::ring::default_provider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::{ServerConfig, version};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use stytch_credentials::{Fingerprint, read_regular_file};
use tokio_rustls::TlsAcceptor;

/// The largest file, in bytes.
const LARGEST: u64 = 1 << 20;

/// The files of a certificate chain and its key, in PEM.
#[derive(Debug, Clone)]
pub struct TlsFiles {
    /// The certificate of the service, followed by intermediate ones.
    pub certificate: PathBuf,
    /// The private key.
    pub key: PathBuf,
}

/// Why TLS could not be set up.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TlsError {
    /// A file cannot be read.
    #[error("{} cannot be read", .file.display())]
    Read {
        /// The file.
        file: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// A file is not PEM of the expected kind.
    #[error("{} has no complete {what} in PEM form", .file.display())]
    Malformed {
        /// The file.
        file: PathBuf,
        /// What it should contain.
        what: &'static str,
    },
    /// The key is that of another certificate.
    #[error("the key in {} does not fit the certificate in {}", .files.key.display(), .files.certificate.display())]
    Mismatch {
        /// The files.
        files: TlsFiles,
    },
    /// The certificate or the key is not supported.
    #[error("the certificate in {} and the key in {} cannot be used", .files.certificate.display(), .files.key.display())]
    Unsupported {
        /// The files.
        files: TlsFiles,
        /// The cause.
        source: rustls::Error,
    },
}

/// The TLS of a service.
#[derive(Debug)]
pub(crate) struct Tls {
    files: TlsFiles,
    read: Mutex<[Fingerprint; 2]>,
    certificate: Arc<Certificate>,
}

/// The current certificate.
#[derive(Debug)]
struct Certificate(RwLock<Arc<CertifiedKey>>);

impl ResolvesServerCert for Certificate {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let certificate = self.0.read().unwrap_or_else(PoisonError::into_inner);
        Some(certificate.clone())
    }
}

impl Tls {
    pub(crate) fn read(files: TlsFiles) -> Result<Self, TlsError> {
        let read = fingerprints(&files);
        let certificate = certified_key(&files)?;
        Ok(Self {
            read: Mutex::new(read),
            certificate: Arc::new(Certificate(RwLock::new(Arc::new(certificate)))),
            files,
        })
    }

    /// Reads the files again if they have changed. Until both fit, the certificate stays.
    pub(crate) fn reload(&self) -> Result<(), TlsError> {
        let now = fingerprints(&self.files);
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        if *read != now {
            let certificate = certified_key(&self.files)?;
            let current = &self.certificate.0;
            *current.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(certificate);
            *read = now;
        }
        Ok(())
    }

    pub(crate) fn acceptor(&self) -> Result<TlsAcceptor, TlsError> {
        let builder = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_protocol_versions(&[&version::TLS13, &version::TLS12])
            .map_err(|source| unsupported(&self.files, source))?;
        let mut config = builder
            .with_no_client_auth()
            .with_cert_resolver(self.certificate.clone());
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(TlsAcceptor::from(Arc::new(config)))
    }
}

fn unsupported(files: &TlsFiles, source: rustls::Error) -> TlsError {
    let files = files.clone();
    match source {
        rustls::Error::InconsistentKeys(_) => TlsError::Mismatch { files },
        source => TlsError::Unsupported { files, source },
    }
}

fn fingerprints(files: &TlsFiles) -> [Fingerprint; 2] {
    [&files.certificate, &files.key].map(|file| Fingerprint::of(file))
}

fn certified_key(files: &TlsFiles) -> Result<CertifiedKey, TlsError> {
    let read = |file: &Path| {
        read_regular_file(file, LARGEST).map_err(|source| TlsError::Read {
            file: file.to_owned(),
            source,
        })
    };
    let malformed = |file: &Path, what| TlsError::Malformed {
        file: file.to_owned(),
        what,
    };
    let of_certificate = || malformed(&files.certificate, "certificate");
    let bytes = read(&files.certificate)?;
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&bytes).collect();
    // The parser's errors have the bytes of the file as numbers.
    let chain = chain.map_err(|_| of_certificate())?;
    if chain.is_empty() {
        return Err(of_certificate());
    }
    let key = PrivateKeyDer::from_pem_slice(&read(&files.key)?)
        .map_err(|_| malformed(&files.key, "private key"))?;
    // It fails if they do not fit.
    CertifiedKey::from_der(chain, key, &default_provider())
        .map_err(|source| unsupported(files, source))
}
