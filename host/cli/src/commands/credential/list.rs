//! Stored credentials as data: never their secrets.

use crate::args::Global;
use crate::credentials::{Named, Store};
use crate::render::Settings;
use std::io::Write;

const COLUMNS: [&str; 6] = [
    "NAME",
    "ENVIRONMENT",
    "PROJECT ID",
    "BASE URL",
    "STORED IN",
    "DEFAULT",
];

/// Prints all of them.
pub(super) fn all(global: &Global, store: &Store) -> anyhow::Result<()> {
    let settings = Settings::of_document(global)?;
    let credentials = store.list()?;
    settings.print_list(&credentials, |out| {
        if credentials.is_empty() {
            return writeln!(
                out,
                "no credential is stored; see: stytch-host credential add --help"
            );
        }
        settings.write_rows(out, &COLUMNS, credentials.iter().map(row))
    })
}

/// Prints one: for people its name, for programs all of it.
pub(super) fn one(global: &Global, named: &Named) -> anyhow::Result<()> {
    Settings::of_document(global)?.print(named, |out| writeln!(out, "{named}"))
}

fn row(named: &Named) -> [String; 6] {
    [
        named.name.clone(),
        named.environment.to_string(),
        named.project_id.clone(),
        named.base_url.clone().unwrap_or_default(),
        named.store.to_string(),
        if named.default { "✓" } else { "" }.to_owned(),
    ]
}
