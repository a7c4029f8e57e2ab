//! Prints stored credentials, never their secrets.

use crate::args::Global;
use crate::render::Settings;
use std::io::Write;
use stytch_credentials::{Store, StoredCredential};

const COLUMNS: [&str; 6] = [
    "NAME",
    "ENVIRONMENT",
    "PROJECT ID",
    "BASE URL",
    "STORED IN",
    "DEFAULT",
];

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

/// Prints one: as text only its name, as JSON all of its fields.
pub(super) fn one(global: &Global, stored: &StoredCredential) -> anyhow::Result<()> {
    Settings::of_document(global)?.print(stored, |out| writeln!(out, "{stored}"))
}

fn row(stored: &StoredCredential) -> [String; 6] {
    [
        stored.name.clone(),
        stored.environment.to_string(),
        stored.project_id.clone(),
        stored.base_url.clone().unwrap_or_default(),
        stored.store.to_string(),
        if stored.default { "✓" } else { "" }.to_owned(),
    ]
}
