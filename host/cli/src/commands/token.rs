//! `token`: manages the tokens of callers of `serve`.

use crate::args::{CreateToken, Global, Output, TokenCommand};
use crate::error::Usage;
use crate::render::Settings;
use crate::streams::{self, notify};
use serde::Serialize;
use std::collections::BTreeSet;
use std::io::Write;
use stytch_credentials::validate::check_name;
use stytch_service::{Operation, Scope, StoredToken, TokenError, TokenStore};

const COLUMNS: [&str; 4] = ["NAME", "CREDENTIALS", "OPERATIONS", "EXPIRES"];

pub(super) async fn run(global: &Global, command: TokenCommand) -> anyhow::Result<()> {
    let store = TokenStore::of_user().ok_or(stytch_credentials::Error::NoFolder)?;
    match command {
        TokenCommand::Create(args) => create(global, store, args).await,
        TokenCommand::List => list(global, &store),
        TokenCommand::Revoke(args) => {
            let revoke = move || store.revoke(&args.name).map(|()| args.name);
            let name = tokio::task::spawn_blocking(revoke).await?;
            let name = name.map_err(explained)?;
            notify(&format!("revoked {name}"));
            Ok(())
        }
    }
}

async fn create(global: &Global, store: TokenStore, args: CreateToken) -> anyhow::Result<()> {
    #[derive(Serialize)]
    struct Created<'a> {
        name: &'a str,
        token: &'a str,
    }
    let mut scope = Scope::default();
    if let Some(names) = &global.credential {
        let names: BTreeSet<_> = names.split(',').map(str::to_owned).collect();
        names.iter().try_for_each(|name| check_name(name))?;
        scope.credentials = Some(names);
    }
    if !args.operation.is_empty() {
        scope.operations = Some(args.operation.into_iter().collect());
    }
    scope.expires_at = args.expires;
    scope.manage_credentials = args.manage_credentials;
    let name = args.name.clone();
    let create = move || store.create(&name, scope);
    let token = tokio::task::spawn_blocking(create).await?;
    let token = token.map_err(explained)?;
    let created = Created {
        name: &args.name,
        token: token.expose(),
    };
    match global.output {
        Some(Output::Json | Output::Jsonl) => {
            Settings::of_document(global)?.print(&created, |_| Ok(()))?;
        }
        // Also where it is not a terminal: TOKEN=$(stytch-host token create ci)
        Some(Output::Table | Output::Csv) | None => {
            streams::print(format!("{}\n", token.expose()).as_bytes())?;
        }
    }
    notify(&format!(
        "created {}; its token cannot be shown again",
        args.name
    ));
    Ok(())
}

fn list(global: &Global, store: &TokenStore) -> anyhow::Result<()> {
    let settings = Settings::of_document(global)?;
    let tokens = store.list().map_err(explained)?;
    settings.print_list(&tokens, |out| {
        if tokens.is_empty() {
            return writeln!(
                out,
                "there are no tokens; see: stytch-host token create --help"
            );
        }
        settings.write_rows(out, &COLUMNS, tokens.iter().map(row))
    })
}

fn row(token: &StoredToken) -> [String; 4] {
    const ALL: &str = "all";
    let Scope {
        credentials,
        operations,
        expires_at,
        manage_credentials,
        ..
    } = &token.scope;
    let credentials = credentials.as_ref().map(|names| {
        let names: Vec<_> = names.iter().map(String::as_str).collect();
        names.join(", ")
    });
    let operations = operations.as_ref().map(|operations| {
        let names: Vec<_> = operations.iter().copied().map(Operation::name).collect();
        names.join(", ")
    });
    let mut operations = operations.unwrap_or_else(|| ALL.to_owned());
    if *manage_credentials {
        operations.push_str("; manages credentials");
    }
    [
        token.name.clone(),
        credentials.unwrap_or_else(|| ALL.to_owned()),
        operations,
        expires_at.map_or_else(|| "never".to_owned(), |time| time.to_string()),
    ]
}

fn explained(error: TokenError) -> anyhow::Error {
    let hint = match &error {
        TokenError::Exists(name) => {
            format!("choose another name, or first: stytch-host token revoke {name}")
        }
        TokenError::Unknown(_) => "stytch-host token list shows them".to_owned(),
        _ => return with_own_hint(error),
    };
    Usage::new(error.to_string()).hint(hint).into()
}

/// An error without a hint of ours. That of the store has its own.
pub(super) fn with_own_hint(error: TokenError) -> anyhow::Error {
    match error {
        TokenError::Store(error) => error.into(),
        error => error.into(),
    }
}
