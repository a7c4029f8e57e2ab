use super::builder;
use crate::args::{Global, Inspect};
use crate::render::{Settings, escape};
use std::io::{self, Write};
use std::process::ExitCode;
use stytch_host::{Inspection, Item};

/// A component that cannot be run is shown, too, and is exit 1.
pub(super) fn run(global: &Global, args: Inspect) -> anyhow::Result<ExitCode> {
    let settings = Settings::of_document(global)?;
    let mut builder = builder(global);
    if let Some(file) = args.file {
        builder = builder.component_file(file);
    }
    let inspection = builder.inspect()?;
    settings.print(&inspection, |out| print_text(out, global, &inspection))?;
    Ok(match inspection.problem {
        None => ExitCode::SUCCESS,
        Some(_) => ExitCode::FAILURE,
    })
}

fn print_text(out: &mut impl Write, global: &Global, inspection: &Inspection) -> io::Result<()> {
    writeln!(out, "{} bytes", inspection.size)?;
    print_items(
        out,
        "imports (all that it can ask of this machine)",
        &inspection.imports,
    )?;
    print_items(out, "exports", &inspection.exports)?;
    writeln!(
        out,
        "\ncould reach, with a credential: GET /v1/users/{{user_id}} and POST /v1/users/search\n\
         of the base URL, and nothing else"
    )?;
    let secret = if inspection.reads_secret {
        "could read the secret of the credential; --sealed keeps it out"
    } else if global.sealed {
        "cannot read the secret of the credential: --sealed keeps it out"
    } else {
        "cannot read the secret of the credential: it does not import wasi:config"
    };
    writeln!(out, "{secret}")?;
    match &inspection.problem {
        None => writeln!(out, "\nfits the contract stytch:users@0.1.0"),
        Some(problem) => writeln!(out, "\ncannot be run: {}", escape(problem)),
    }
}

fn print_items(out: &mut impl Write, title: &str, items: &[Item]) -> io::Result<()> {
    writeln!(out, "\n{title}")?;
    for item in items {
        writeln!(out, "  {}", escape(&item.name))?;
        for function in &item.functions {
            writeln!(out, "    {}", escape(function))?;
        }
    }
    Ok(())
}
