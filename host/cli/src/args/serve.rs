use super::emulator::{address, host_name};
use super::global::seconds;
use super::mcp::results;
use super::number;
use clap::{Args, ValueEnum};
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;
use stytch_fields::Fields;
use stytch_service::{Address, TlsFiles};

#[derive(Debug, Args)]
#[command(after_help = "\
Prints two lines for the shell once it accepts connections:

  stytch-host --emulator serve > service.env &
  until grep -q TOKEN service.env; do sleep 0.1; done
  . ./service.env
  curl -H \"Authorization: Bearer $STYTCH_HOST_TOKEN\" \\
    $STYTCH_HOST_URL/v1/credentials/emulator/users/ada.lovelace

The credentials are those of `stytch-host credential list`, or of --credentials-dir; with
STYTCH_PROJECT_ID and STYTCH_SECRET there is also one named env, and with --emulator
there is one named emulator and no other. $STYTCH_HOST_URL/docs describes the paths, and
/openapi.json does for programs. Agents call the operations as tools (MCP) at /mcp. The
second line is missing if there are tokens: see `stytch-host token --help`.

$STYTCH_HOST_URL is also a console: pages in a browser to manage credentials, to retrieve
a user and to search. It asks for a token; --open signs in without one. It is on if the
service listens on loopback: see --console.

Standard error has a line of JSON for each request, without personal data, and for each
credential or file that cannot be read; --quiet turns that off. Traces go to the
OpenTelemetry collector that the environment names:
OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4318 and the other OTEL_* variables.

SIGTERM or Ctrl-C stops it: it finishes the requests in flight (--drain) and exits
with 0. A second one ends it immediately.

Examples:
  stytch-host serve --listen 127.0.0.1:4011
  stytch-host serve --credentials-dir /run/secrets/stytch --sealed
  stytch-host --emulator serve
  stytch-host --emulator serve --open")]
pub(crate) struct Serve {
    /// Address and port to listen on, or unix: and the path of a socket; port 0 takes a
    /// free one
    ///
    /// Example: --listen unix:/run/stytch-host/http.sock
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:4011", value_parser = listen)]
    pub(crate) listen: Address,

    /// Permissions of the Unix socket, in octal
    ///
    /// Example: --socket-mode 660
    #[arg(long, value_name = "MODE", default_value = "600", value_parser = mode)]
    pub(crate) socket_mode: u32,

    /// Serve HTTPS with this certificate chain, a PEM file; changes are noticed
    ///
    /// Example: --tls-cert tls.crt --tls-key tls.key
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    pub(crate) tls_cert: Option<PathBuf>,

    /// The private key of the certificate, a PEM file
    ///
    /// Example: --tls-key tls.key
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    pub(crate) tls_key: Option<PathBuf>,

    /// Take the credentials from the folders in this folder
    ///
    /// As Kubernetes and Docker mount secrets: a folder for each credential, with the
    /// files project-id and secret, and optionally base-url. Changes are noticed.
    ///
    /// Example: --credentials-dir /run/secrets/stytch
    #[arg(long, value_name = "DIR")]
    pub(crate) credentials_dir: Option<PathBuf>,

    /// Take the tokens from this file, a copy of the one of `stytch-host token`
    ///
    /// As Kubernetes and Docker mount secrets. Changes are noticed.
    ///
    /// Example: --tokens-file /run/secrets/tokens.json
    #[arg(long, value_name = "FILE")]
    pub(crate) tokens_file: Option<PathBuf>,

    /// Also accept requests with this name in the Host header
    ///
    /// By default, only IP addresses and localhost are accepted. Other names get 421,
    /// which prevents DNS rebinding by web pages. Repeatable.
    ///
    /// Example: --allow-host stytch.internal
    #[arg(long, value_name = "NAME", value_parser = host_name)]
    pub(crate) allow_host: Vec<String>,

    /// Open the console in the browser, signed in
    ///
    /// The address has a code that works once, and for a minute. Whoever else uses it
    /// ends the session. Not the token: that is in no address.
    ///
    /// Example: --open
    #[arg(long)]
    pub(crate) open: bool,

    /// When to serve the console: only on a loopback address, always, or never
    ///
    /// Example: --console never
    #[arg(long, value_name = "WHEN", value_enum, default_value = "loopback")]
    pub(crate) console: When,

    /// Make at most this many calls to Stytch at once, 1 to 10000
    ///
    /// Example: --max-calls 500
    #[arg(
        long,
        value_name = "N",
        default_value = "1000",
        allow_negative_numbers = true,
        value_parser = calls
    )]
    pub(crate) max_calls: NonZeroU32,

    /// Make at most this many calls at once with the same credential, 1 to 10000
    ///
    /// Calls beyond that wait in a queue for up to a second, and then get 503 with
    /// Retry-After.
    ///
    /// Example: --max-calls-per-credential 16
    #[arg(
        long,
        value_name = "N",
        default_value = "64",
        allow_negative_numbers = true,
        value_parser = calls
    )]
    pub(crate) max_calls_per_credential: NonZeroU32,

    /// Offer no tools to agents; by default they are at /mcp
    ///
    /// Example: --no-mcp
    #[arg(long, conflicts_with_all = ["mcp_hide", "mcp_max_results"])]
    pub(crate) no_mcp: bool,

    /// Leave these members of users out of every answer to an agent
    ///
    /// Paths as those of --fields. Other paths of the service, which the same token
    /// permits, return them.
    ///
    /// Example: --mcp-hide phone_numbers,trusted_metadata
    #[arg(long, value_name = "PATHS", value_parser = Fields::parse)]
    pub(crate) mcp_hide: Option<Fields>,

    /// Return at most this many users at once to an agent, 1 to 1000
    ///
    /// Example: --mcp-max-results 25
    #[arg(
        long,
        value_name = "N",
        default_value = "100",
        allow_negative_numbers = true,
        value_parser = results
    )]
    pub(crate) mcp_max_results: NonZeroU32,

    /// Time that requests in flight get to finish after SIGTERM, in seconds
    ///
    /// Example: --drain 10
    #[arg(
        long,
        value_name = "SECS",
        default_value = "25",
        allow_negative_numbers = true,
        value_parser = seconds
    )]
    pub(crate) drain: Duration,
}

/// When to serve the console.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum When {
    /// If other machines cannot reach the service
    Loopback,
    /// Also for other machines; use --tls-cert
    Always,
    /// Not at all
    Never,
}

impl Serve {
    /// Whether there is a console.
    pub(crate) fn has_console(&self) -> bool {
        match (self.console, &self.listen) {
            (When::Always, _) => true,
            (When::Loopback, Address::Tcp(address)) => address.ip().is_loopback(),
            // A socket is for another server, which other machines may reach.
            (When::Loopback | When::Never, _) => false,
        }
    }

    /// The flag that says where a real service has its credentials or tokens, if there is one.
    pub(crate) fn of_real_service(&self) -> Option<&'static str> {
        if self.credentials_dir.is_some() {
            Some("--credentials-dir")
        } else {
            self.tokens_file.as_ref().map(|_| "--tokens-file")
        }
    }

    pub(crate) fn tls(&self) -> Option<TlsFiles> {
        Some(TlsFiles {
            certificate: self.tls_cert.clone()?,
            key: self.tls_key.clone()?,
        })
    }
}

fn listen(text: &str) -> Result<Address, String> {
    #[cfg(unix)]
    if let Some(path) = text.strip_prefix("unix:").filter(|path| !path.is_empty()) {
        return Ok(Address::Unix(PathBuf::from(path)));
    }
    let parsed = address(text).map(Address::Tcp);
    parsed.map_err(|error| format!("{error}, and no path of a socket after unix:"))
}

fn mode(text: &str) -> Result<u32, String> {
    match u32::from_str_radix(text, 8) {
        Ok(mode) if mode <= 0o777 => Ok(mode),
        _ => Err("must be permissions in octal, such as 660".to_owned()),
    }
}

fn calls(text: &str) -> Result<NonZeroU32, String> {
    let limits = NonZeroU32::MIN..=NonZeroU32::MIN.saturating_add(9_999);
    number::within(text, &limits)
}
