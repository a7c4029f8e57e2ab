use super::{Output, Printing, number};
use clap::{ArgAction, Args};
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;

/// Flags of every command.
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
    /// It must implement the same contract: see `stytch-host inspect FILE`.
    ///
    /// Example: --component stytch.wasm
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) component: Option<PathBuf>,

    /// Keep the secret out of the component, and add it to requests outside of it
    ///
    /// For a component that you do not trust with the secret. The component gets
    /// only the project ID. This program adds the Authorization header to allowed
    /// requests, over https or to this machine, and blocks responses that contain
    /// the secret.
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

    /// Also trust the certificate authorities in this PEM file
    ///
    /// In addition to those of the system. To replace those of the system, set
    /// SSL_CERT_FILE to such a file, or SSL_CERT_DIR to folders of such files.
    ///
    /// Example: --ca-cert company-ca.pem
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) ca_cert: Option<PathBuf>,

    /// Time out a call after this many seconds, including retries and waits
    ///
    /// The same limit applies to compiling the component of --component before its
    /// first call, and to reading a file that is a pipe.
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

    /// Attempt a call at most this many times, 1 to 10; 1 disables retries
    ///
    /// Transient failures are retried: network errors, the statuses 408, 500, 502,
    /// 503 and 504, and 429 unless it is about a user. A wait is never shorter than
    /// Stytch's Retry-After, and never exceeds --timeout.
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

    /// Reuse an instance of the component for this many calls, instead of one
    ///
    /// Faster for many users or pages. The component can carry data from one call
    /// to the next, so use this only if you trust it. Calls share an instance only
    /// if they have the same credential, and only until a call fails.
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
    /// This is the request that the component makes, with the secret redacted; with
    /// --all, the request for the first page. For retrieve-user, search-users, check
    /// and invoke. If there is no credential, a placeholder is used.
    ///
    /// Example: --dry-run search-users --status active
    #[arg(long, global = true)]
    pub(crate) dry_run: bool,

    /// Log each request and its outcome to standard error
    ///
    /// Logs the method, URL template, status, time, attempt and Stytch's request ID,
    /// but no user IDs, queries, bodies or secrets. Given twice, it also logs
    /// connections and the compilation cache.
    ///
    /// Example: -v search-users --limit 1
    #[arg(short, long, global = true, action = ArgAction::Count, conflicts_with = "quiet")]
    pub(crate) verbose: u8,

    /// Print only data and the first line of an error
    ///
    /// Example: -q retrieve-user my-own-id
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,
}

fn calls(text: &str) -> Result<NonZeroU32, String> {
    number::at_least(text, &NonZeroU32::MIN)
}

pub(super) fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: Option<f64> = text.parse().ok();
    match seconds.map(|seconds| (seconds, Duration::try_from_secs_f64(seconds))) {
        Some((_, Ok(duration))) if !duration.is_zero() => Ok(duration),
        Some((seconds, Err(_))) if seconds > 0.0 => Err("is too long".to_owned()),
        _ => Err("must be a number of seconds above 0".to_owned()),
    }
}
