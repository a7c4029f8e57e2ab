//! Where calls may go, with no secret taken from anywhere.

use super::{BaseUrl, Label, Store, at, default_name, from_environment};
use crate::args::Global;
use crate::failure::Usage;
use serde::Serialize;
use std::env;
use std::fmt;
use stytch_host::{Credential, Environment, Secret};

/// The origins that calls of a command may reach.
#[derive(Debug, Serialize)]
pub(crate) struct Reach {
    origins: Vec<String>,
    /// Whose they are.
    of: String,
}

impl fmt::Display for Reach {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.origins.join(" or "), self.of)
    }
}

/// Where the calls of this command would go, by the rules of [`access`].
///
/// [`access`]: super::access
pub(crate) fn reach(global: &Global) -> Result<Reach, Usage> {
    if global.emulator {
        return Ok(Reach {
            origins: vec!["http://127.0.0.1:{port}".to_owned()],
            of: "the emulator of this command".to_owned(),
        });
    }
    let asked = BaseUrl::asked(global)?;
    let variables = match &global.credential {
        Some(_) => None,
        None => from_environment(|name| env::var_os(name))?,
    };
    if let Some(credential) = variables {
        let of = "the credential of STYTCH_PROJECT_ID and STYTCH_SECRET";
        return Ok(Reach::of(&at(credential, asked)?, of));
    }
    let name = match &global.credential {
        Some(name) => Ok(name.clone()),
        None => default_name(),
    };
    match (name, asked) {
        (Ok(name), asked) => stored(&name, asked),
        (Err(_), Some(url)) => {
            let credential = Credential::new("", Secret::new(String::new()));
            let credential = url.of_credential(credential)?;
            Ok(Reach::of(
                &credential,
                "the base URL; there is no credential",
            ))
        }
        (Err(_), None) => Ok(Reach {
            origins: [Environment::Test, Environment::Live]
                .map(|environment| environment.origin().to_string())
                .into(),
            of: "there is no credential, which would choose one".to_owned(),
        }),
    }
}

fn stored(name: &str, asked: Option<BaseUrl>) -> Result<Reach, Usage> {
    let named = Store::required()?.named(name)?;
    let label: Label = named.label();
    let base_url = asked.or_else(|| BaseUrl::stored(&named));
    let credential = Credential::new(named.project_id, Secret::new(String::new()));
    let credential = at(credential, base_url)?;
    Ok(Reach::of(&credential, &format!("the credential {label}")))
}

impl Reach {
    fn of(credential: &Credential, whose: &str) -> Self {
        Self {
            origins: vec![credential.origin().to_string()],
            of: whose.to_owned(),
        }
    }
}
