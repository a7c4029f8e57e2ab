//! Prints the configuration of a client.

use crate::access::selection;
use crate::args::{Client, Global, Mcp, McpText};
use crate::streams;
use serde_json::{Value, json};
use std::path;
use std::{env, io};
use stytch_credentials::{Choice, shell_word};
use stytch_fields::Path;

/// The name of this server in a configuration.
const NAME: &str = "stytch";

/// Prints the configuration of `client` that starts this program with the same flags.
pub(super) fn print(global: &Global, args: &Mcp, client: Client) -> anyhow::Result<()> {
    let program = env::current_exe()?.display().to_string();
    let arguments = arguments(global, args)?;
    let (text, place) = configuration(client, &program, &arguments)?;
    streams::print(text.as_bytes())?;
    if !global.quiet {
        streams::notify(place);
    }
    Ok(())
}

/// What to add, and where.
fn configuration(
    client: Client,
    program: &str,
    arguments: &[String],
) -> serde_json::Result<(String, &'static str)> {
    let server = json!({"command": program, "args": arguments});
    let document = |text: Value| serde_json::to_string_pretty(&text).map(|text| text + "\n");
    Ok(match client {
        Client::ClaudeDesktop => (
            document(json!({"mcpServers": {NAME: server}}))?,
            "Add this to claude_desktop_config.json (Settings, Developer, Edit Config), and restart \
             the application.",
        ),
        Client::Cursor => (
            document(json!({"mcpServers": {NAME: server}}))?,
            "Add this to ~/.cursor/mcp.json.",
        ),
        Client::GeminiCli => (
            document(json!({"mcpServers": {NAME: server}}))?,
            "Add this to ~/.gemini/settings.json.",
        ),
        Client::VsCode => {
            let server = json!({"type": "stdio", "command": program, "args": arguments});
            (
                document(json!({"servers": {NAME: server}}))?,
                "Add this to .vscode/mcp.json, or to what the command \"MCP: Open User \
                 Configuration\" opens.",
            )
        }
        Client::Zed => (
            document(json!({"context_servers": {NAME: server}}))?,
            "Add this to Zed's settings.json.",
        ),
        Client::Codex => {
            // JSON's strings and arrays are TOML's.
            let (program, arguments) = (json!(program), json!(arguments));
            (
                format!("[mcp_servers.{NAME}]\ncommand = {program}\nargs = {arguments}\n"),
                "Add this to ~/.codex/config.toml.",
            )
        }
        Client::ClaudeCode => {
            let words = [program]
                .into_iter()
                .chain(arguments.iter().map(String::as_str));
            let words: Vec<_> = words.map(shell_word).collect();
            (
                format!("claude mcp add {NAME} -- {}\n", words.join(" ")),
                "Run this command.",
            )
        }
    })
}

/// The flags that were given, so that they mean the same in another folder and when another
/// credential has become the default.
fn arguments(global: &Global, args: &Mcp) -> anyhow::Result<Vec<String>> {
    let mut arguments = Vec::new();
    let mut flag = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            arguments.extend([name.to_owned(), value]);
        }
    };
    flag("--credential", credential(global, args)?);
    flag("--base-url", global.base_url.clone());
    flag("--component", absolute(global.component.as_deref())?);
    flag("--ca-cert", absolute(global.ca_cert.as_deref())?);
    flag("--timeout", other(&global.timeout.as_secs_f64(), &60.0));
    flag("--max-attempts", other(&global.max_attempts, &3));
    flag("--reuse", global.reuse.map(|calls| calls.to_string()));
    if global.emulator {
        arguments.push("--emulator".to_owned());
    }
    if global.quiet {
        arguments.push("--quiet".to_owned());
    }
    arguments.push("mcp".to_owned());
    let mut flag = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            arguments.extend([name.to_owned(), value]);
        }
    };
    for name in &args.allow {
        flag("--allow", Some(name.clone()));
    }
    let hide = args.hide.as_ref().map(|hide| {
        let paths: Vec<_> = hide.paths().iter().map(Path::text).collect();
        paths.join(",")
    });
    flag("--hide", hide);
    flag("--max-results", other(&args.max_results.get(), &100));
    flag(
        "--text",
        (args.text == McpText::Full).then(|| "full".to_owned()),
    );
    flag("--audit-log", absolute(args.audit_log.as_deref())?);
    Ok(arguments)
}

/// The name of the credential that is meant.
fn credential(global: &Global, args: &Mcp) -> anyhow::Result<Option<String>> {
    if global.emulator || (global.credential.is_none() && !args.allow.is_empty()) {
        return Ok(None);
    }
    match selection(global).choose(|name| env::var_os(name))? {
        Choice::Stored(name) => Ok(Some(name)),
        Choice::Variables(_) => {
            streams::notify(
                "Clients do not pass STYTCH_PROJECT_ID and STYTCH_SECRET on. Store the \
                 credential instead: stytch-host credential add NAME",
            );
            Ok(None)
        }
        Choice::None(error) => Err(error.into()),
    }
}

fn absolute(path: Option<&path::Path>) -> io::Result<Option<String>> {
    let path = path.map(path::absolute).transpose()?;
    Ok(path.map(|path| path.display().to_string()))
}

/// A value that is not the default.
fn other<T: PartialEq + ToString>(value: &T, default: &T) -> Option<String> {
    (value != default).then(|| value.to_string())
}
