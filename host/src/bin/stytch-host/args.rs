//! The arguments, as clap's derive describes them; their comments are the help.

#![expect(
    clippy::doc_markdown,
    reason = "the comments are shown as they are, not as Markdown"
)]

mod credential;
mod filters;
mod output;

pub(crate) use credential::{AddCredential, CredentialCommand, StoreChoice};
pub(crate) use filters::Filters;
pub(crate) use output::{Color, Output, Printing};

use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

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
Credentials: store one with `stytch-host credential add NAME`, or set
STYTCH_PROJECT_ID and STYTCH_SECRET (Stytch dashboard, API keys).
The project ID chooses the environment: project-live-… is live, any other is test.

Examples:
  stytch-host --emulator search-users --status active
  stytch-host retrieve-user user-test-16d9ba61-97a1-4ba4-9720-b03761dc50c6
  stytch-host search-users --email jane@example.com --output json

Exit codes: 0 ok, 1 the component or this program failed, 2 usage or configuration,
3 Stytch was not reached, 4 Stytch refused, 5 Stytch failed, 6 not found,
7 too many requests, 130 interrupted";

/// Flags that every command has.
#[derive(Debug, ClapArgs)]
pub(crate) struct Global {
    /// Use this stored credential instead of the variables or the default one
    ///
    /// See: stytch-host credential --help
    #[arg(
        long,
        global = true,
        value_name = "NAME",
        help_heading = "Global options"
    )]
    pub(crate) credential: Option<String>,

    /// Send requests here instead of to Stytch: a custom domain or an emulator
    ///
    /// An origin without a path, such as https://login.example.com. The variable
    /// STYTCH_BASE_URL does the same.
    #[arg(
        long,
        global = true,
        value_name = "URL",
        help_heading = "Global options"
    )]
    pub(crate) base_url: Option<String>,

    /// Run this component instead of the built-in one
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        help_heading = "Global options"
    )]
    pub(crate) component: Option<PathBuf>,

    /// Start a local Stytch with made-up users for this one command
    ///
    /// Needs no credential and no network. The users are the same each time.
    #[arg(
        long,
        global = true,
        conflicts_with = "base_url",
        help_heading = "Global options"
    )]
    pub(crate) emulator: bool,

    /// Trust servers with certificates of the authorities in this PEM file, too
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        help_heading = "Global options"
    )]
    pub(crate) ca_cert: Option<PathBuf>,

    /// Give a call up after this many seconds, all of its parts together
    #[arg(
        long,
        global = true,
        value_name = "SECS",
        default_value = "30",
        value_parser = seconds,
        allow_negative_numbers = true,
        help_heading = "Global options"
    )]
    pub(crate) timeout: Duration,

    /// How to print: by default a table on a terminal, else JSON
    #[arg(
        long,
        global = true,
        value_enum,
        value_name = "FORMAT",
        help_heading = "Global options"
    )]
    pub(crate) output: Option<Output>,

    #[command(flatten)]
    pub(crate) printing: Printing,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Print users by their Stytch user IDs or external IDs
    RetrieveUser(RetrieveUser),
    /// Print the users that pass filters, page by page
    SearchUsers(Box<SearchUsers>),
    /// Ask Stytch whether it accepts the credential
    Check,
    /// Store credentials under names, and choose between them
    #[command(subcommand)]
    Credential(CredentialCommand),
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
  stytch-host retrieve-user my-own-id-1 my-own-id-2 --output jsonl
  stytch-host retrieve-user - --concurrency 32 --output jsonl < ids.txt")]
pub(crate) struct RetrieveUser {
    /// Stytch user IDs, or external IDs; - reads them from standard input, one a line
    #[arg(required = true, value_name = "ID")]
    pub(crate) user_ids: Vec<String>,

    /// How many users are retrieved at the same time, 1 to 256
    #[arg(
        long,
        value_name = "N",
        default_value_t = 8,
        allow_negative_numbers = true,
        value_parser = clap::value_parser!(u16).range(1..=256)
    )]
    pub(crate) concurrency: u16,

    /// Leave out users that there are none of, instead of failing
    ///
    /// Useful to find out which of many IDs exist:
    ///
    ///   stytch-host retrieve-user --missing-ok --output jsonl - < ids.txt
    #[arg(long, verbatim_doc_comment)]
    pub(crate) missing_ok: bool,
}

#[derive(Debug, ClapArgs)]
#[command(after_help = "\
A user must pass every filter, or with --any one of them. A filter that takes a
list passes for any value in it: --email a@example.com,b@example.com

Examples:
  stytch-host search-users --status pending --created-after 2026-01-01T00:00:00Z
  stytch-host search-users --oauth-provider Google,GitHub --email-verified true
  stytch-host search-users --any --email-fuzzy jane --name-fuzzy jane
  stytch-host search-users --query '{\"operator\":\"AND\",\"operands\":[]}' --limit 10
  stytch-host search-users --all --output jsonl")]
pub(crate) struct SearchUsers {
    #[command(flatten)]
    pub(crate) filters: Filters,

    /// Join the filters with OR instead of AND
    #[arg(long, requires = "filters")]
    pub(crate) any: bool,

    /// Stytch's own query JSON instead of filters: the text, @FILE, or - for
    /// standard input
    #[arg(long, value_name = "JSON", conflicts_with_all = ["filters", "any"])]
    pub(crate) query: Option<String>,

    /// The most users a page may hold, 1 to 1000 [default: Stytch's, which is 100]
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    pub(crate) limit: Option<u32>,

    /// Go on after an earlier page: its next_cursor, with the same filters
    #[arg(long, value_name = "CURSOR")]
    pub(crate) cursor: Option<String>,

    /// Fetch every page, not only one
    ///
    /// Pages hold 1000 users unless --limit says otherwise. A receipt on standard
    /// error tells how many users came and whether that is all of them.
    #[arg(long)]
    pub(crate) all: bool,

    /// Fetch pages until this many users came
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) max_users: Option<u64>,

    /// Fetch every page, and keep in this file how far it came
    ///
    /// However it was interrupted, the same command goes on from there: nothing is
    /// written twice, and nothing is left out. Users go to --output-file, or to
    /// standard output where that is appended to a file. They are lines of JSON,
    /// or CSV with --output csv. Example:
    ///
    ///   stytch-host search-users --resume users.state --output-file users.jsonl
    #[arg(long, value_name = "FILE", verbatim_doc_comment)]
    pub(crate) resume: Option<PathBuf>,
}

impl SearchUsers {
    /// Whether more than one page is asked for.
    pub(crate) fn is_whole(&self) -> bool {
        self.all || self.max_users.is_some() || self.resume.is_some()
    }
}

#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Input and output are Stytch's own JSON, without status_code. Errors are JSON on
standard error.

Examples:
  stytch-host invoke retrieve-user '{\"user_id\":\"my-own-id\"}'
  echo '{\"limit\":10}' | stytch-host invoke search-users -
  stytch-host invoke check")]
pub(crate) struct Invoke {
    /// The operation
    #[arg(value_enum)]
    pub(crate) operation: Operation,
    /// Its input: JSON, @FILE, or - for standard input
    #[arg(default_value = "{}", value_name = "JSON")]
    pub(crate) input: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Operation {
    RetrieveUser,
    SearchUsers,
    Check,
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

#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Prints three lines for the shell once it accepts connections:

  stytch-host emulator > stytch.env &
  . ./stytch.env
  stytch-host search-users --limit 3")]
pub(crate) struct Emulator {
    /// Address and port to listen on; port 0 takes a free one
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:4010")]
    pub(crate) listen: SocketAddr,

    /// How many users there are, at most 10 million
    #[arg(
        long,
        value_name = "N",
        default_value_t = 200,
        allow_negative_numbers = true,
        value_parser = clap::value_parser!(u64).range(..=10_000_000)
    )]
    pub(crate) users: u64,

    /// Which users there are: the same for the same seed
    #[arg(long, value_name = "S", default_value_t = 1)]
    pub(crate) seed: u64,

    /// Serve the users of this file instead: a JSON array, a page of search
    /// results, or one user a line
    #[arg(long, value_name = "FILE", conflicts_with_all = ["users", "seed"])]
    pub(crate) load: Option<PathBuf>,

    /// Answer 429 after this many requests a minute, for each endpoint
    #[arg(long, value_name = "N")]
    pub(crate) rate_limit: Option<u32>,

    /// Rehearse faults, such as 429@2 or 503@1-3,slow=200ms
    #[arg(long, value_name = "SPEC")]
    pub(crate) chaos: Option<String>,
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: Option<f64> = text.parse().ok();
    match seconds.map(Duration::try_from_secs_f64) {
        Some(Ok(duration)) if !duration.is_zero() => Ok(duration),
        _ => Err("must be a number of seconds above 0".to_owned()),
    }
}
