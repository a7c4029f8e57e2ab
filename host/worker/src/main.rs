//! `stytch-host-worker`: a Temporal worker whose activities are the operations of the
//! contract. See its `README.md`.

mod activities;
mod args;
mod codec;
mod connection;
mod failure;
mod heartbeat;
mod input;
mod output;
mod queue;
mod rate_limit;
mod search_all;
mod worker;

use args::Args;
use clap::Parser;
use std::io::IsTerminal;
use std::process::ExitCode;
use stytch_host::text::with_sources;
use tracing::Level;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// The exit code for usage and configuration, as the command line's.
const USAGE: u8 = 2;

#[tokio::main]
async fn main() -> ExitCode {
    let args = Args::parse();
    log();
    match worker::run(args).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let error: &(dyn std::error::Error + 'static) = error.as_ref();
            tracing::error!("{}", with_sources(error));
            ExitCode::from(USAGE)
        }
    }
}

/// Logs to standard error: what this program does, and what the SDK warns of.
fn log() {
    let levels = Targets::new()
        .with_target("stytch_host_worker", Level::INFO)
        .with_target("temporalio_sdk", Level::ERROR)
        .with_target("temporalio_sdk_core", Level::ERROR)
        .with_target("temporalio_client", Level::ERROR);
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .with_target(false);
    tracing_subscriber::registry()
        .with(levels)
        .with(lines)
        .init();
}
