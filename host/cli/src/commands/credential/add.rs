//! `credential add`: prompts, validates and tests a credential before storing it.

use super::super::check;
use super::prompt;
use crate::access::{Access, selection};
use crate::args::{AddCredential, Global};
use crate::streams::notify;
use std::env;
use std::path::Path;
use stytch_credentials::{Added, Error, Label, NewCredential, Place, Store, validate};
use stytch_host::{Credential, Environment};

pub(super) async fn run(global: &Global, store: Store, args: AddCredential) -> anyhow::Result<()> {
    if !args.misplaced.is_empty() {
        return Err(Error::SecretAsArgument.into());
    }
    validate::check_name(&args.name)?;
    // Before the prompt, so that nobody types a secret for nothing.
    if !args.replace {
        store.check_free(&args.name)?;
    }
    let project_id = match args.project_id {
        Some(project_id) => project_id,
        None => prompt::project_id().await?,
    };
    let project_id = validate::trimmed("the project ID", &project_id)?.to_owned();
    validate::check_project_id("the project ID", &project_id)?;
    let label = Label {
        name: args.name,
        environment: Environment::of(&project_id),
    };
    let secret = prompt::secret(&label).await?;
    validate::check_secret(label.environment, &secret)?;
    let base_url = selection(global).base_url(|name| env::var_os(name))?;
    let credential = Credential::new(&project_id, secret.clone());
    let credential = stytch_credentials::with_base_url(credential, base_url.clone())?;
    validate::check_base_url(&credential)?;
    if let Some(warning) = validate::warning(&project_id, &secret) {
        notify(&format!("warning: {warning}"));
    }
    if !args.no_test {
        check::request_report(global, &Access::of_new(credential, label.clone())).await?;
    }
    let new = NewCredential {
        label,
        project_id,
        base_url: base_url
            .as_ref()
            .map(|base_url| base_url.as_str().to_owned()),
        secret,
        replace: args.replace,
        default: args.default,
        store: args.store.into(),
    };
    let file = store.file();
    let added = tokio::task::spawn_blocking(move || store.add(new)).await??;
    notify(&report(&added, &file));
    Ok(())
}

fn report(added: &Added, file: &Path) -> String {
    let stored = &added.stored;
    let place = match (stored.store, &added.no_keyring) {
        (Place::Keyring, _) => "in the system's keyring".to_owned(),
        (Place::File, None) => format!("in {}", file.display()),
        (Place::File, Some(reason)) => {
            format!("in {} ({reason})", file.display())
        }
    };
    let default = if stored.default {
        "; it is the default"
    } else {
        ""
    };
    format!("stored {stored} {place}{default}")
}
