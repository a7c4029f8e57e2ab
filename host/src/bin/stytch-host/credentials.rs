//! Where the credential of a command comes from.

use crate::args::Global;
use crate::dry_run;
use crate::failure::Usage;
use std::env;
use std::ffi::OsString;
use stytch_host::emulator::{self, Emulator};
use stytch_host::{Credential, Secret};

/// A credential, and the emulator that accepts it where there is one: it lives as
/// long as this.
pub(crate) struct Access {
    pub(crate) credential: Credential,
    /// Where it comes from, for people.
    pub(crate) source: &'static str,
    _emulator: Option<Emulator>,
}

/// The emulator's own credential with `--emulator`, else that of the environment.
pub(crate) async fn access(global: &Global) -> anyhow::Result<Access> {
    if global.emulator {
        let listen = ([127, 0, 0, 1], 0).into();
        let emulator = Emulator::start(listen, emulator::Options::default()).await?;
        let secret = Secret::new(emulator::SECRET.to_owned());
        let credential = Credential::new(emulator::PROJECT_ID, secret);
        return Ok(Access {
            credential: credential.with_base_url(&emulator.base_url())?,
            source: "the emulator",
            _emulator: Some(emulator),
        });
    }
    let credential = match from_environment(|name| env::var_os(name)) {
        Ok(Some(credential)) => credential,
        Ok(None) if global.dry_run => dry_run::placeholder(global),
        Ok(None) => return Err(missing(NONE).into()),
        Err(error) => return Err(error.into()),
    };
    let base_url = match &global.base_url {
        Some(url) => Some(url.clone()),
        None => variable(&|name| env::var_os(name), "STYTCH_BASE_URL")?,
    };
    let credential = match base_url {
        Some(url) => credential.with_base_url(&url).map_err(Usage::from)?,
        None => credential,
    };
    Ok(Access {
        credential,
        source: "STYTCH_PROJECT_ID and STYTCH_SECRET",
        _emulator: None,
    })
}

const NONE: &str = "there is no credential: STYTCH_PROJECT_ID and STYTCH_SECRET are not set";

/// None where neither variable is set.
fn from_environment(get: impl Fn(&str) -> Option<OsString>) -> Result<Option<Credential>, Usage> {
    let project_id = variable(&get, "STYTCH_PROJECT_ID")?;
    let secret = variable(&get, "STYTCH_SECRET")?;
    match (project_id, secret) {
        (Some(project_id), Some(secret)) => {
            Ok(Some(Credential::new(project_id, Secret::new(secret))))
        }
        (None, None) => Ok(None),
        (Some(_), None) => Err(missing(
            "STYTCH_PROJECT_ID is set, but STYTCH_SECRET is not",
        )),
        (None, Some(_)) => Err(missing(
            "STYTCH_SECRET is set, but STYTCH_PROJECT_ID is not",
        )),
    }
}

fn missing(what: &str) -> Usage {
    Usage::new(what).hint(
        "copy both from the API keys page of the Stytch dashboard:\n\
         \n    export STYTCH_PROJECT_ID=project-test-…\
         \n    export STYTCH_SECRET=secret-test-…\n\
         \nor try it without an account: add --emulator",
    )
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
mod tests {
    use super::*;

    fn from(variables: &[(&str, &str)]) -> Result<Option<Credential>, Usage> {
        from_environment(|name| {
            let (_, value) = variables.iter().find(|(key, _)| *key == name)?;
            Some(OsString::from(value))
        })
    }

    #[test]
    fn both_variables_make_a_credential() {
        let both = [
            ("STYTCH_PROJECT_ID", "project-live-1"),
            ("STYTCH_SECRET", "hush"),
        ];
        let credential = from(&both).unwrap().unwrap();
        assert_eq!(credential.project_id(), "project-live-1");
    }

    #[test]
    fn none_is_no_mistake_yet() {
        assert!(from(&[]).unwrap().is_none());
        let empty = [("STYTCH_SECRET", ""), ("STYTCH_PROJECT_ID", "")];
        assert!(from(&empty).unwrap().is_none());
    }

    #[test]
    fn one_alone_is_named() {
        for (variables, expected) in [
            (&[("STYTCH_SECRET", "hush")][..], "STYTCH_PROJECT_ID is not"),
            (&[("STYTCH_PROJECT_ID", "p")], "STYTCH_SECRET is not"),
        ] {
            let text = from(variables).unwrap_err().to_string();
            assert!(text.contains(expected) && !text.contains("hush"), "{text}");
        }
    }
}
