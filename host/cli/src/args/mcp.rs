use super::number;
use clap::{Args, ValueEnum};
use std::num::NonZeroU32;
use std::path::PathBuf;
use stytch_fields::Fields;

#[derive(Debug, Args)]
#[command(after_help = "\
A client, such as a desktop application for agents, starts this command and speaks the
Model Context Protocol with it on standard input and output. --print-config prints what
to add to the configuration of a client.

The agent gets the tools retrieve_user, search_users, check_credential and
list_credentials, which only read. It may use the credential that other commands use, or
those of --allow. Secrets stay sealed, as with --sealed.

Standard error, or --audit-log, has a line of JSON for each call, without personal data:
the time, the tool, the credential, the code of a failure and Stytch's request ID.

To serve agents over HTTP, see /mcp of `stytch-host serve`.

Examples:
  stytch-host mcp --print-config vscode
  stytch-host --emulator mcp --print-config claude-desktop
  stytch-host --credential acme-test mcp --hide phone_numbers,trusted_metadata
  npx @modelcontextprotocol/inspector --cli stytch-host --emulator mcp --method tools/list")]
pub(crate) struct Mcp {
    /// Let the agent use this stored credential, not the default one; repeatable
    ///
    /// With --credential, it may use that one, too.
    ///
    /// Example: --allow acme-test --allow acme-live
    #[arg(long, value_name = "NAME")]
    pub(crate) allow: Vec<String>,

    /// Leave these members of users out of every answer
    ///
    /// Paths as those of --fields. Searches can still filter by them.
    ///
    /// Example: --hide phone_numbers,trusted_metadata,emails.email
    #[arg(long, value_name = "PATHS", value_parser = Fields::parse)]
    pub(crate) hide: Option<Fields>,

    /// Return at most this many users at once, 1 to 1000; 10 unless the agent asks
    ///
    /// Example: --max-results 25
    #[arg(
        long,
        value_name = "N",
        default_value = "100",
        allow_negative_numbers = true,
        value_parser = results
    )]
    pub(crate) max_results: NonZeroU32,

    /// What the text of an answer contains, besides its structured content
    ///
    /// Example: --text full
    #[arg(long, value_enum, value_name = "TEXT", default_value = "short")]
    pub(crate) text: Text,

    /// Append the line for each call to this file; a new one is readable by you alone
    ///
    /// Example: --audit-log audit.jsonl
    #[arg(long, value_name = "FILE")]
    pub(crate) audit_log: Option<PathBuf>,

    /// Print the configuration of a client that starts this command with these flags
    ///
    /// Example: --print-config vscode
    #[arg(
        long,
        value_enum,
        value_name = "CLIENT",
        num_args = 0..=1,
        default_missing_value = "claude-desktop"
    )]
    pub(crate) print_config: Option<Client>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Text {
    /// A summary
    Short,
    /// Also the data, for clients that show the model the text alone
    Full,
}

/// A client that starts servers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Client {
    ClaudeDesktop,
    ClaudeCode,
    Codex,
    Cursor,
    GeminiCli,
    #[value(name = "vscode")]
    VsCode,
    Zed,
}

pub(super) fn results(text: &str) -> Result<NonZeroU32, String> {
    let limits = NonZeroU32::MIN..=NonZeroU32::MIN.saturating_add(999);
    number::within(text, &limits)
}
