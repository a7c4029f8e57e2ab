//! Stytch's user lookup and search as a service of Restate. See its `README.md`.

mod failure;
mod service;

use anyhow::Context;
use restate_sdk::prelude::{Endpoint, HttpServer};
use service::Users;
use std::env;
use std::time::Duration;
use stytch_host::{Credential, Plugin, Secret};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

/// How long a call may take: less than the minute after which Restate asks a silent handler
/// to end.
const DEADLINE: Duration = Duration::from_secs(10);

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    // Restate retries: it knows how often, and survives this process.
    let plugin = Plugin::builder()
        .max_attempts(1)
        .deadline(DEADLINE)
        .build()?;
    let users = Users {
        plugin,
        credential: credential()?,
    };
    let address = env::var("LISTEN").unwrap_or_else(|_| "127.0.0.1:9080".to_owned());
    let listener = TcpListener::bind(&address)
        .await
        .with_context(|| format!("cannot listen on {address}: set LISTEN to a free address"))?;
    eprintln!("serving on http://{}", listener.local_addr()?);
    let mut terminate = signal(SignalKind::terminate())?;
    HttpServer::new(Endpoint::builder().bind(users).build())
        .serve_with_cancel(listener, terminate.recv())
        .await;
    Ok(())
}

fn credential() -> anyhow::Result<Credential> {
    let variable = |name| env::var(name).with_context(|| format!("set {name}"));
    let secret = Secret::new(variable("STYTCH_SECRET")?);
    let credential = Credential::new(variable("STYTCH_PROJECT_ID")?, secret);
    Ok(match env::var("STYTCH_BASE_URL") {
        Ok(url) => credential.with_base_url(&url)?,
        Err(_) => credential,
    })
}
