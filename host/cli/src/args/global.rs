use super::{Output, Printing, number};
use clap::{ArgAction, Args};
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;

/// Flags that every command has.
#[derive(Debug, Args)]
#[command(next_help_heading = "Global options")]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag")]
pub(crate) struct Global {
    /// Use this stored credential instead of the variables or the default one
    ///
    /// See: stytch-host credential --help
    ///
    /// Example: --credential acme-test check
    #[arg(long, global = true, value_name = "NAME")]
    pub(crate) credential: Option<String>,

    /// Send requests here instead of to Stytch: a custom domain or an emulator
    ///
    /// An origin without a path. The variable STYTCH_BASE_URL does the same.
    ///
    /// Example: --base-url https://login.example.com
    #[arg(long, global = true, value_name = "URL")]
    pub(crate) base_url: Option<String>,

    /// Run this component instead of the built-in one
    ///
    /// It must fit the same contract; `stytch-host inspect FILE` tells.
    ///
    /// Example: --component stytch.wasm
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) component: Option<PathBuf>,

    /// Keep the secret out of the component: add it to requests outside of it
    ///
    /// For a component that is not trusted with the secret. It is told the project
    /// ID only; this program adds the Authorization header to requests that may go
    /// out, over https or to this machine, and keeps back answers that repeat the
    /// secret.
    ///
    /// Example: --sealed --component other.wasm check
    #[arg(long, global = true)]
    pub(crate) sealed: bool,

    /// Start a local Stytch with made-up users for this one command
    ///
    /// Needs no credential and no network. The users are the same each time.
    ///
    /// Example: --emulator search-users --status active
    #[arg(long, global = true, conflicts_with = "base_url")]
    pub(crate) emulator: bool,

    /// Trust servers with certificates of the authorities in this PEM file, too
    ///
    /// Beside those of the system. In their place, the variable SSL_CERT_FILE names
    /// such a file, and SSL_CERT_DIR folders of them.
    ///
    /// Example: --ca-cert company-ca.pem
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) ca_cert: Option<PathBuf>,

    /// Give a call up after this many seconds, its attempts and waits together
    ///
    /// Compiling a component of --component before its first call may take as long,
    /// and so may reading a file that is a pipe.
    ///
    /// Example: --timeout 2.5
    #[arg(
        long,
        global = true,
        value_name = "SECS",
        default_value = "60",
        value_parser = seconds,
        allow_negative_numbers = true
    )]
    pub(crate) timeout: Duration,

    /// Try a call this often, 1 to 10 times; 1 is no retry
    ///
    /// Tried again is what passes: faults of the network, the statuses 408, 500,
    /// 502, 503 and 504, and 429 unless it is about a user. No wait is shorter than
    /// what Stytch asks for, and none goes beyond --timeout.
    ///
    /// Example: --max-attempts 5
    #[arg(
        long,
        global = true,
        value_name = "N",
        default_value_t = 3,
        allow_negative_numbers = true,
        value_parser = |text: &str| number::within::<u32>(text, &(1..=10))
    )]
    pub(crate) max_attempts: u32,

    /// Let an instance of the component make this many calls, instead of one each
    ///
    /// For many users or pages, and a component that you trust not to mix them up:
    /// it takes less time, and what the component remembers of one call it may use
    /// in the next. Only calls with the same credential share an instance, and only
    /// while they go well.
    ///
    /// Example: --reuse 100 search-users --all
    #[arg(
        long,
        global = true,
        value_name = "N",
        value_parser = calls,
        allow_negative_numbers = true
    )]
    pub(crate) reuse: Option<NonZeroU32>,

    /// How to print: by default a table on a terminal, else JSON
    ///
    /// Example: --output jsonl
    #[arg(long, global = true, value_enum, value_name = "FORMAT")]
    pub(crate) output: Option<Output>,

    #[command(flatten)]
    pub(crate) printing: Printing,

    /// Print the request that would be sent, and send nothing
    ///
    /// It is the component's own request, with its secret hidden. Of a search
    /// with --all it is the first page's. For retrieve-user, search-users, check
    /// and invoke; without a credential it is made with a placeholder.
    ///
    /// Example: --dry-run search-users --status active
    #[arg(long, global = true)]
    pub(crate) dry_run: bool,

    /// Tell of each request on standard error: what was sent where, and how it ended
    ///
    /// With method, URL template, status, time, attempt and Stytch's request ID,
    /// and without user IDs, queries, bodies and secrets. Given twice, it tells of
    /// connections and of the compilation cache, too.
    ///
    /// Example: -v search-users --limit 1
    #[arg(short, long, global = true, action = ArgAction::Count, conflicts_with = "quiet")]
    pub(crate) verbose: u8,

    /// Print nothing but data and the first line of an error
    ///
    /// Example: -q retrieve-user my-own-id
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,
}

fn calls(text: &str) -> Result<NonZeroU32, String> {
    number::at_least(text, &NonZeroU32::MIN)
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: Option<f64> = text.parse().ok();
    match seconds.map(Duration::try_from_secs_f64) {
        Some(Ok(duration)) if !duration.is_zero() => Ok(duration),
        _ => Err("must be a number of seconds above 0".to_owned()),
    }
}
