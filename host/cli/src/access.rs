//! The credential of a command, with its secret.

use crate::args::Global;
use crate::streams;
use std::env;
use std::fmt;
use stytch_credentials::{Choice, Label, Selection, Store, with_base_url};
use stytch_emulator::{self as emulator, Emulator};
use stytch_host::{Credential, Secret};

/// The names of credentials that are not stored, for callers that name a credential.
pub(crate) const EMULATOR: &str = "emulator";
pub(crate) const VARIABLES: &str = "env";

/// A credential, and the emulator that accepts it, if any, which stops when this is
/// dropped.
pub(crate) struct Access {
    pub(crate) credential: Credential,
    source: Source,
    _emulator: Option<Emulator>,
}

/// Where a credential came from, which determines the hint if it is rejected.
#[derive(Debug, Clone)]
pub(crate) enum Source {
    Emulator,
    Variables,
    Stored(Label),
    /// About to be stored.
    New(Label),
    /// The placeholder of a dry run.
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
    fn new(credential: Credential, source: Source) -> Self {
        Self {
            credential,
            source,
            _emulator: None,
        }
    }

    /// A credential that is about to be stored.
    pub(crate) fn of_new(credential: Credential, label: Label) -> Self {
        Self::new(credential, Source::New(label))
    }

    /// The name of the credential, if it is stored.
    pub(crate) fn name(&self) -> Option<&str> {
        match &self.source {
            Source::Stored(label) | Source::New(label) => Some(&label.name),
            Source::Emulator | Source::Variables | Source::Placeholder => None,
        }
    }

    /// The name of the credential for callers that name one.
    pub(crate) fn served_name(&self) -> &str {
        match &self.source {
            Source::Emulator => EMULATOR,
            Source::Variables | Source::Placeholder => VARIABLES,
            Source::Stored(label) | Source::New(label) => &label.name,
        }
    }

    /// Where the credential comes from.
    pub(crate) fn source(&self) -> &Source {
        &self.source
    }

    /// Adds the source of the credential to the error of a call.
    pub(crate) fn explain(&self, error: stytch_host::Error) -> anyhow::Error {
        anyhow::Error::new(error).context(self.source.clone())
    }
}

/// What the flags say about the credential and the base URL.
pub(crate) fn selection(global: &Global) -> Selection<'_> {
    Selection {
        credential: global.credential.as_deref(),
        base_url: global.base_url.as_deref(),
    }
}

/// The emulator's credential with `--emulator`, or else the [selected] one.
///
/// [selected]: Selection::choose
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
    let (credential, source) = match selection(global).choose(|name| env::var_os(name))? {
        Choice::Stored(name) => return stored(global, name).await,
        Choice::Variables(credential) => (credential, Source::Variables),
        Choice::None(_) if global.dry_run => (placeholder(global), Source::Placeholder),
        Choice::None(error) => return Err(error.into()),
    };
    let base_url = selection(global).base_url(|name| env::var_os(name))?;
    Ok(Access::new(with_base_url(credential, base_url)?, source))
}

/// The placeholder if there is no credential, which is reported to the user.
fn placeholder(global: &Global) -> Credential {
    let project_id = "project-test-00000000-0000-0000-0000-000000000000";
    streams::dry_run_note(
        global,
        "there is no credential; the project ID is a placeholder",
    );
    Credential::new(
        project_id,
        Secret::new("secret-test-placeholder".to_owned()),
    )
}

/// A stored credential.
pub(crate) async fn stored(global: &Global, name: String) -> anyhow::Result<Access> {
    let store = Store::required()?;
    // On a blocking thread, so that an interrupt works while the keyring waits for the user.
    let read = move || store.get_with_secret(&name);
    let (stored, secret) = tokio::task::spawn_blocking(read).await??;
    let base_url = selection(global).base_url_of(&stored, |name| env::var_os(name))?;
    let label = stored.label();
    let credential = with_base_url(Credential::new(stored.project_id, secret), base_url)?;
    Ok(Access::new(credential, Source::Stored(label)))
}
