use super::plugin;
use crate::args::Global;
use crate::credentials::access;
use crate::render::{Settings, escape};
use std::io::Write;

pub(super) async fn run(global: &Global) -> anyhow::Result<()> {
    let settings = Settings::of_document(global)?;
    let access = access(global).await?;
    let report = plugin(global)?.check(&access.credential).await?;
    settings.print(&report, |out| {
        writeln!(out, "The credential is good.\n")?;
        writeln!(out, "project      {}", access.credential.project_id())?;
        writeln!(out, "environment  {}", access.credential.environment())?;
        writeln!(out, "base URL     {}", escape(&report.base_url))?;
        let request_id = report.request_id.as_deref().unwrap_or("–");
        writeln!(out, "request ID   {}", escape(request_id))
    })
}
