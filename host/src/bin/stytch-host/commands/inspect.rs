use super::builder;
use crate::args::{Global, Inspect, Output};
use crate::render::{escape, print_json};
use std::io::{self, Write};
use std::process::ExitCode;
use stytch_host::{Inspection, Item};

/// A component that cannot be run is shown, too, and is exit 1.
pub(super) fn run(global: &Global, args: Inspect) -> anyhow::Result<ExitCode> {
    let mut builder = builder(global);
    if let Some(file) = args.file {
        builder = builder.component_file(file);
    }
    let inspection = builder.inspect()?;
    let mut stdout = io::stdout().lock();
    match Output::or_default(global.output) {
        Output::Json => print_json(&mut stdout, &inspection)?,
        Output::Jsonl => writeln!(stdout, "{}", serde_json::to_string(&inspection)?)?,
        Output::Table => print_text(&mut stdout, &inspection)?,
    }
    Ok(match inspection.problem {
        None => ExitCode::SUCCESS,
        Some(_) => ExitCode::FAILURE,
    })
}

fn print_text(stdout: &mut impl Write, inspection: &Inspection) -> io::Result<()> {
    writeln!(stdout, "{} bytes", inspection.size)?;
    print_items(
        stdout,
        "imports (all that it can ask of this machine)",
        &inspection.imports,
    )?;
    print_items(stdout, "exports", &inspection.exports)?;
    writeln!(
        stdout,
        "\ncould reach, with a credential: GET /v1/users/{{user_id}} and POST /v1/users/search\n\
         of the base URL, and nothing else"
    )?;
    match &inspection.problem {
        None => writeln!(stdout, "\nfits the contract stytch:users@0.1.0"),
        Some(problem) => writeln!(stdout, "\ncannot be run: {}", escape(problem)),
    }
}

fn print_items(stdout: &mut impl Write, title: &str, items: &[Item]) -> io::Result<()> {
    writeln!(stdout, "\n{title}")?;
    for item in items {
        writeln!(stdout, "  {}", escape(&item.name))?;
        for function in &item.functions {
            writeln!(stdout, "    {}", escape(function))?;
        }
    }
    Ok(())
}
