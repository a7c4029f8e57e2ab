use super::plugin;
use crate::args::{Global, Output};
use crate::credentials::{Access, access};
use crate::render::{escape, print_json};
use serde::Serialize;
use std::io::{self, Write};
use stytch_host::check::CredentialReport;

pub(super) async fn run(global: &Global) -> anyhow::Result<()> {
    check(global, &access(global).await?).await
}

/// Tests a credential, and prints what Stytch said.
pub(super) async fn check(global: &Global, access: &Access) -> anyhow::Result<()> {
    let report = ask(global, access).await?;
    print(global, access, &report)
}

/// Asks Stytch whether a credential is good.
pub(super) async fn ask(global: &Global, access: &Access) -> anyhow::Result<CredentialReport> {
    let answer = plugin(global)?.check(&access.credential).await;
    answer.map_err(|error| access.explain(error))
}

fn print(global: &Global, access: &Access, report: &CredentialReport) -> anyhow::Result<()> {
    #[derive(Serialize)]
    struct Named<'a> {
        #[serde(skip_serializing_if = "Option::is_none")]
        credential: Option<&'a str>,
        #[serde(flatten)]
        report: &'a CredentialReport,
    }
    let named = Named {
        credential: access.name(),
        report,
    };
    let mut stdout = io::stdout().lock();
    match Output::or_default(global.output) {
        Output::Json => print_json(&mut stdout, &named)?,
        Output::Jsonl => writeln!(stdout, "{}", serde_json::to_string(&named)?)?,
        Output::Table => {
            writeln!(stdout, "The credential is good.\n")?;
            if let Some(name) = access.name() {
                writeln!(stdout, "credential   {name}")?;
            }
            writeln!(stdout, "project      {}", access.credential.project_id())?;
            writeln!(stdout, "environment  {}", access.credential.environment())?;
            writeln!(stdout, "base URL     {}", escape(&report.base_url))?;
            let request_id = report.request_id.as_deref().unwrap_or("–");
            writeln!(stdout, "request ID   {}", escape(request_id))?;
        }
    }
    Ok(())
}
