//! The arguments, as clap's derive describes them; their comments are the help.

#![expect(
    clippy::doc_markdown,
    reason = "the comments are shown as they are, not as Markdown"
)]

use clap::{Args as ClapArgs, Parser};
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;
use stytch_fields::Fields;

/// Run Stytch's user lookup and search as activities of Temporal workflows.
///
/// Each credential has its own task queues, so that the server can limit what all workers
/// together send to Stytch:
///
///   stytch.NAME             stytch.retrieve_user
///   stytch.NAME.search      stytch.search_users, stytch.check
///   stytch.NAME.search-all  stytch.search_all (with --destination)
#[derive(Debug, Parser)]
#[command(name = "stytch-host-worker", version, after_help = AFTER_HELP)]
pub(crate) struct Args {
    #[command(flatten)]
    pub(crate) server: Server,
    #[command(flatten)]
    pub(crate) calls: Calls,
    #[command(flatten)]
    pub(crate) limits: Limits,
}

const AFTER_HELP: &str = "\
The input of an activity is the JSON of `stytch-host schema`, and the credential's name:

  temporal activity execute --activity-id 1 --type stytch.retrieve_user \\
    --task-queue stytch.emulator --start-to-close-timeout 30s \\
    --input '{\"credential\": \"emulator\", \"user_id\": \"ada.lovelace\"}'

HTTPS_PROXY and NO_PROXY are for requests to Stytch, as of `stytch-host`.

Temporal is found as all of its SDKs find it: TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE,
TEMPORAL_API_KEY, TEMPORAL_TLS_* and temporal.toml; flags take precedence. The secrets
of credentials stay here: no input, result or failure has one.

SIGTERM or Ctrl-C stops it: it takes no more activities, and finishes those in flight
(--drain).

Examples:
  stytch-host-worker --emulator
  stytch-host-worker --credential acme-test --credential acme-live --fields user_id,status
  stytch-host-worker --credentials-dir /run/secrets/stytch --destination /srv/exports";

/// Temporal's server.
#[derive(Debug, ClapArgs)]
#[command(next_help_heading = "Temporal")]
pub(crate) struct Server {
    /// Host and port of the server's frontend; localhost:7233 if no variable names one
    ///
    /// Example: --address temporal.internal:7233
    #[arg(long, value_name = "HOST:PORT")]
    pub(crate) address: Option<String>,

    /// Namespace of the workflows
    ///
    /// Example: --namespace fraud
    #[arg(long, value_name = "NAME")]
    pub(crate) namespace: Option<String>,

    /// File with an API key; the variable TEMPORAL_API_KEY does the same
    ///
    /// Example: --api-key-file /run/secrets/temporal-api-key
    #[arg(long, value_name = "FILE")]
    pub(crate) api_key_file: Option<PathBuf>,

    /// Use TLS, with the system's certificate authorities; other --tls-* flags imply it
    ///
    /// Example: --tls
    #[arg(long)]
    pub(crate) tls: bool,

    /// Trust only the certificate authorities in this PEM file
    ///
    /// Example: --tls-ca temporal-ca.pem
    #[arg(long, value_name = "FILE")]
    pub(crate) tls_ca: Option<PathBuf>,

    /// Present this client certificate, a PEM file
    ///
    /// Example: --tls-cert worker.pem --tls-key worker.key
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    pub(crate) tls_cert: Option<PathBuf>,

    /// The private key of the client certificate, a PEM file
    ///
    /// Example: --tls-key worker.key
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    pub(crate) tls_key: Option<PathBuf>,

    /// Expect this name in the server's certificate
    ///
    /// Example: --tls-server-name temporal.internal
    #[arg(long, value_name = "NAME")]
    pub(crate) tls_server_name: Option<String>,

    /// Encrypt everything in histories with the 32 bytes in this file
    ///
    /// AES-256-GCM, in the format of the encryption examples of Temporal's SDKs:
    /// workflows need the same key.
    ///
    /// Example: --encryption-key-file /run/secrets/temporal-key
    #[arg(long, value_name = "FILE")]
    pub(crate) encryption_key_file: Option<PathBuf>,

    /// The name of the encryption key, which payloads carry
    ///
    /// Example: --encryption-key-id 2026-11
    #[arg(long, value_name = "NAME", default_value = "stytch-host")]
    pub(crate) encryption_key_id: String,
}

impl Server {
    pub(crate) fn has_tls(&self) -> bool {
        self.tls
            || self.tls_ca.is_some()
            || self.tls_cert.is_some()
            || self.tls_server_name.is_some()
    }
}

/// Credentials and calls.
#[derive(Debug, ClapArgs)]
#[command(next_help_heading = "Credentials and calls")]
pub(crate) struct Calls {
    /// Serve only the credentials of this name; repeatable
    ///
    /// By default all of them are served.
    ///
    /// Example: --credential acme-test
    #[arg(long, value_name = "NAME")]
    pub(crate) credential: Vec<String>,

    /// Take the credentials from the folders in this folder
    ///
    /// As Kubernetes and Docker mount secrets: a folder for each credential, with the
    /// files project-id and secret, and optionally base-url. A changed secret is noticed;
    /// a new credential needs a restart. By default the credentials are those of
    /// `stytch-host credential list`.
    ///
    /// Example: --credentials-dir /run/secrets/stytch
    #[arg(long, value_name = "DIR")]
    pub(crate) credentials_dir: Option<PathBuf>,

    /// Start a local Stytch with made-up users, and serve only its credential, emulator
    ///
    /// Example: --emulator
    #[arg(long, conflicts_with_all = ["credential", "credentials_dir"])]
    pub(crate) emulator: bool,

    /// The members of users that may get into a history; by default all of them
    ///
    /// A history keeps what it gets, and people read it.
    ///
    /// Example: --fields user_id,status,emails.verified
    #[arg(long, value_name = "PATHS", value_parser = Fields::parse)]
    pub(crate) fields: Option<Fields>,

    /// Folder for the users of stytch.search_all, which all workers share
    ///
    /// Example: --destination /srv/exports
    #[arg(long, value_name = "DIR")]
    pub(crate) destination: Option<PathBuf>,

    /// Run this component instead of the built-in one
    ///
    /// Example: --component stytch.wasm
    #[arg(long, value_name = "FILE")]
    pub(crate) component: Option<PathBuf>,

    /// Keep the secret out of the component, and add it to requests outside of it
    ///
    /// Example: --sealed
    #[arg(long)]
    pub(crate) sealed: bool,

    /// Reuse an instance of the component for this many calls, instead of one
    ///
    /// Example: --reuse 100
    #[arg(long, value_name = "N")]
    pub(crate) reuse: Option<NonZeroU32>,

    /// Also trust the certificate authorities in this PEM file
    ///
    /// Example: --ca-cert company-ca.pem
    #[arg(long, value_name = "FILE")]
    pub(crate) ca_cert: Option<PathBuf>,

    /// Time out a call after this many seconds; an activity's own timeout may be earlier
    ///
    /// Example: --timeout 10
    #[arg(long, value_name = "SECS", default_value = "60", value_parser = seconds)]
    pub(crate) timeout: Duration,
}

/// Limits.
#[derive(Debug, ClapArgs)]
#[command(next_help_heading = "Limits")]
pub(crate) struct Limits {
    /// Searches a minute of a credential, of all workers together: 150 is Stytch's limit
    ///
    /// All workers of a credential must have the same number. With --destination,
    /// stytch.search_users has this number less that of stytch.search_all.
    ///
    /// Example: --searches-per-minute 120
    #[arg(long, value_name = "N", default_value = "150")]
    pub(crate) searches_per_minute: NonZeroU32,

    /// The part of these searches that stytch.search_all may use: pages a minute
    ///
    /// A credential has one search for all users at a time; others wait for it.
    ///
    /// Example: --pages-per-minute 100
    #[arg(long, value_name = "N", default_value = "60", requires = "destination")]
    pub(crate) pages_per_minute: NonZeroU32,

    /// Retrievals a second of a credential, of all workers together
    ///
    /// By default there is no limit: Stytch publishes none.
    ///
    /// Example: --retrievals-per-second 50
    #[arg(long, value_name = "N")]
    pub(crate) retrievals_per_second: Option<NonZeroU32>,

    /// Activities in flight of each task queue in this worker
    ///
    /// Example: --max-calls 100
    #[arg(long, value_name = "N", default_value = "64")]
    pub(crate) max_calls: NonZeroU32,

    /// Time that activities in flight get to finish after SIGTERM, in seconds
    ///
    /// Example: --drain 10
    #[arg(long, value_name = "SECS", default_value = "25", value_parser = seconds)]
    pub(crate) drain: Duration,
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: Option<f64> = text.parse().ok();
    match seconds.map(Duration::try_from_secs_f64) {
        Some(Ok(duration)) if !duration.is_zero() => Ok(duration),
        _ => Err("must be a number of seconds above 0".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Args::command().debug_assert();
    }
}
