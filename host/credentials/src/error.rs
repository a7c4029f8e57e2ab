//! What can go wrong, and what to do about it.

use crate::keyring::KeyringError;
use crate::private_file;
use crate::stored::Label;
use std::io;
use std::path::{Path, PathBuf};
use stytch_host::Environment;

/// Why a credential was not chosen, read or stored.
///
/// `Display` is the message, without the value that was refused: it may be a secret in
/// the wrong place.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A secret was given as an argument, which other users of this machine could read.
    #[error(
        "a secret is not an argument: other programs and the shell's history can read it there"
    )]
    SecretAsArgument,
    /// A user ID looks like a secret.
    #[error("a user ID looks like a secret")]
    SecretAsUserId,
    /// The name of a credential has other characters, or too many or none.
    #[error(
        "a credential's name must have 1 to {longest} letters, digits, hyphens, underscores and dots, but this one does not"
    )]
    InvalidName {
        /// The length that is allowed.
        longest: usize,
    },
    /// Not a project ID.
    #[error("{name} {problem}")]
    InvalidProjectId {
        /// Where the project ID was given.
        name: String,
        /// A predicate.
        problem: &'static str,
    },
    /// The secret is empty.
    #[error("there is no secret: it is empty")]
    EmptySecret,
    /// A project ID was given as the secret.
    #[error("this is a project ID, not a secret")]
    ProjectIdAsSecret,
    /// The secret is for another environment than the project ID.
    #[error("{}", other_environment(*.project))]
    SecretOfOtherEnvironment {
        /// The environment of the project ID.
        project: Environment,
    },
    /// The base URL is Stytch's API for the other environment.
    #[error("the base URL is Stytch's {base_url} API, but the project ID is for {project}")]
    BaseUrlOfOtherEnvironment {
        /// The environment of the base URL.
        base_url: Environment,
        /// The environment of the project ID.
        project: Environment,
    },
    /// A value has quotation marks around it.
    #[error("{name} has quotation marks around it")]
    Quoted {
        /// Where the value was given.
        name: String,
    },
    /// A value is longer than any project ID or secret.
    #[error("{name} is too long to be one of Stytch's: it has {length} characters")]
    TooLong {
        /// Where the value was given.
        name: String,
        /// How many characters it has.
        length: usize,
    },
    /// A value has a character that no project ID or secret has.
    #[error("{name} has {kind} {place}")]
    InvalidCharacter {
        /// Where the value was given.
        name: String,
        /// The kind of character.
        kind: &'static str,
        /// Where it is in the value.
        place: &'static str,
    },

    /// The two variables are swapped.
    #[error("STYTCH_PROJECT_ID holds what looks like a secret, and STYTCH_SECRET a project ID")]
    VariablesSwapped,
    /// A secret is in the variable of the project ID.
    #[error("STYTCH_PROJECT_ID holds what looks like a secret")]
    SecretInProjectId,
    /// A project ID is in the variable of the secret.
    #[error("STYTCH_SECRET holds what looks like a project ID")]
    ProjectIdInSecret,
    /// One of the two variables is set, but not the other.
    #[error("{set} is set, but {unset} is not")]
    VariableMissing {
        /// The variable that is set.
        set: &'static str,
        /// The variable that is not.
        unset: &'static str,
    },
    /// A variable is not UTF-8 text.
    #[error("{name} is not UTF-8 text")]
    VariableNotText {
        /// The variable.
        name: &'static str,
    },
    /// A base URL contains a secret.
    #[error("{from} holds what looks like a secret")]
    SecretInBaseUrl {
        /// Where the base URL was given.
        from: String,
    },
    /// Not a base URL.
    #[error("{from}: {error}")]
    InvalidBaseUrl {
        /// Where the base URL was given.
        from: String,
        /// What is wrong with it.
        error: stytch_host::OriginError,
    },

    /// No credential is stored, and the variables are not set.
    #[error(
        "there is no credential: none is stored, and STYTCH_PROJECT_ID and STYTCH_SECRET are not set"
    )]
    NoCredential,
    /// No stored credential is the default, and the variables are not set.
    #[error("there is no default credential, and STYTCH_PROJECT_ID and STYTCH_SECRET are not set")]
    NoDefault {
        /// The stored credentials.
        stored: Vec<Label>,
    },
    /// No credential has this name.
    #[error("there is no credential named {name}")]
    Unknown {
        /// The name.
        name: String,
        /// The stored credential with the most similar name.
        nearest: Option<Label>,
        /// Whether no credential is stored at all.
        store_is_empty: bool,
    },
    /// A credential of this name is stored already.
    #[error("a credential {0} already exists")]
    Exists(Label),
    /// The keyring did not return the secret.
    #[error("the secret of the credential {label} is not available: {error}")]
    SecretUnavailable {
        /// The credential.
        label: Label,
        /// What the keyring said.
        error: KeyringError,
    },
    /// The file has no secret for a credential that is stored in it.
    #[error("{} has no secret for the credential {label}", .file.display())]
    SecretMissing {
        /// The credentials file.
        file: PathBuf,
        /// The credential.
        label: Label,
    },
    /// The stored secret has white space around it.
    #[error("the secret of the credential {0} has white space around it")]
    SecretHasSpace(Label),
    /// The keyring did not store the secret.
    #[error("{label} was not stored: {error}")]
    NotStored {
        /// The credential.
        label: Label,
        /// What the keyring said.
        error: KeyringError,
    },
    /// The keyring did not remove the secret.
    #[error("the secret of the credential {label} cannot be removed: {error}")]
    NotRemoved {
        /// The credential.
        label: Label,
        /// What the keyring said.
        error: KeyringError,
    },

    /// There is no folder to store credentials in.
    #[error(
        "there is no folder for credentials: neither XDG_CONFIG_HOME nor HOME is an absolute path"
    )]
    NoFolder,
    /// The folder of the credentials file cannot be created.
    #[error("the folder {} cannot be created: {error}", .folder.display())]
    CreateFolder {
        /// The folder.
        folder: PathBuf,
        /// Why not.
        error: io::Error,
    },
    /// Another process holds the lock.
    #[error("another process has been writing credentials for {seconds} seconds")]
    Locked {
        /// How long this process waited.
        seconds: u64,
    },
    /// The lock file cannot be locked.
    #[error("{} cannot be locked: {error}", .path.display())]
    Lock {
        /// The lock file.
        path: PathBuf,
        /// Why not.
        error: io::Error,
    },
    /// The credentials file cannot be read.
    #[error("{} cannot be read: {error}", .file.display())]
    Read {
        /// The credentials file.
        file: PathBuf,
        /// Why not.
        error: io::Error,
    },
    /// The credentials file cannot be written. Nothing was changed.
    #[error("{} cannot be written: {error}", .file.display())]
    Write {
        /// The credentials file.
        file: PathBuf,
        /// Why not.
        error: io::Error,
    },
    /// The credentials file, or its folder, is not the user's alone.
    #[error(transparent)]
    PrivateFile(#[from] private_file::Error),

    /// The credentials file is empty.
    #[error("{} is empty", .0.display())]
    Empty(PathBuf),
    /// The credentials file is not UTF-8 text.
    #[error("{} is {error}", .file.display())]
    NotText {
        /// The credentials file.
        file: PathBuf,
        /// What it is instead.
        error: stytch_host::text::TextError,
    },
    /// The credentials file does not have the expected members.
    #[error("{} is not a list of credentials: see line {line}, column {column}", .file.display())]
    Malformed {
        /// The credentials file.
        file: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
    },
    /// The credentials file has another version.
    #[error("{} has the version {found}, but this program supports only version {known}", .file.display())]
    Version {
        /// The credentials file.
        file: PathBuf,
        /// Its version.
        found: u32,
        /// The version of this program.
        known: u32,
    },
    /// The credentials file has an invalid name or project ID.
    #[error("{} has a credential whose name or project ID cannot be one", .0.display())]
    InvalidEntry(PathBuf),
    /// The credentials file has a secret in a base URL.
    #[error("{} has a credential whose base URL holds what looks like a secret", .0.display())]
    SecretInEntry(PathBuf),
}

/// How a user gives a secret to `stytch-host credential add`.
pub const HOW_TO_GIVE_SECRET: &str = "run it on a terminal to be asked for the secret, or give the secret on standard input:\n\
     \n    pass show stytch/test | stytch-host credential add acme-test --project-id project-test-…\n\
     \n    stytch-host credential add acme-test --project-id project-test-… < secret.txt";

const HOW_TO_GIVE_CREDENTIAL: &str = "copy the project ID and a secret from the API keys page of the Stytch dashboard, and either store them:\n\
     \n    stytch-host credential add acme-test --project-id project-test-…\n\
     \nor set them:\n\
     \n    export STYTCH_PROJECT_ID=project-test-…\
     \n    export STYTCH_SECRET=secret-test-…\n\
     \nor try it without an account: add --emulator";

const COPY_AGAIN: &str = "copy it again from the API keys page of the Stytch dashboard";
const STORE_IN_FILE: &str = "keep the secret in a file that only you can read: --store file";
const MEND: &str = "correct it; or move it away, and add the credentials again";

impl Error {
    /// What the user can do about it.
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::PrivateFile(error) => return error.hint(),
            Self::VariableNotText { .. }
            | Self::InvalidBaseUrl { .. }
            | Self::Lock { .. }
            | Self::Read { .. } => return None,

            Self::SecretAsArgument | Self::EmptySecret => HOW_TO_GIVE_SECRET,
            Self::SecretAsUserId => {
                "nothing was sent; if it was an argument, the shell's history has it now, so rotate it in the Stytch dashboard"
            }
            Self::InvalidName { .. } => "choose one such as acme-test",
            Self::InvalidProjectId { .. } | Self::InvalidCharacter { .. } => COPY_AGAIN,
            Self::TooLong { .. } => return Some(format!("{COPY_AGAIN}, and nothing else")),
            Self::ProjectIdAsSecret => "both are on the API keys page of the Stytch dashboard",
            Self::SecretOfOtherEnvironment { .. } => "take both from the same environment",
            Self::BaseUrlOfOtherEnvironment { project, .. } => {
                return Some(format!("leave --base-url out, or use {}", project.origin()));
            }
            Self::Quoted { .. } => {
                "remove them: docker --env-file and some other tools take them as part of the value"
            }

            Self::VariablesSwapped => "swap them",
            Self::SecretInProjectId
            | Self::ProjectIdInSecret
            | Self::VariableMissing { .. }
            | Self::NoCredential => HOW_TO_GIVE_CREDENTIAL,
            Self::SecretInBaseUrl { .. } => {
                "set it to a URL such as https://login.example.com, or leave it out"
            }

            Self::NoDefault { stored } => {
                let names: Vec<_> = stored.iter().map(Label::to_string).collect();
                return Some(format!(
                    "choose one with --credential, or set a default with: stytch-host credential default NAME\n\
                     there are {}",
                    names.join(", ")
                ));
            }
            Self::Unknown {
                nearest: Some(nearest),
                ..
            } => return Some(format!("did you mean {nearest}?")),
            Self::Unknown {
                store_is_empty: true,
                ..
            } => "none is stored yet; see: stytch-host credential add --help",
            Self::Unknown { .. } => "list the credentials: stytch-host credential list",
            Self::Exists(_) => "choose another name, or replace it with --replace",
            Self::SecretUnavailable { label, error } => {
                return Some(match error {
                    KeyringError::Missing => store_again(label),
                    _ => format!(
                        "unlock the keyring and try again; or {} --store file",
                        store_again(label)
                    ),
                });
            }
            Self::SecretMissing { label, .. } | Self::SecretHasSpace(label) => {
                return Some(store_again(label));
            }
            Self::NotStored { error, .. } => match error {
                KeyringError::TimedOut | KeyringError::Dismissed => {
                    return Some(format!(
                        "unlock the keyring and try again; or {STORE_IN_FILE}"
                    ));
                }
                _ => STORE_IN_FILE,
            },
            Self::NotRemoved { .. } => "try again when the keyring is available and unlocked",

            Self::NoFolder => "set one of them, or use STYTCH_PROJECT_ID and STYTCH_SECRET",
            Self::CreateFolder { .. } => "set XDG_CONFIG_HOME to a folder that can be written to",
            Self::Locked { .. } => "end it, then try again",
            Self::Write { file, error } => return Some(unwritten(file, error)),
            Self::Empty(_) => {
                "remove it, and add the credentials again: stytch-host credential add NAME"
            }
            Self::Version { .. } => "use the stytch-host that wrote it, or a newer one",
            Self::NotText { .. }
            | Self::Malformed { .. }
            | Self::InvalidEntry(_)
            | Self::SecretInEntry(_) => MEND,
        };
        Some(hint.to_owned())
    }
}

fn other_environment(project: Environment) -> &'static str {
    match project {
        Environment::Live => "the secret is a test one, but the project ID is a live one",
        Environment::Test => "the secret is a live one, but the project ID is not",
    }
}

fn store_again(label: &Label) -> String {
    format!(
        "store it again: stytch-host credential add {} --replace",
        label.name
    )
}

fn unwritten(file: &Path, error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            "nothing was changed; free some space there, and try again".to_owned()
        }
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            let folder = file.parent().unwrap_or(file).display();
            format!(
                "nothing was changed; {folder} must be a folder that you can write to, or set XDG_CONFIG_HOME to another"
            )
        }
        _ => "nothing was changed".to_owned(),
    }
}
