//! Stored credentials on standard output: never their secrets.

use crate::args::{Global, Output};
use crate::credentials::{Named, Store};
use crate::render::{escape, print_json};
use comfy_table::{ContentArrangement, Table, presets};
use std::io::{self, Write};

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
    let credentials = store.list()?;
    let mut stdout = io::stdout().lock();
    match Output::or_default(global.output) {
        Output::Json => print_json(&mut stdout, &credentials)?,
        Output::Jsonl => {
            for named in &credentials {
                writeln!(stdout, "{}", serde_json::to_string(named)?)?;
            }
        }
        Output::Table if credentials.is_empty() => writeln!(
            stdout,
            "no credential is stored; see: stytch-host credential add --help"
        )?,
        Output::Table => writeln!(stdout, "{}", table(&credentials).trim_fmt())?,
    }
    Ok(())
}

/// Prints one: for people its name, for programs all of it.
pub(super) fn one(global: &Global, named: &Named) -> anyhow::Result<()> {
    let mut stdout = io::stdout().lock();
    match Output::or_default(global.output) {
        Output::Json => print_json(&mut stdout, named)?,
        Output::Jsonl => writeln!(stdout, "{}", serde_json::to_string(named)?)?,
        Output::Table => writeln!(stdout, "{named}")?,
    }
    Ok(())
}

fn table(credentials: &[Named]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_content_arrangement(ContentArrangement::Dynamic);
    table.set_header(COLUMNS);
    for named in credentials {
        table.add_row([
            named.name.clone(),
            named.environment.to_string(),
            named.project_id.clone(),
            escape(named.base_url.as_deref().unwrap_or_default()).into_owned(),
            named.store.to_string(),
            if named.default { "✓" } else { "" }.to_owned(),
        ]);
    }
    table
}
