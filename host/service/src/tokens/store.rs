//! The tokens of this user, in a file next to the credentials. It has their hashes only.

use super::{Record, Scope, Token, Tokens};
use serde::{Deserialize, Serialize};
use std::io::Write;
use std::path::{Path, PathBuf};
use stytch_credentials::{Folder, Lock, read_regular_file, validate};

const FILE: &str = "tokens.json";

/// The largest copy of the file, in bytes.
const LARGEST: u64 = 1 << 20;

/// The version of the file.
const VERSION: u32 = 1;

/// Why the tokens could not be read or changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TokenError {
    /// The file cannot be read or written, or the name is invalid.
    #[error(transparent)]
    Store(#[from] stytch_credentials::Error),
    /// The file cannot be read.
    #[error("the tokens in {} cannot be read", .file.display())]
    Read {
        /// The file.
        file: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// The file is not a list of tokens.
    #[error("{} is not a list of tokens: see line {line}, column {column}", .file.display())]
    Malformed {
        /// The file.
        file: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
    },
    /// The file is of another version of this program.
    #[error("{} has the version {found}, but this program supports only version {VERSION}", .file.display())]
    Version {
        /// The file.
        file: PathBuf,
        /// Its version.
        found: u32,
    },
    /// The file has no token.
    #[error("{} has no token", .file.display())]
    Empty {
        /// The file.
        file: PathBuf,
    },
    /// There is a token of this name.
    #[error("there is a token {0} already")]
    Exists(String),
    /// There is no token of this name.
    #[error("there is no token {0}")]
    Unknown(String),
    /// The system has no random numbers.
    #[error("the system has no random numbers: {0}")]
    Random(getrandom::Error),
}

/// A token as it is stored: what may be printed.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct StoredToken {
    /// Its name.
    pub name: String,
    /// What it permits.
    #[serde(flatten)]
    pub scope: Scope,
}

#[derive(Debug, Serialize, Deserialize)]
struct Document {
    version: u32,
    tokens: Vec<Record>,
}

/// The tokens of this user.
#[derive(Debug, Clone)]
pub struct TokenStore {
    folder: Folder,
}

impl TokenStore {
    /// Returns the store; `None` without a home folder.
    pub fn of_user() -> Option<Self> {
        Folder::of_user(FILE).map(|folder| Self { folder })
    }

    /// Returns the store whose file is in this folder.
    pub fn in_folder(path: PathBuf) -> Self {
        Self {
            folder: Folder::new(path, FILE),
        }
    }

    /// Returns the path of the file.
    pub fn file(&self) -> PathBuf {
        self.folder.file()
    }

    /// Creates a token and stores its hash.
    ///
    /// # Errors
    ///
    /// The name is invalid or in use, or the file cannot be read or written.
    pub fn create(&self, name: &str, scope: Scope) -> Result<Token, TokenError> {
        validate::check_name(name)?;
        let token = Token::random().map_err(TokenError::Random)?;
        self.change(|records| {
            if records.iter().any(|record| record.name == name) {
                return Err(TokenError::Exists(name.to_owned()));
            }
            records.push(token.record(name, scope));
            Ok(())
        })?;
        Ok(token)
    }

    /// Removes a token. A running service notices that within a second.
    ///
    /// # Errors
    ///
    /// There is none of this name, or the file cannot be read or written.
    pub fn revoke(&self, name: &str) -> Result<(), TokenError> {
        self.change(|records| {
            let before = records.len();
            records.retain(|record| record.name != name);
            match records.len() {
                after if after == before => Err(TokenError::Unknown(name.to_owned())),
                _ => Ok(()),
            }
        })
    }

    /// Lists the tokens.
    ///
    /// # Errors
    ///
    /// The file cannot be read.
    pub fn list(&self) -> Result<Vec<StoredToken>, TokenError> {
        let records = self.records()?.into_iter();
        let stored = records.map(|Record { name, scope, .. }| StoredToken { name, scope });
        Ok(stored.collect())
    }

    fn records(&self) -> Result<Vec<Record>, TokenError> {
        match self.folder.read()? {
            Some(bytes) => parse(&bytes, &self.file()),
            None => Ok(Vec::new()),
        }
    }

    fn change(
        &self,
        change: impl FnOnce(&mut Vec<Record>) -> Result<(), TokenError>,
    ) -> Result<(), TokenError> {
        let lock = self.folder.lock()?;
        let mut tokens = self.records()?;
        change(&mut tokens)?;
        Ok(write(&lock, tokens)?)
    }
}

fn parse(bytes: &[u8], file: &Path) -> Result<Vec<Record>, TokenError> {
    let Document { version, tokens } =
        serde_json::from_slice(bytes).map_err(|error| TokenError::Malformed {
            file: file.to_owned(),
            line: error.line(),
            column: error.column(),
        })?;
    if version != VERSION {
        return Err(TokenError::Version {
            file: file.to_owned(),
            found: version,
        });
    }
    Ok(tokens)
}

/// Where a service reads its tokens.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum TokenSource {
    /// The tokens of this user.
    Store(TokenStore),
    /// A copy of the file of a store, as Kubernetes and Docker mount secrets.
    File(PathBuf),
}

impl TokenSource {
    pub(crate) fn file(&self) -> PathBuf {
        match self {
            Self::Store(store) => store.file(),
            Self::File(path) => path.clone(),
        }
    }

    pub(crate) fn tokens(&self) -> Result<Tokens, TokenError> {
        let records = match self {
            Self::Store(store) => store.records()?,
            Self::File(path) => {
                let bytes =
                    read_regular_file(path, LARGEST).map_err(|source| TokenError::Read {
                        file: path.clone(),
                        source,
                    })?;
                parse(&bytes, path)?
            }
        };
        Ok(Tokens::new(records))
    }
}

fn write(lock: &Lock<'_>, tokens: Vec<Record>) -> Result<(), stytch_credentials::Error> {
    let document = Document {
        version: VERSION,
        tokens,
    };
    lock.write(|mut file| {
        serde_json::to_writer_pretty(file, &document)?;
        writeln!(file)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Timestamp;

    #[test]
    fn a_token_is_valid_from_its_creation_to_its_revocation() {
        let parent = tempfile::tempdir().unwrap();
        let store = TokenStore {
            folder: Folder::new(parent.path().join("new"), FILE),
        };
        assert!(store.list().unwrap().is_empty());
        let token = store.create("ci", Scope::default()).unwrap();
        let source = TokenSource::File(store.file());
        let found = || {
            source
                .tokens()
                .unwrap()
                .find(token.expose(), Timestamp::now())
        };
        assert_eq!(found().unwrap().name, "ci");
        assert_eq!(store.list().unwrap().len(), 1);
        let error = store.create("ci", Scope::default()).unwrap_err();
        assert_eq!(error.to_string(), "there is a token ci already");
        store.revoke("ci").unwrap();
        assert!(found().is_none());
        let error = store.revoke("ci").unwrap_err();
        assert_eq!(error.to_string(), "there is no token ci");
    }

    #[test]
    fn a_malformed_file_is_named_with_the_position() {
        let parent = tempfile::tempdir().unwrap();
        let store = TokenStore {
            folder: Folder::new(parent.path().join("new"), FILE),
        };
        for (content, expected) in [
            ("{", "is not a list of tokens: see line 1, column 1"),
            (r#"{"version":2,"tokens":[]}"#, "has the version 2"),
        ] {
            let lock = store.folder.lock().unwrap();
            lock.write(|mut file| file.write_all(content.as_bytes()))
                .unwrap();
            let error = store.list().unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
    }
}
