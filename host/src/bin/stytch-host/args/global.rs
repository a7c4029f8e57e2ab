use super::Output;
use clap::Args;
use std::path::PathBuf;
use std::time::Duration;

/// Flags that every command has.
#[derive(Debug, Args)]
pub(crate) struct Global {
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

    /// How to print users: by default a table on a terminal, else JSON
    #[arg(
        long,
        global = true,
        value_enum,
        value_name = "FORMAT",
        help_heading = "Global options"
    )]
    pub(crate) output: Option<Output>,
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: Option<f64> = text.parse().ok();
    match seconds.map(Duration::try_from_secs_f64) {
        Some(Ok(duration)) if !duration.is_zero() => Ok(duration),
        _ => Err("must be a number of seconds above 0".to_owned()),
    }
}
