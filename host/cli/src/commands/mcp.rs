//! The tools of agents, for one client that starts this program.

mod config;

use super::networked;
use crate::access::{self, Access};
use crate::args::{Global, Mcp, McpText};
use crate::error::Usage;
use crate::{interrupts, streams};
use jiff::Timestamp;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{self, IsTerminal};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use stytch_host::{Credential, Plugin};
use stytch_mcp::{Access as Allowed, Catalog, Ended, Entered, Listed, Refusal, Server, Tool};
use stytch_service::LineLog;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How many calls are in flight at once; others wait.
const CALLS: usize = 16;

/// Serves a client until it is gone, or until the process is told to stop.
pub(super) async fn run(global: &Global, args: Mcp) -> anyhow::Result<ExitCode> {
    if let Some(client) = args.print_config {
        config::print(global, &args, client)?;
        return Ok(ExitCode::SUCCESS);
    }
    streams::check_input()?;
    streams::check_output()?;
    let log = Arc::new(LineLog::new(match &args.audit_log {
        Some(path) => Some(Box::new(append(path)?)),
        None if global.quiet => None,
        None => Some(Box::new(io::stderr())),
    }));
    let accesses = accesses(global, &args.allow).await?;
    let credentials = accesses
        .iter()
        .map(|access| (access.served_name().to_owned(), access.credential.clone()));
    let builder = networked(global)?;
    let mut settings = stytch_mcp::Settings::default();
    (settings.max_results, settings.hide) = (args.max_results, args.hide);
    settings.text = args.text.into();
    let catalog = Catalog::new(&builder.describe()?, settings)?;
    let local = Local {
        credentials: Arc::new(credentials.collect()),
        plugin: builder.build()?,
        calls: Arc::new(Semaphore::new(CALLS)),
        log: log.clone(),
    };
    if io::stdin().is_terminal() && !global.quiet {
        streams::notify(
            "This waits for a client, which speaks MCP on standard input. To see the \
             configuration of one: stytch-host mcp --print-config",
        );
    }
    let server = Server::new(local, catalog);
    let (input, output) = (tokio::io::stdin(), tokio::io::stdout());
    let mut code = 0;
    let gone = async {
        tokio::select! {
            () = streams::output_closed() => {}
            interrupted = interrupts::interrupted() => {
                code = interrupted;
                // The next one ends the process.
                interrupts::watch();
            }
        }
    };
    let ended = stytch_mcp::stdio(server, input, output, gone).await;
    tokio::task::spawn_blocking(move || log.flush()).await?;
    ended?;
    Ok(code.into())
}

/// The credential that other commands use, and those that are allowed besides.
async fn accesses(global: &Global, allow: &[String]) -> anyhow::Result<Vec<Access>> {
    if global.emulator && !allow.is_empty() {
        return Err(Usage::new("--allow does not apply to --emulator")
            .hint("the emulator has one credential, named emulator")
            .into());
    }
    let mut accesses = Vec::new();
    // What is allowed explicitly needs no default.
    if allow.is_empty() || global.credential.is_some() {
        accesses.push(access::access(global).await?);
    }
    for name in allow {
        if global.credential.as_ref() != Some(name) {
            accesses.push(access::stored(global, name.clone()).await?);
        }
    }
    Ok(accesses)
}

impl From<McpText> for stytch_mcp::Text {
    fn from(text: McpText) -> Self {
        match text {
            McpText::Short => Self::Short,
            McpText::Full => Self::Full,
        }
    }
}

/// Opens a log, which only its owner can read if it is new.
fn append(path: &Path) -> Result<File, Usage> {
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map_err(|error| {
        Usage::new(format!("{} cannot be written: {error}", path.display()))
            .hint("name a file in a folder that exists, with --audit-log")
    })
}

/// What the agent may use.
#[derive(Debug, Clone)]
struct Local {
    credentials: Arc<BTreeMap<String, Credential>>,
    plugin: Plugin,
    calls: Arc<Semaphore>,
    log: Arc<LineLog>,
}

/// The line for a call.
#[derive(Debug, Serialize)]
struct Line<'a> {
    time: Timestamp,
    tool: Tool,
    credential: Option<&'a str>,
    code: &'static str,
    request_id: Option<&'a str>,
    duration_ms: f64,
}

impl Allowed for Local {
    type Permit = OwnedSemaphorePermit;

    fn credentials(&self) -> Vec<Listed> {
        let listed = |(name, credential): (&String, &Credential)| Listed {
            name: name.clone(),
            environment: Some(credential.environment()),
            usable: true,
        };
        self.credentials.iter().map(listed).collect()
    }

    fn permits(&self, _: Tool) -> bool {
        true
    }

    async fn enter(&self, _: Tool, name: &str) -> Result<Entered<Self::Permit>, Refusal> {
        let refused = |code, message: &str| Refusal {
            code,
            message: message.to_owned(),
            retry_after: None,
        };
        let credential = self.credentials.get(name);
        let credential = credential
            .ok_or_else(|| refused("unknown_credential", "there is no such credential"))?;
        let permit = self.calls.clone().acquire_owned().await;
        Ok(Entered {
            plugin: self.plugin.clone(),
            credential: credential.clone(),
            permit: permit.map_err(|_| refused("internal", "the server has stopped"))?,
        })
    }

    fn ended(&self, call: &Ended<'_>) {
        self.log.write(&Line {
            time: Timestamp::now(),
            tool: call.tool,
            credential: call.credential,
            code: call.code.unwrap_or("ok"),
            request_id: call.request_id,
            duration_ms: call.duration.as_secs_f64() * 1000.0,
        });
    }
}
