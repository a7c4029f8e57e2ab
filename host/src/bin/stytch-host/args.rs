//! The arguments, as clap's derive describes them; their comments are the help.

#![expect(
    clippy::doc_markdown,
    reason = "the comments are shown as they are, not as Markdown"
)]

mod emulator;
mod filters;
mod global;
mod invoke;
mod search_users;

pub(crate) use emulator::Emulator;
pub(crate) use filters::Filters;
pub(crate) use global::Global;
pub(crate) use invoke::{Invoke, Operation};
pub(crate) use search_users::SearchUsers;

use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// Look Stytch users up through a sandboxed WebAssembly component.
///
/// The component sees one credential and reaches one origin, and nothing else
/// of this machine.
#[derive(Debug, Parser)]
#[command(version, propagate_version = true, arg_required_else_help = true, after_help = AFTER_HELP)]
pub(crate) struct Args {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

const AFTER_HELP: &str = "\
Credentials: set STYTCH_PROJECT_ID and STYTCH_SECRET (Stytch dashboard, API keys).
The project ID chooses the environment: project-live-… is live, any other is test.

Examples:
  stytch-host --emulator search-users --status active
  stytch-host retrieve-user user-test-16d9ba61-97a1-4ba4-9720-b03761dc50c6
  stytch-host search-users --email jane@example.com --output json

Exit codes: 0 ok, 1 the component or this program failed, 2 usage or configuration,
3 Stytch was not reached, 4 Stytch refused, 5 Stytch failed, 6 not found,
7 too many requests, 130 interrupted";

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Output {
    /// For people
    Table,
    /// One JSON document, as Stytch sends it
    Json,
    /// One JSON object a line
    Jsonl,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Print users by their Stytch user IDs or external IDs
    RetrieveUser(RetrieveUser),
    /// Print the users that pass filters, page by page
    SearchUsers(Box<SearchUsers>),
    /// Ask Stytch whether it accepts the credential
    Check,
    /// Call an operation with JSON and print its JSON: for other programs
    Invoke(Invoke),
    /// Show what a component imports and exports, and what it could reach
    Inspect(Inspect),
    /// Write the built-in component to a file, for other hosts
    Export(Export),
    /// Run a local Stytch with made-up users until interrupted
    Emulator(Emulator),
}

#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Examples:
  stytch-host retrieve-user user-test-16d9ba61-97a1-4ba4-9720-b03761dc50c6
  stytch-host retrieve-user my-own-id-1 my-own-id-2 --output jsonl")]
pub(crate) struct RetrieveUser {
    /// Stytch user IDs, or external IDs
    #[arg(required = true, value_name = "ID")]
    pub(crate) user_ids: Vec<String>,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Inspect {
    /// The component; by default the one that --component names, or the built-in
    pub(crate) file: Option<PathBuf>,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Export {
    /// Where to write it; - is standard output
    pub(crate) file: PathBuf,
}
