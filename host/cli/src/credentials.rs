//! Where the credential of a command comes from.

mod base_url;
mod document;
mod file;
mod keyring;
mod named;
pub(crate) mod prompt;
mod reach;
mod redact;
pub(crate) mod shape;
mod store;

pub(crate) use base_url::BaseUrl;
pub(crate) use document::Place;
pub(crate) use named::{Label, Named};
pub(crate) use reach::{Reach, reach};
pub(crate) use redact::redact;
pub(crate) use store::{Added, New, Store};

use crate::args::Global;
use crate::dry_run;
use crate::failure::Usage;
use std::env;
use std::ffi::OsString;
use std::fmt;
use stytch_emulator::{self as emulator, Emulator};
use stytch_host::{Credential, Secret};
use zeroize::Zeroizing;

/// A credential, and the emulator that accepts it where there is one: it lives as
/// long as this.
pub(crate) struct Access {
    pub(crate) credential: Credential,
    source: Source,
    _emulator: Option<Emulator>,
}

/// Where a credential came from: what there is to look at when it is refused.
#[derive(Debug, Clone)]
pub(crate) enum Source {
    Emulator,
    Variables,
    /// A stored one.
    Stored(Label),
    /// One that is to be stored.
    New(Label),
    /// None: it stands for one in a dry run.
    Placeholder,
}

impl fmt::Display for Source {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Emulator => formatter.write_str("the credential of the emulator"),
            Self::Placeholder => formatter.write_str("a placeholder"),
            Self::Variables => formatter.write_str("STYTCH_PROJECT_ID and STYTCH_SECRET"),
            Self::Stored(label) | Self::New(label) => write!(formatter, "the credential {label}"),
        }
    }
}

impl Access {
    /// A credential that is to be stored.
    pub(crate) fn of_new(credential: Credential, label: Label) -> Self {
        Self {
            credential,
            source: Source::New(label),
            _emulator: None,
        }
    }

    /// The name of a stored credential.
    pub(crate) fn name(&self) -> Option<&str> {
        match &self.source {
            Source::Stored(label) | Source::New(label) => Some(&label.name),
            Source::Emulator | Source::Variables | Source::Placeholder => None,
        }
    }

    /// Where the credential comes from.
    pub(crate) fn source(&self) -> &Source {
        &self.source
    }

    /// The failure of a call, and whose credential it was made with.
    pub(crate) fn explain(&self, error: stytch_host::Error) -> anyhow::Error {
        anyhow::Error::new(error).context(self.source.clone())
    }
}

/// The emulator's own credential with `--emulator`, else the one that was named,
/// else that of the environment, else the default one.
pub(crate) async fn access(global: &Global) -> anyhow::Result<Access> {
    if global.emulator {
        let listen = ([127, 0, 0, 1], 0).into();
        let emulator = Emulator::start(listen, emulator::Options::default()).await?;
        let secret = Secret::new(emulator::SECRET.to_owned());
        let credential = Credential::new(emulator::PROJECT_ID, secret);
        return Ok(Access {
            credential: credential.with_base_url(&emulator.base_url())?,
            source: Source::Emulator,
            _emulator: Some(emulator),
        });
    }
    if let Some(name) = &global.credential {
        return stored(global, name.clone()).await;
    }
    match from_environment(|name| env::var_os(name))? {
        Some(credential) => Ok(Access {
            credential: at(credential, BaseUrl::asked(global)?)?,
            source: Source::Variables,
            _emulator: None,
        }),
        None => match default_name() {
            Ok(name) => stored(global, name).await,
            Err(_) if global.dry_run => Ok(Access {
                credential: at(dry_run::placeholder(global), BaseUrl::asked(global)?)?,
                source: Source::Placeholder,
                _emulator: None,
            }),
            Err(error) => Err(error.into()),
        },
    }
}

/// A stored credential.
pub(crate) async fn stored(global: &Global, name: String) -> anyhow::Result<Access> {
    let store = Store::required()?;
    // The keyring may take its time, which must not keep an interrupt waiting.
    let take = move || store.take(&name);
    let (named, secret) = tokio::task::spawn_blocking(take).await??;
    let whose = format!("the secret of the credential {named}");
    if shape::trimmed(&whose, secret.expose())? != secret.expose() {
        return Err(Usage::new(format!("{whose} has white space around it"))
            .hint(format!(
                "store it again: stytch-host credential add {} --replace",
                named.name
            ))
            .into());
    }
    let source = Source::Stored(named.label());
    let base_url = BaseUrl::asked(global)?.or_else(|| BaseUrl::stored(&named));
    Ok(Access {
        credential: at(Credential::new(named.project_id, secret), base_url)?,
        source,
        _emulator: None,
    })
}

/// The credential at another base URL, where there is one.
pub(crate) fn at(credential: Credential, base_url: Option<BaseUrl>) -> Result<Credential, Usage> {
    match base_url {
        Some(base_url) => base_url.of_credential(credential),
        None => Ok(credential),
    }
}

/// The name of the default credential.
fn default_name() -> Result<String, Usage> {
    let stored = match Store::of_user() {
        Some(store) => store.list()?,
        None => Vec::new(),
    };
    if let Some(named) = stored.iter().find(|named| named.default) {
        return Ok(named.name.clone());
    }
    let unset = "STYTCH_PROJECT_ID and STYTCH_SECRET are not set";
    if stored.is_empty() {
        return Err(Usage::new(format!(
            "there is no credential: none is stored, and {unset}"
        ))
        .hint(HINT));
    }
    let names: Vec<_> = stored.iter().map(Named::to_string).collect();
    Err(
        Usage::new(format!("no credential is the default one, and {unset}")).hint(format!(
            "name one with --credential, or choose one for all commands with: stytch-host credential default NAME\n\
             there are {}",
            names.join(", ")
        )),
    )
}

const HINT: &str = "copy the project ID and a secret from the API keys page of the Stytch dashboard, and either store them:\n\
     \n    stytch-host credential add acme-test --project-id project-test-…\n\
     \nor set them:\n\
     \n    export STYTCH_PROJECT_ID=project-test-…\
     \n    export STYTCH_SECRET=secret-test-…\n\
     \nor try it without an account: add --emulator";

const PROJECT_ID: &str = "STYTCH_PROJECT_ID";
const SECRET: &str = "STYTCH_SECRET";

/// None where neither variable is set. One alone is a mistake that is not guessed
/// around.
fn from_environment(get: impl Fn(&str) -> Option<OsString>) -> Result<Option<Credential>, Usage> {
    let project_id = value(&get, PROJECT_ID)?;
    let secret = value(&get, SECRET)?;
    let has_secret = project_id.as_deref().is_some_and(redact::has_secret);
    let has_project_id = secret.as_deref().is_some_and(shape::looks_like_project_id);
    let misplaced = match (has_secret, has_project_id) {
        (true, true) => {
            return Err(Usage::new(format!(
                "{PROJECT_ID} holds what looks like a secret, and {SECRET} a project ID"
            ))
            .hint("swap them"));
        }
        (true, false) => format!("{PROJECT_ID} holds what looks like a secret"),
        (false, true) => format!("{SECRET} holds what looks like a project ID"),
        (false, false) => {
            return match (project_id, secret) {
                (Some(project_id), Some(secret)) => {
                    shape::check_project_id(PROJECT_ID, &project_id)?;
                    Ok(Some(Credential::new(project_id, Secret::new(secret))))
                }
                (None, None) => Ok(None),
                (Some(_), None) => {
                    Err(Usage::new(format!("{PROJECT_ID} is set, but {SECRET} is not")).hint(HINT))
                }
                (None, Some(_)) => {
                    Err(Usage::new(format!("{SECRET} is set, but {PROJECT_ID} is not")).hint(HINT))
                }
            };
        }
    };
    Err(Usage::new(misplaced).hint(HINT))
}

/// A project ID or a secret; white space alone counts as not set.
fn value(get: &impl Fn(&str) -> Option<OsString>, name: &str) -> Result<Option<String>, Usage> {
    let Some(text) = variable(get, name)? else {
        return Ok(None);
    };
    let text = Zeroizing::new(text);
    let trimmed = shape::trimmed(name, &text)?;
    Ok((!trimmed.is_empty()).then(|| trimmed.to_owned()))
}

/// An empty variable counts as not set.
fn variable(get: &impl Fn(&str) -> Option<OsString>, name: &str) -> Result<Option<String>, Usage> {
    match get(name) {
        None => Ok(None),
        Some(value) if value.is_empty() => Ok(None),
        Some(value) => match value.into_string() {
            Ok(value) => Ok(Some(value)),
            Err(_) => Err(Usage::new(format!("{name} is not UTF-8 text"))),
        },
    }
}

#[cfg(test)]
mod tests;
