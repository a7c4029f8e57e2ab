use super::plugin;
use crate::args::{Global, Output};
use crate::credentials::access;
use crate::render::{escape, print_json};
use std::io::{self, Write};

pub(super) async fn run(global: &Global) -> anyhow::Result<()> {
    let access = access(global).await?;
    let report = plugin(global)?.check(&access.credential).await?;
    let mut stdout = io::stdout().lock();
    match Output::or_default(global.output) {
        Output::Json => print_json(&mut stdout, &report)?,
        Output::Jsonl => writeln!(stdout, "{}", serde_json::to_string(&report)?)?,
        Output::Table => {
            writeln!(stdout, "The credential is good.\n")?;
            writeln!(stdout, "project      {}", access.credential.project_id())?;
            writeln!(stdout, "environment  {}", access.credential.environment())?;
            writeln!(stdout, "base URL     {}", escape(&report.base_url))?;
            let request_id = report.request_id.as_deref().unwrap_or("–");
            writeln!(stdout, "request ID   {}", escape(request_id))?;
        }
    }
    Ok(())
}
