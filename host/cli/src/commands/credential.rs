//! `credential`: manages stored credentials and the default.

mod add;
mod list;
mod prompt;

use super::check;
use crate::access::stored;
use crate::args::{CredentialCommand, Global};
use crate::error::Usage;
use crate::streams::notify;
use stytch_credentials::{Store, StoredCredential};

pub(super) async fn run(global: &Global, command: CredentialCommand) -> anyhow::Result<()> {
    if global.emulator {
        return Err(
            Usage::new("--emulator uses its own credential, which is not stored")
                .hint("leave --emulator out")
                .into(),
        );
    }
    let store = Store::required()?;
    match command {
        CredentialCommand::Add(args) => add::run(global, store, args).await,
        CredentialCommand::List => list::all(global, &store),
        CredentialCommand::Test(args) => {
            let name = match args.name.or_else(|| global.credential.clone()) {
                Some(name) => name,
                None => default(&store)?.name,
            };
            check::check(global, &stored(global, name).await?).await
        }
        CredentialCommand::Remove(args) => {
            let remove = move || store.remove(&args.name);
            let removed = tokio::task::spawn_blocking(remove).await??;
            let note = if removed.default {
                ". It was the default; to choose another: stytch-host credential default NAME"
            } else {
                ""
            };
            notify(&format!("removed {removed}{note}"));
            Ok(())
        }
        CredentialCommand::Default(args) => match args.name {
            None => list::one(global, &default(&store)?),
            Some(name) => {
                let set_default = move || store.set_default(&name);
                let default = tokio::task::spawn_blocking(set_default).await??;
                notify(&format!("the default is now {default}"));
                Ok(())
            }
        },
    }
}

fn default(store: &Store) -> anyhow::Result<StoredCredential> {
    store.default()?.ok_or_else(|| {
        Usage::new("there is no default credential")
            .hint("choose one: stytch-host credential default NAME")
            .into()
    })
}
