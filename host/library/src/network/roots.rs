//! The authorities that a server's certificate may come from.

use super::{ClientError, file, text};
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::{self, PemObject};
use rustls_native_certs::{CertificateResult, ErrorKind, load_certs_from_paths};
use std::env;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What is read of a file: many times the authorities of a whole system, in bytes.
const LARGEST: u64 = 16 << 20;

/// Variables that name the authorities to be trusted instead of the system's.
const FILE: &str = "SSL_CERT_FILE";
const DIRECTORIES: &str = "SSL_CERT_DIR";

/// The authorities that were named by whoever started this, beside or instead of
/// those of the system.
#[derive(Debug, Clone, Default)]
pub(crate) struct Roots {
    extra: Vec<CertificateDer<'static>>,
    /// Where they are named, no others are trusted.
    instead: Option<Vec<CertificateDer<'static>>>,
    /// How long a file that is not a regular one is waited for.
    patience: Duration,
}

/// How many authorities are trusted, by where they come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Authorities {
    /// From the system's own store.
    pub system: usize,
    /// From what `SSL_CERT_FILE` and `SSL_CERT_DIR` name, which stands in for the
    /// system's store where one of them is set.
    pub variables: usize,
    /// Mozilla's, which stand in where there is no store of the system and none of
    /// these variables is set.
    pub bundled: usize,
    /// From [`PluginBuilder::ca_file`](crate::PluginBuilder::ca_file).
    pub extra: usize,
}

/// Why nobody can be trusted.
#[derive(Debug, Clone, thiserror::Error)]
pub(super) enum NoTrust {
    /// There is a store of the system, and it is damaged.
    #[error(
        "no certificate of the system's own store can be used: {0}; repair it, or name other authorities with SSL_CERT_FILE"
    )]
    SystemStore(String),
    /// In rustls' words.
    #[error("TLS cannot be set up: {0}")]
    Settings(String),
}

impl Roots {
    /// None yet. A file that is not a regular one will be waited for up to `patience`.
    pub(crate) fn waiting(patience: Duration) -> Self {
        Self {
            patience,
            ..Self::default()
        }
    }

    /// Adds the certificates of a PEM file.
    pub(crate) fn add_pem_file(&mut self, path: PathBuf) -> Result<(), ClientError> {
        match read(&path, self.patience) {
            Ok(certificates) => {
                self.extra.extend(certificates);
                Ok(())
            }
            Err(reason) => Err(ClientError::CaFile { path, reason }),
        }
    }

    /// Takes the authorities that the environment names instead of the system's.
    ///
    /// Whoever names them restricts what is trusted, so that nothing that is wrong
    /// with them may lead to others.
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
                FILE => read_file(&value, self.patience),
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
                // Such as a container without any.
                store.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
                authorities.bundled = store.len();
            }
        }
        (authorities.extra, _) = store.add_parsable_certificates(self.extra.iter().cloned());
        Ok((store, authorities))
    }
}

/// Adds the certificates of the system, and counts them. Those that rustls cannot
/// read are left out; a store of which nothing is left is not taken for none.
fn add_system(store: &mut RootCertStore, found: CertificateResult) -> Result<usize, NoTrust> {
    let (added, unusable) = store.add_parsable_certificates(found.certs);
    match found.errors.first() {
        Some(error) if added == 0 => Err(NoTrust::SystemStore(describe(error))),
        None if added == 0 && unusable > 0 => Err(NoTrust::SystemStore(UNUSABLE.to_owned())),
        Some(_) | None => Ok(added),
    }
}

const UNUSABLE: &str = "no certificate in it can be read";
const EMPTY_VARIABLE: &str = "it is empty";

fn read_file(path: &OsStr, patience: Duration) -> Result<Vec<CertificateDer<'static>>, String> {
    if path.is_empty() {
        return Err(EMPTY_VARIABLE.to_owned());
    }
    let path = Path::new(path);
    read(path, patience).map_err(|reason| format!("{}: {reason}", path.display()))
}

/// The certificates of a PEM file that can be used, of which there is one at least.
fn read(path: &Path, patience: Duration) -> Result<Vec<CertificateDer<'static>>, String> {
    if path.is_dir() {
        return Err("it is a directory, not a file of certificates".to_owned());
    }
    let bytes = file::read(path, LARGEST, patience).map_err(|error| error.to_string())?;
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
        // A SEQUENCE of a length that takes two bytes, as that of a certificate does.
        [0x30, 0x82, ..] => {
            "it is in DER form; convert it to PEM with: openssl x509 -inform der -in FILE -out FILE.pem"
        }
        _ => "there is no PEM certificate in it",
    }
    .to_owned())
}

/// What is wrong with PEM; its own words show bytes as numbers.
fn damage(error: &pem::Error) -> &'static str {
    match error {
        pem::Error::MissingSectionEnd { .. } => "it is damaged: a certificate in it has no end",
        pem::Error::IllegalSectionStart { .. } => {
            "it is damaged: the line before a certificate is not as it should be"
        }
        pem::Error::Base64Decode(_) => "it is damaged: a certificate in it is not Base64",
        // The enum is open to more.
        _ => "it is damaged",
    }
}

/// Leaves out certificates that rustls cannot read, unless it is all of them.
fn usable(
    mut certificates: Vec<CertificateDer<'static>>,
) -> Result<Vec<CertificateDer<'static>>, String> {
    certificates.retain(|certificate| RootCertStore::empty().add(certificate.clone()).is_ok());
    if certificates.is_empty() {
        return Err(UNUSABLE.to_owned());
    }
    Ok(certificates)
}

/// Those of all files in these directories. One that is missing does no harm where
/// another has some: such lists name the places of several systems.
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
        // The enum is open to more.
        _ => error.to_string(),
    }
}

#[cfg(test)]
mod tests;
