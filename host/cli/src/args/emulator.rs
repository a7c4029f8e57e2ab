use super::number;
use clap::Args;
use std::net::SocketAddr;
use std::path::PathBuf;
use stytch_host::Origin;

#[derive(Debug, Args)]
#[command(after_help = "\
Prints three lines for the shell once it accepts connections:

  stytch-host emulator > stytch.env &
  . ./stytch.env
  stytch-host search-users --limit 3")]
pub(crate) struct Emulator {
    /// Address and port to listen on; port 0 takes a free one
    ///
    /// Example: --listen 127.0.0.1:0
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:4010", value_parser = address)]
    pub(crate) listen: SocketAddr,

    /// Also accept requests with this name in the Host header
    ///
    /// By default, only localhost and the listening addresses are accepted. Other
    /// names get 421, which prevents DNS rebinding by web pages. Use it in a
    /// container, for the name that other containers use. Repeatable.
    ///
    /// Example: --allow-host stytch.internal
    #[arg(long, value_name = "NAME", value_parser = host_name)]
    pub(crate) allow_host: Vec<String>,

    /// Number of users, at most 10 million
    ///
    /// Example: --users 5000
    #[arg(
        long,
        value_name = "N",
        default_value_t = 200,
        allow_negative_numbers = true,
        value_parser = |text: &str| number::within::<u64>(text, &(0..=10_000_000))
    )]
    pub(crate) users: u64,

    /// Seed of the users: the same seed gives the same users
    ///
    /// Example: --seed 7
    #[arg(
        long,
        value_name = "S",
        default_value_t = 1,
        allow_negative_numbers = true,
        value_parser = |text: &str| number::within(text, &(0..=u64::MAX))
    )]
    pub(crate) seed: u64,

    /// Serve the users of this file instead: a JSON array, a page of search
    /// results, or one user a line
    ///
    /// Example: --load users.jsonl
    #[arg(long, value_name = "FILE", conflicts_with_all = ["users", "seed"])]
    pub(crate) load: Option<PathBuf>,

    /// Respond with 429 after this many requests per minute to an endpoint
    ///
    /// Example: --rate-limit 150
    #[arg(
        long,
        value_name = "N",
        allow_negative_numbers = true,
        value_parser = |text: &str| number::within(text, &(0..=u32::MAX))
    )]
    pub(crate) rate_limit: Option<u32>,

    /// Inject faults into all or some requests
    ///
    /// A fault is a status, slow=TIME, reset@STAGE, stall@STAGE, truncate or
    /// garbage; STAGE is headers or body. Add @2 for only the second request, or
    /// @1-3 for the first three. Separate faults with commas.
    ///
    /// Example: --chaos 429@2,reset@body@3,slow=200ms
    #[arg(long, value_name = "SPEC")]
    pub(crate) chaos: Option<String>,
}

pub(super) fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse()
        .map_err(|_| "not an IP address with a port, such as 127.0.0.1:4010 or [::1]:0".to_owned())
}

/// A host as it stands in a `Host` header, without its port.
pub(super) fn host_name(text: &str) -> Result<String, String> {
    let legal = |c: char| c.is_ascii_alphanumeric() || "-._".contains(c);
    let origin = format!("https://{text}").parse::<Origin>();
    if text.chars().all(legal) && origin.is_ok() {
        Ok(text.to_owned())
    } else {
        Err("not a host name without a port, such as stytch.internal".to_owned())
    }
}
