use super::plugin;
use crate::access::{Access, access};
use crate::args::Global;
use crate::dry_run;
use crate::render::{Settings, escape};
use serde::Serialize;
use std::io::Write;
use stytch_host::Call;
use stytch_host::types::CredentialReport;

pub(super) async fn run(global: &Global) -> anyhow::Result<()> {
    let access = access(global).await?;
    if global.dry_run {
        return dry_run::run(global, &plugin(global)?, &access, Call::Check).await;
    }
    check(global, &access).await
}

/// Tests a credential, and prints Stytch's report.
pub(super) async fn check(global: &Global, access: &Access) -> anyhow::Result<()> {
    let settings = Settings::of_document(global)?;
    let report = request_report(global, access).await?;
    print(&settings, access, &report)
}

/// Tests a credential with Stytch.
pub(super) async fn request_report(
    global: &Global,
    access: &Access,
) -> anyhow::Result<CredentialReport> {
    let report = plugin(global)?.check(&access.credential).await;
    report.map_err(|error| access.explain(error))
}

fn print(settings: &Settings, access: &Access, report: &CredentialReport) -> anyhow::Result<()> {
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
    settings.print(&named, |out| {
        writeln!(out, "The credential is valid.\n")?;
        if let Some(name) = access.name() {
            writeln!(out, "credential   {name}")?;
        }
        writeln!(out, "project      {}", access.credential.project_id())?;
        writeln!(out, "environment  {}", access.credential.environment())?;
        writeln!(out, "base URL     {}", escape(&report.base_url))?;
        let request_id = report.request_id.as_deref().unwrap_or("–");
        writeln!(out, "request ID   {}", escape(request_id))
    })
}
