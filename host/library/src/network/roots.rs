//! Loads the trusted certificate authorities.

use super::{ClientError, file, text};
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::{self, PemObject};
use rustls_native_certs::{CertificateResult, ErrorKind, load_certs_from_paths};
use std::env;
use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::time::Duration;

/// The maximum size of a certificate file, in bytes: many times that of a system's store.
const LARGEST: u64 = 16 << 20;

/// Variables that name the authorities to trust instead of the system's.
const FILE: &str = "SSL_CERT_FILE";
const DIRECTORIES: &str = "SSL_CERT_DIR";

/// The authorities that the user named, in addition to or instead of the system's.
#[derive(Debug, Clone, Default)]
pub(crate) struct Roots {
    extra: Vec<CertificateDer<'static>>,
    /// Trusted instead of the system's authorities, if set.
    instead: Option<Vec<CertificateDer<'static>>>,
    /// The timeout for reading files that are not regular files.
    timeout: Duration,
}

/// The number of trusted authorities, by source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Authorities {
    /// From the system's trust store.
    pub system: usize,
    /// From `SSL_CERT_FILE` and `SSL_CERT_DIR`, which replace the system's trust store if
    /// one of them is set.
    pub variables: usize,
    /// From Mozilla's list, which is used if the system has no trust store and neither
    /// variable is set.
    pub bundled: usize,
    /// From [`PluginBuilder::ca_file`](crate::PluginBuilder::ca_file).
    pub extra: usize,
}

/// Why no authority can be trusted.
#[derive(Debug, Clone, thiserror::Error)]
pub(super) enum NoTrust {
    /// The system's trust store is damaged.
    #[error(
        "the system's trust store has no usable certificate: {0}; repair it, or name other authorities with SSL_CERT_FILE"
    )]
    SystemStore(String),
    /// An error of rustls.
    #[error("TLS cannot be set up: {0}")]
    Settings(String),
}

impl Roots {
    /// Creates an empty list. `timeout` applies to files that are not regular files.
    pub(crate) fn with_timeout(timeout: Duration) -> Self {
        Self {
            timeout,
            ..Self::default()
        }
    }

    /// Adds the certificates of a PEM file.
    pub(crate) fn add_pem_file(&mut self, path: &Path) -> Result<(), ClientError> {
        match read(path, self.timeout) {
            Ok(certificates) => {
                self.extra.extend(certificates);
                Ok(())
            }
            Err(reason) => Err(ClientError::CaFile {
                path: path.to_owned(),
                reason,
            }),
        }
    }

    /// Reads the authorities that environment variables name instead of the system's.
    ///
    /// A user who sets them restricts what is trusted, so an error must not fall back to
    /// other authorities.
    pub(crate) fn read_variables(&mut self) -> Result<(), ClientError> {
        self.read_variables_of(|name| env::var_os(name))
    }

    fn read_variables_of(
        &mut self,
        get: impl Fn(&str) -> Option<OsString>,
    ) -> Result<(), ClientError> {
        for variable in [FILE, DIRECTORIES] {
            let Some(value) = get(variable) else {
                continue;
            };
            let read = match variable {
                FILE => read_file(&value, self.timeout),
                _ => read_directories(&value),
            };
            match read {
                Ok(certificates) => self.instead.get_or_insert_default().extend(certificates),
                Err(reason) => return Err(ClientError::CaVariable { variable, reason }),
            }
        }
        Ok(())
    }

    pub(super) fn store(&self) -> Result<(RootCertStore, Authorities), NoTrust> {
        let mut store = RootCertStore::empty();
        let mut authorities = Authorities {
            system: 0,
            variables: 0,
            bundled: 0,
            extra: 0,
        };
        if let Some(instead) = &self.instead {
            (authorities.variables, _) = store.add_parsable_certificates(instead.iter().cloned());
        } else {
            let found = rustls_native_certs::load_native_certs();
            authorities.system = add_system(&mut store, found)?;
            if store.is_empty() {
                // Such as in a container.
                store.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
                authorities.bundled = store.len();
            }
        }
        (authorities.extra, _) = store.add_parsable_certificates(self.extra.iter().cloned());
        Ok((store, authorities))
    }
}

/// Adds the system's certificates, and counts them. Certificates that rustls cannot parse
/// are skipped; a store with only such certificates is an error, unlike a missing store.
fn add_system(store: &mut RootCertStore, found: CertificateResult) -> Result<usize, NoTrust> {
    let (added, unusable) = store.add_parsable_certificates(found.certs);
    match found.errors.first() {
        Some(error) if added == 0 => Err(NoTrust::SystemStore(describe(error))),
        None if added == 0 && unusable > 0 => Err(NoTrust::SystemStore(UNUSABLE.to_owned())),
        Some(_) | None => Ok(added),
    }
}

const UNUSABLE: &str = "no certificate in it can be parsed";
const EMPTY_VARIABLE: &str = "it is empty";

fn read_file(path: &OsStr, timeout: Duration) -> Result<Vec<CertificateDer<'static>>, String> {
    if path.is_empty() {
        return Err(EMPTY_VARIABLE.to_owned());
    }
    let path = Path::new(path);
    read(path, timeout).map_err(|reason| format!("{}: {reason}", path.display()))
}

/// Reads the usable certificates of a PEM file, at least one.
fn read(path: &Path, timeout: Duration) -> Result<Vec<CertificateDer<'static>>, String> {
    if path.is_dir() {
        return Err("it is a directory, not a certificate file".to_owned());
    }
    let bytes = file::read(path, LARGEST, timeout).map_err(|error| error.to_string())?;
    if bytes.len() as u64 > LARGEST {
        return Err(format!("it is larger than {} MiB", LARGEST >> 20));
    }
    let text = text::without_mark(&bytes).map_err(|error| format!("it is {error}"))?;
    let certificates: Vec<_> = CertificateDer::pem_slice_iter(text)
        .collect::<Result<_, _>>()
        .map_err(|error| damage(&error).to_owned())?;
    if !certificates.is_empty() {
        return usable(certificates);
    }
    Err(match text {
        [] => "it is empty",
        // A SEQUENCE with a two-byte length, as certificates have.
        [0x30, 0x82, ..] => {
            "it is in DER form; convert it to PEM with: openssl x509 -inform der -in FILE -out FILE.pem"
        }
        _ => "there is no PEM certificate in it",
    }
    .to_owned())
}

/// Describes a PEM error; its own message shows bytes as numbers.
fn damage(error: &pem::Error) -> &'static str {
    match error {
        pem::Error::MissingSectionEnd { .. } => "it is damaged: a certificate in it has no end",
        pem::Error::IllegalSectionStart { .. } => {
            "it is damaged: the line before a certificate is invalid"
        }
        pem::Error::Base64Decode(_) => "it is damaged: a certificate in it is not Base64",
        // The enum is non-exhaustive.
        _ => "it is damaged",
    }
}

/// Skips certificates that rustls cannot parse, and fails if none is left.
fn usable(
    mut certificates: Vec<CertificateDer<'static>>,
) -> Result<Vec<CertificateDer<'static>>, String> {
    certificates.retain(|certificate| RootCertStore::empty().add(certificate.clone()).is_ok());
    if certificates.is_empty() {
        return Err(UNUSABLE.to_owned());
    }
    Ok(certificates)
}

/// Reads all files in these directories. A missing directory is ignored if another one has
/// certificates: such lists often name the directories of several systems.
fn read_directories(list: &OsStr) -> Result<Vec<CertificateDer<'static>>, String> {
    let mut certificates = Vec::new();
    let mut problem = None;
    for directory in env::split_paths(list).filter(|path| !path.as_os_str().is_empty()) {
        let found = load_certs_from_paths(None, Some(&directory));
        let reason = match found.errors.first() {
            Some(error) => describe(error),
            None => format!("{}: there is no PEM certificate in it", directory.display()),
        };
        problem.get_or_insert(reason);
        certificates.extend(found.certs);
    }
    match problem {
        _ if !certificates.is_empty() => usable(certificates),
        Some(problem) => Err(problem),
        None => Err(EMPTY_VARIABLE.to_owned()),
    }
}

fn describe(error: &rustls_native_certs::Error) -> String {
    match &error.kind {
        ErrorKind::Io { inner, path } => format!("{}: {inner}", path.display()),
        ErrorKind::Os(error) => error.to_string(),
        ErrorKind::Pem(error) => damage(error).to_owned(),
        // The enum is non-exhaustive.
        _ => error.to_string(),
    }
}

#[cfg(test)]
mod tests;
