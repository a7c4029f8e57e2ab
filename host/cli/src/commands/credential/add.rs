//! `credential add`: ask, check, test, and only then store.

use super::super::check;
use super::say;
use crate::args::{AddCredential, Global};
use crate::credentials::{self, Access, Added, BaseUrl, Label, New, Place, Store, prompt, shape};
use std::path::Path;
use stytch_host::{Credential, Environment};

pub(super) async fn run(global: &Global, store: Store, args: AddCredential) -> anyhow::Result<()> {
    if !args.misplaced.is_empty() {
        return Err(shape::misplaced_secret().into());
    }
    shape::check_name(&args.name)?;
    // Before anybody types a secret in vain.
    if !args.replace {
        store.check_free(&args.name)?;
    }
    let project_id = match args.project_id {
        Some(project_id) => project_id,
        None => prompt::project_id().await?,
    };
    let project_id = shape::trimmed("the project ID", &project_id)?.to_owned();
    shape::check_project_id("the project ID", &project_id)?;
    let label = Label {
        name: args.name,
        environment: Environment::of(&project_id),
    };
    let secret = prompt::secret(&label).await?;
    shape::check_secret(label.environment, &secret)?;
    let base_url = BaseUrl::asked(global)?;
    let credential = Credential::new(&project_id, secret.clone());
    let credential = credentials::at(credential, base_url.clone())?;
    shape::check_base_url(&credential)?;
    if let Some(doubt) = shape::doubt(&project_id, &secret) {
        say(&format!("warning: {doubt}"));
    }
    if !args.no_test {
        check::ask(global, &Access::of_new(credential, label.clone())).await?;
    }
    let new = New {
        label,
        project_id,
        base_url: base_url.map(|base_url| base_url.url),
        secret,
        replace: args.replace,
        default: args.default,
        store: args.store,
    };
    let file = store.file();
    let added = tokio::task::spawn_blocking(move || store.add(new)).await??;
    say(&report(&added, &file));
    Ok(())
}

fn report(added: &Added, file: &Path) -> String {
    let named = &added.named;
    let place = match (named.store, &added.no_keyring) {
        (Place::Keyring, _) => "in the system's keyring".to_owned(),
        (Place::File, None) => format!("in {}", file.display()),
        (Place::File, Some(reason)) => {
            format!("in {} ({reason})", file.display())
        }
    };
    let default = if named.default {
        "; it is the default"
    } else {
        ""
    };
    format!("stored {named} {place}{default}")
}
