//! The arguments, as clap's derive describes them; their comments are the help.

#![expect(
    clippy::doc_markdown,
    reason = "the comments are shown as they are, not as Markdown"
)]

mod credential;
mod emulator;
mod filters;
mod global;
mod hyphen_values;
mod invoke;
mod mcp;
mod number;
mod output;
mod schema;
mod search_users;
mod serve;
mod token;
mod worker;

pub(crate) use credential::{AddCredential, CredentialCommand};
pub(crate) use emulator::Emulator;
pub(crate) use filters::Filters;
pub(crate) use global::Global;
pub(crate) use hyphen_values::parse;
pub(crate) use invoke::{Invoke, Operation};
pub(crate) use mcp::{Client, Mcp, Text as McpText};
pub(crate) use output::{Color, Output, Printing};
pub(crate) use schema::Schema;
pub(crate) use search_users::SearchUsers;
pub(crate) use serve::Serve;
pub(crate) use token::{CreateToken, TokenCommand};
pub(crate) use worker::Worker;

use clap::{Args as ClapArgs, Parser, Subcommand};
use std::path::PathBuf;

/// Look Stytch users up through a sandboxed WebAssembly component.
///
/// The component gets one credential and can reach one origin. It has no other access
/// to this machine.
#[derive(Debug, Parser)]
#[command(name = "stytch-host", version, propagate_version = true, arg_required_else_help = true, after_help = AFTER_HELP)]
pub(crate) struct Args {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

const AFTER_HELP: &str = "\
Credentials: store one with `stytch-host credential add NAME`, or set
STYTCH_PROJECT_ID and STYTCH_SECRET (Stytch dashboard, API keys).
The project ID chooses the environment: project-live-… is live, any other is test.

Proxies: HTTPS_PROXY or ALL_PROXY, such as http://user:password@proxy.example:3128;
NO_PROXY lists what is reached directly, such as localhost,.example.com,10.0.0.0/8.
Plain http, and --emulator, never go through a proxy.

Examples:
  stytch-host --emulator search-users --status active
  stytch-host retrieve-user user-test-16d9ba61-97a1-4ba4-9720-b03761dc50c6
  stytch-host search-users --email jane@example.com --output json
  stytch-host doctor

Exit codes: 0 ok, 1 the component or this program failed, 2 usage or configuration,
3 Stytch was not reached, 4 Stytch refused, 5 Stytch failed, 6 not found,
7 too many requests, 8 users are missing (--require-complete), 130 interrupted,
143 terminated";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Print users by their Stytch user IDs or external IDs
    RetrieveUser(RetrieveUser),
    /// Print the users that match filters, page by page
    SearchUsers(Box<SearchUsers>),
    /// Ask Stytch whether it accepts the credential
    #[command(after_help = CHECK_HELP)]
    Check,
    /// Store named credentials, and choose between them
    #[command(subcommand)]
    Credential(CredentialCommand),
    /// Call an operation with JSON and print its JSON: for other programs
    Invoke(Invoke),
    /// Print the JSON Schemas of an operation's input, output and errors
    Schema(Schema),
    /// Show what a component imports and exports, and what it could reach
    Inspect(Inspect),
    /// Write the built-in component to a file, for other hosts, and print its digest
    Export(Export),
    /// Run a local Stytch with made-up users until interrupted
    Emulator(Emulator),
    /// Serve the operations over HTTP, for programs in any language
    Serve(Serve),
    /// Offer the operations as tools to an agent (MCP), on standard input and output
    Mcp(Mcp),
    /// Create, list and revoke the tokens of callers of `serve`
    #[command(subcommand)]
    Token(TokenCommand),
    /// Run the operations as activities of Temporal workflows
    Worker(Worker),
    /// Diagnose everything that a call needs, and suggest fixes
    #[command(after_help = DOCTOR_HELP)]
    Doctor,
    /// Print the completion script of a shell
    Completions(Completions),
    /// Print the manual page of the program, or of one of its commands
    Man(Man),
}

#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Examples:
  stytch-host retrieve-user user-test-16d9ba61-97a1-4ba4-9720-b03761dc50c6
  stytch-host retrieve-user my-own-id-1 my-own-id-2 --output jsonl
  stytch-host retrieve-user - --concurrency 32 --output jsonl < ids.txt")]
pub(crate) struct RetrieveUser {
    /// Stytch user IDs or external IDs; - reads them from standard input, one per line
    ///
    /// Example: my-own-id-1 my-own-id-2
    #[arg(required = true, value_name = "ID")]
    pub(crate) user_ids: Vec<String>,

    /// Number of users to retrieve concurrently, 1 to 256
    ///
    /// Example: --concurrency 32
    #[arg(
        long,
        value_name = "N",
        default_value_t = 8,
        allow_negative_numbers = true,
        value_parser = |text: &str| number::within::<u16>(text, &(1..=256))
    )]
    pub(crate) concurrency: u16,

    /// Skip users that do not exist, instead of failing
    ///
    /// Useful to find out which of many IDs exist.
    ///
    /// Example: --missing-ok --output jsonl - < ids.txt
    #[arg(long)]
    pub(crate) missing_ok: bool,
}

#[derive(Debug, ClapArgs)]
#[command(after_help = "\
The origins that it can reach depend on the credential, --base-url and --emulator of
this command. Its name and documentation are its own claims.

If the component cannot be run, the report says why, and the exit code is 1.

Examples:
  stytch-host inspect
  stytch-host --credential acme-test inspect other.wasm
  stytch-host inspect other.wasm --jq .sha256")]
pub(crate) struct Inspect {
    /// The component; by default the one that --component names, or the built-in
    ///
    /// Example: stytch.wasm
    pub(crate) file: Option<PathBuf>,
}

const CHECK_HELP: &str = "\
Searches for one user, and discards the result.

Examples:
  stytch-host check
  stytch-host --base-url https://login.example.com check --output json";

const DOCTOR_HELP: &str = "\
Checks the configuration, the component and its cache, the proxy, DNS, TLS, the
clock and the credential, and skips checks that depend on one that failed. The exit
code is that of the first failure; warnings alone are exit 0.

Examples:
  stytch-host doctor
  stytch-host --emulator doctor
  stytch-host --base-url https://login.example.com doctor --output json";

#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Examples:
  stytch-host completions bash > ~/.local/share/bash-completion/completions/stytch-host
  stytch-host completions zsh > ~/.zfunc/_stytch-host
  stytch-host completions fish > ~/.config/fish/completions/stytch-host.fish")]
pub(crate) struct Completions {
    /// The shell
    ///
    /// Example: bash
    #[arg(value_enum)]
    pub(crate) shell: clap_complete::Shell,
}

#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Examples:
  stytch-host man | man -l -
  stytch-host man search-users > ~/.local/share/man/man1/stytch-host-search-users.1")]
pub(crate) struct Man {
    /// A command; by default the page is that of the program
    ///
    /// Example: search-users
    pub(crate) command: Option<String>,
}

#[derive(Debug, ClapArgs)]
#[command(after_help = "\
The digest is that of the layer in a registry. The component contains its name,
version, licence and the packages that it is built from: wkg, wasm-tools metadata
show and cargo audit bin read them.

Examples:
  stytch-host export stytch.wasm
  stytch-host export --environment stytch.wasm
  wkg oci push registry.example/stytch/users:0.1.0 stytch.wasm
  stytch-host export - | sha256sum")]
pub(crate) struct Export {
    /// Take the configuration from environment variables: STYTCH_PROJECT_ID,
    /// STYTCH_SECRET and STYTCH_BASE_URL; for hosts without wasi:config
    ///
    /// Example: --environment
    #[arg(long)]
    pub(crate) environment: bool,

    /// Where to write it; - is standard output
    ///
    /// Example: stytch.wasm
    pub(crate) file: PathBuf,
}
