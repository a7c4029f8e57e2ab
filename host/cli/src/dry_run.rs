//! `--dry-run`: prints a request instead of sending it.

use crate::access::Access;
use crate::args::{Global, Output};
use crate::render::escape;
use crate::streams::{self, Stdout};
use serde::Serialize;
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use std::io::{self, IsTerminal, Write};
use stytch_credentials::redact;
use stytch_host::{Call, DryRun, Plugin};

/// Prints the request that a call would send.
pub(crate) async fn run(
    global: &Global,
    plugin: &Plugin,
    access: &Access,
    call: Call<'_>,
) -> anyhow::Result<()> {
    let request = plugin.dry_run(&access.credential, call).await;
    let request = request.map_err(|error| access.explain(error))?;
    Ok(print(&request, global)?)
}

/// Prints one request: as text on a terminal, or as a line of JSON.
fn print(request: &DryRun, global: &Global) -> io::Result<()> {
    let request = &redacted(request);
    let mut stdout = Stdout::open()?;
    let as_text = match global.output {
        Some(Output::Json | Output::Jsonl) => false,
        Some(Output::Table | Output::Csv) => true,
        None => io::stdout().is_terminal(),
    };
    if as_text {
        writeln!(
            stdout,
            "{} {}",
            escape(&request.method),
            escape(&request.url)
        )?;
        for (name, value) in &request.headers {
            writeln!(stdout, "{}: {}", escape(name), escape(value))?;
        }
        if !request.body.is_empty() {
            writeln!(stdout, "\n{}", escape(&request.body))?;
        }
        stdout.flush()?;
        streams::dry_run_note(global, "nothing was sent");
        return Ok(());
    }
    serde_json::to_writer(&mut stdout, &Document::of(request))?;
    writeln!(stdout)?;
    stdout.flush()
}

/// Redacts secrets: somebody may have passed one in place of an ID.
fn redacted(request: &DryRun) -> DryRun {
    let redact = |text: &str| redact(text).into_owned();
    let mut request = request.clone();
    request.url = redact(&request.url);
    request.body = redact(&request.body);
    for (_, value) in &mut request.headers {
        *value = redact(value);
    }
    request
}

#[derive(Serialize)]
struct Document<'a> {
    dry_run: Request<'a>,
}

#[derive(Serialize)]
struct Request<'a> {
    method: &'a str,
    url: &'a str,
    headers: BTreeMap<&'a str, &'a str>,
    body: Body<'a>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Body<'a> {
    Json(Box<RawValue>),
    Text(&'a str),
    None,
}

impl<'a> Document<'a> {
    fn of(request: &'a DryRun) -> Self {
        let headers = request.headers.iter();
        Self {
            dry_run: Request {
                method: &request.method,
                url: &request.url,
                headers: headers.map(|(name, value)| (&**name, &**value)).collect(),
                body: match RawValue::from_string(request.body.clone()) {
                    Ok(json) => Body::Json(json),
                    Err(_) if request.body.is_empty() => Body::None,
                    Err(_) => Body::Text(&request.body),
                },
            },
        }
    }
}
