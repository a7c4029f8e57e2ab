//! Chooses a credential and a base URL. This is the one place that knows the order.

use crate::base_url::{BaseUrl, with_base_url};
use crate::error::Error;
use crate::redact::has_secret;
use crate::store::Store;
use crate::stored::{Label, StoredCredential};
use crate::validate::{check_project_id, looks_like_project_id, trimmed};
use crate::variable::variable;
use std::ffi::OsString;
use std::fmt;
use stytch_host::{Credential, Environment, Origin, Secret};
use zeroize::Zeroizing;

const PROJECT_ID: &str = "STYTCH_PROJECT_ID";
const SECRET: &str = "STYTCH_SECRET";

/// What a caller asks for. The rest is decided by the environment variables
/// `STYTCH_PROJECT_ID`, `STYTCH_SECRET` and `STYTCH_BASE_URL`, and by the store.
#[derive(Debug, Clone, Copy, Default)]
pub struct Selection<'a> {
    /// The name of a stored credential.
    pub credential: Option<&'a str>,
    /// A base URL. It takes precedence over the variable's and the stored one.
    pub base_url: Option<&'a str>,
}

/// Which credential to use, before the store is asked for a secret.
#[derive(Debug)]
pub enum Choice {
    /// The credential of the environment variables, at Stytch's own base URL.
    Variables(Credential),
    /// The stored credential of this name.
    Stored(String),
    /// There is none, for this reason.
    None(Error),
}

impl Selection<'_> {
    /// Chooses the named credential, else that of the environment variables, else the
    /// default one of the store. `get` reads an environment variable: `std::env::var_os`.
    ///
    /// # Errors
    ///
    /// The variables are incomplete or malformed. That there is no credential is a
    /// [`Choice`].
    pub fn choose(&self, get: impl Fn(&str) -> Option<OsString>) -> Result<Choice, Error> {
        if let Some(name) = self.credential {
            return Ok(Choice::Stored(name.to_owned()));
        }
        if let Some(credential) = from_variables(get)? {
            return Ok(Choice::Variables(credential));
        }
        Ok(default_name().map_or_else(Choice::None, Choice::Stored))
    }

    /// The requested base URL, else that of the variable `STYTCH_BASE_URL`. White space
    /// around it is ignored.
    ///
    /// # Errors
    ///
    /// The variable is not text, or the base URL contains a secret.
    pub fn base_url(
        &self,
        get: impl Fn(&str) -> Option<OsString>,
    ) -> Result<Option<BaseUrl>, Error> {
        BaseUrl::requested(self.base_url, get)
    }

    /// The base URL for a stored credential: the requested one, else its own.
    ///
    /// # Errors
    ///
    /// As for [`Selection::base_url`].
    pub fn base_url_of(
        &self,
        stored: &StoredCredential,
        get: impl Fn(&str) -> Option<OsString>,
    ) -> Result<Option<BaseUrl>, Error> {
        Ok(self.base_url(get)?.or_else(|| BaseUrl::of_stored(stored)))
    }

    /// The origins that requests may go to. Reads no secret from the store.
    ///
    /// # Errors
    ///
    /// The chosen credential or the base URL is malformed, or the store cannot be read.
    pub fn origins(&self, get: impl Fn(&str) -> Option<OsString>) -> Result<Origins, Error> {
        let requested = self.base_url(&get)?;
        let origins = |project_id: String, base_url: Option<BaseUrl>, whose| {
            let credential = Credential::new(project_id, Secret::new(String::new()));
            let credential = with_base_url(credential, base_url)?;
            Ok(Origins {
                origins: vec![credential.origin().clone()],
                whose,
            })
        };
        match self.choose(&get)? {
            Choice::Variables(credential) => origins(
                credential.project_id().to_owned(),
                requested,
                OriginsOf::Variables,
            ),
            Choice::Stored(name) => {
                let stored = Store::required()?.get(&name)?;
                let (label, base_url) = (stored.label(), self.base_url_of(&stored, &get)?);
                origins(stored.project_id, base_url, OriginsOf::Stored(label))
            }
            Choice::None(_) if requested.is_some() => {
                origins(String::new(), requested, OriginsOf::BaseUrl)
            }
            Choice::None(_) => Ok(Origins {
                origins: [Environment::Test, Environment::Live]
                    .map(Environment::origin)
                    .into(),
                whose: OriginsOf::Nobody,
            }),
        }
    }
}

/// The origins that requests may go to. `Display` says whose they are.
#[derive(Debug, Clone)]
pub struct Origins {
    /// One; or, without a credential, that of the test and that of the live environment.
    pub origins: Vec<Origin>,
    whose: OriginsOf,
}

#[derive(Debug, Clone)]
enum OriginsOf {
    Variables,
    Stored(Label),
    BaseUrl,
    Nobody,
}

impl fmt::Display for Origins {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match &self.whose {
            OriginsOf::Variables => "the credential of STYTCH_PROJECT_ID and STYTCH_SECRET",
            OriginsOf::Stored(label) => return write!(formatter, "the credential {label}"),
            OriginsOf::BaseUrl => "the base URL; there is no credential",
            OriginsOf::Nobody => "there is no credential, which would choose one",
        })
    }
}

/// The name of the default credential.
fn default_name() -> Result<String, Error> {
    let stored = match Store::of_user() {
        Some(store) => store.list()?,
        None => Vec::new(),
    };
    if let Some(default) = stored.iter().find(|stored| stored.default) {
        return Ok(default.name.clone());
    }
    if stored.is_empty() {
        return Err(Error::NoCredential);
    }
    Err(Error::NoDefault {
        stored: stored.iter().map(StoredCredential::label).collect(),
    })
}

/// None if neither variable is set. If only one is, that is a mistake.
fn from_variables(get: impl Fn(&str) -> Option<OsString>) -> Result<Option<Credential>, Error> {
    let project_id = value(&get, PROJECT_ID)?;
    let secret = value(&get, SECRET)?;
    let has_secret = project_id.as_deref().is_some_and(has_secret);
    let has_project_id = secret.as_deref().is_some_and(looks_like_project_id);
    match (has_secret, has_project_id) {
        (true, true) => return Err(Error::VariablesSwapped),
        (true, false) => return Err(Error::SecretInProjectId),
        (false, true) => return Err(Error::ProjectIdInSecret),
        (false, false) => {}
    }
    match (project_id, secret) {
        (Some(project_id), Some(secret)) => {
            check_project_id(PROJECT_ID, &project_id)?;
            Ok(Some(Credential::new(project_id, Secret::new(secret))))
        }
        (None, None) => Ok(None),
        (Some(_), None) => Err(Error::VariableMissing {
            set: PROJECT_ID,
            unset: SECRET,
        }),
        (None, Some(_)) => Err(Error::VariableMissing {
            set: SECRET,
            unset: PROJECT_ID,
        }),
    }
}

/// A project ID or a secret; only white space counts as not set.
fn value(
    get: &impl Fn(&str) -> Option<OsString>,
    name: &'static str,
) -> Result<Option<String>, Error> {
    let Some(text) = variable(get, name)? else {
        return Ok(None);
    };
    let text = Zeroizing::new(text);
    let trimmed = trimmed(name, &text)?;
    Ok((!trimmed.is_empty()).then(|| trimmed.to_owned()))
}

#[cfg(test)]
mod tests;
