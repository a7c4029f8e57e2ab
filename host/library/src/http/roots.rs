//! The authorities that a server's certificate may come from.

use super::ClientError;
use crate::text;
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use std::fs::File;
use std::io::Read;
use std::path::PathBuf;

/// What is read of a file: many times the authorities of a whole system, in bytes.
const LARGEST: u64 = 16 << 20;

/// Certificates of authorities that are accepted beside those of the system.
#[derive(Debug, Clone, Default)]
pub(crate) struct Roots {
    extra: Vec<CertificateDer<'static>>,
}

/// How many authorities are trusted, by where they come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Authorities {
    /// From the system's own store.
    pub system: usize,
    /// Mozilla's, which stand in where the system has none.
    pub bundled: usize,
    /// From [`PluginBuilder::ca_file`](crate::PluginBuilder::ca_file).
    pub extra: usize,
}

impl Roots {
    /// Adds the certificates of a PEM file.
    pub(crate) fn add_pem_file(&mut self, path: PathBuf) -> Result<(), ClientError> {
        // A file may have no end.
        let read = || -> Result<Vec<_>, String> {
            let mut bytes = Vec::new();
            File::open(&path)
                .and_then(|file| file.take(LARGEST).read_to_end(&mut bytes))
                .map_err(|error| error.to_string())?;
            let pem = text::without_mark(&bytes).map_err(|error| format!("it is {error}"))?;
            CertificateDer::pem_slice_iter(pem)
                .collect::<Result<_, _>>()
                .map_err(|error| error.to_string())
        };
        match read() {
            Ok(certificates) if !certificates.is_empty() => {
                self.extra.extend(certificates);
                Ok(())
            }
            Ok(_) => Err(ClientError::CaFile {
                path,
                reason: "there is no PEM certificate in it".to_owned(),
            }),
            Err(reason) => Err(ClientError::CaFile { path, reason }),
        }
    }

    pub(super) fn store(&self) -> (RootCertStore, Authorities) {
        let mut store = RootCertStore::empty();
        // Certificates of the system that rustls cannot read are left out; a
        // container without any gets Mozilla's.
        let (system, _) =
            store.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        if store.is_empty() {
            store.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
        }
        let bundled = store.len() - system;
        let (extra, _) = store.add_parsable_certificates(self.extra.iter().cloned());
        let authorities = Authorities {
            system,
            bundled,
            extra,
        };
        (store, authorities)
    }
}
