use super::builder;
use crate::access::selection;
use crate::args::{Global, Inspect};
use crate::render::{Settings, escape};
use serde::Serialize;
use std::env;
use std::fmt;
use std::io::{self, Write};
use std::process::ExitCode;
use stytch_host::{Inspection, Item, Metadata};

/// The requests that a component may send.
const REQUESTS: [&str; 2] = ["GET /v1/users/{user_id}", "POST /v1/users/search"];

/// A component that cannot run is also shown, but with exit code 1.
pub(super) fn run(global: &Global, args: Inspect) -> anyhow::Result<ExitCode> {
    let settings = Settings::of_document(global)?;
    let mut builder = builder(global);
    if let Some(file) = args.file {
        builder = builder.component_file(file);
    }
    let inspection = builder.inspect()?;
    let report = Report {
        reach: if inspection.sends_requests {
            Some(Reach::of(global)?)
        } else {
            None
        },
        requests: inspection.sends_requests.then_some(REQUESTS),
        inspection: &inspection,
    };
    settings.print(&report, |out| print_text(out, global, &report))?;
    Ok(match inspection.problem {
        None => ExitCode::SUCCESS,
        Some(_) => ExitCode::FAILURE,
    })
}

#[derive(Serialize)]
struct Report<'a> {
    #[serde(flatten)]
    inspection: &'a Inspection,
    /// Where it may send requests; `None` if it cannot send any.
    reach: Option<Reach>,
    requests: Option<[&'static str; 2]>,
}

/// The origins that requests may go to, and where they come from.
#[derive(Serialize)]
struct Reach {
    origins: Vec<String>,
    of: String,
}

impl Reach {
    fn of(global: &Global) -> Result<Self, stytch_credentials::Error> {
        if global.emulator {
            return Ok(Self {
                origins: vec!["http://127.0.0.1:{port}".to_owned()],
                of: "the emulator of this command".to_owned(),
            });
        }
        let origins = selection(global).origins(|name| env::var_os(name))?;
        Ok(Self {
            origins: origins.origins.iter().map(ToString::to_string).collect(),
            of: origins.to_string(),
        })
    }
}

impl fmt::Display for Reach {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.origins.join(" or "), self.of)
    }
}

fn print_text(out: &mut impl Write, global: &Global, report: &Report) -> io::Result<()> {
    let inspection = report.inspection;
    print_identity(out, inspection)?;
    print_items(
        out,
        "imports (everything it can access on this machine)",
        &inspection.imports,
    )?;
    print_items(out, "exports", &inspection.exports)?;
    writeln!(out)?;
    match &report.reach {
        None => writeln!(out, "cannot send requests: it does not import wasi:http")?,
        Some(reach) => {
            let [retrieve, search] = REQUESTS;
            writeln!(out, "may reach {}", escape(&reach.to_string()))?;
            writeln!(out, "only with {retrieve} and {search}")?;
        }
    }
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
        Some(problem) => writeln!(out, "\ncannot run: {}", escape(problem)),
    }
}

fn print_identity(out: &mut impl Write, inspection: &Inspection) -> io::Result<()> {
    let Metadata {
        name,
        version,
        description,
        licenses,
        source,
        homepage,
        revision,
        authors,
        ..
    } = &inspection.metadata;
    let name_and_version: Vec<_> = [name, version]
        .into_iter()
        .flatten()
        .map(|text| escape(text))
        .collect();
    if !name_and_version.is_empty() {
        writeln!(out, "{}", name_and_version.join(" "))?;
    }
    for (title, text) in [
        ("", description),
        ("licence ", licenses),
        ("source ", source),
        ("homepage ", homepage),
        ("revision ", revision),
        ("authors ", authors),
    ] {
        if let Some(text) = text {
            writeln!(out, "{title}{}", escape(text))?;
        }
    }
    writeln!(out, "{} bytes", inspection.size)?;
    writeln!(out, "sha256:{}", inspection.sha256)
}

fn print_items(out: &mut impl Write, title: &str, items: &[Item]) -> io::Result<()> {
    writeln!(out, "\n{title}")?;
    for item in items {
        writeln!(out, "  {}", escape(&item.name))?;
        print_summary(out, "      ", item.documentation.as_deref())?;
        for function in &item.functions {
            writeln!(out, "    {}", escape(&function.name))?;
            print_summary(out, "        ", function.documentation.as_deref())?;
        }
    }
    Ok(())
}

/// Prints the first paragraph, with its original line breaks.
fn print_summary(out: &mut impl Write, indent: &str, docs: Option<&str>) -> io::Result<()> {
    let lines = docs.unwrap_or_default().lines();
    for line in lines.take_while(|line| !line.trim().is_empty()) {
        writeln!(out, "{indent}{}", escape(line))?;
    }
    Ok(())
}
