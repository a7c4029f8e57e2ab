//! The service with the real component and an emulator of Stytch, by HTTP.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that fails panics"
)]

mod bounds;
mod client;
#[cfg(unix)]
mod config_errors;
mod console;
mod credentials;
#[cfg(unix)]
mod listen;
mod log;
mod mcp;
mod problems;
#[cfg(unix)]
mod stop;
mod streams;
mod users;

use client::Client;
use std::io::Write;
use std::net::SocketAddr;
use std::sync::LazyLock;
use stytch_credentials::Source;
use stytch_emulator::{Emulator, Options, PROJECT_ID, SECRET};
use stytch_host::schema::Description;
use stytch_host::{Credential, Plugin, Secret};
use stytch_service::{Address, Error, Listening, Service, Settings};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// Compiled once for all tests.
static PLUGIN: LazyLock<Plugin> = LazyLock::new(|| Plugin::new().unwrap());
static DESCRIPTION: LazyLock<Description> = LazyLock::new(|| Plugin::builder().describe().unwrap());

/// A running service with the credential `emulator` of an emulator, and its client.
struct Running {
    client: Client,
    stop: oneshot::Sender<()>,
    ended: JoinHandle<()>,
    _emulator: Emulator,
}

async fn start(options: Options, settings: Settings) -> Running {
    let emulator = Emulator::start(SocketAddr::from(([127, 0, 0, 1], 0)), options)
        .await
        .unwrap();
    let sources = vec![Source::Fixed("emulator".to_owned(), credential(&emulator))];
    let (client, listening) = bind(sources, settings, None).await;
    let (stop, stopped) = oneshot::channel();
    let ended = tokio::spawn(listening.run(async {
        let _ = stopped.await;
    }));
    Running {
        client,
        stop,
        ended,
        _emulator: emulator,
    }
}

/// The same with 200 users and default settings.
async fn start_default() -> Running {
    start(Options::default(), Settings::default()).await
}

/// A service that listens.
async fn try_bind(
    sources: Vec<Source>,
    settings: Settings,
    log: Option<Box<dyn Write + Send>>,
) -> Result<Listening, Error> {
    let service = Service::new(PLUGIN.clone(), &DESCRIPTION, sources, settings, log)?;
    service.bind().await
}

/// The address of a service that listens at a port.
fn address(listening: &Listening) -> SocketAddr {
    match *listening.address() {
        Address::Tcp(address) => address,
        _ => panic!("not a port"),
    }
}

/// A service that listens, and its client.
async fn bind(
    sources: Vec<Source>,
    settings: Settings,
    log: Option<Box<dyn Write + Send>>,
) -> (Client, Listening) {
    let listening = try_bind(sources, settings, log).await.unwrap();
    let client = Client::new(&listening, listening.token().unwrap().expose());
    (client, listening)
}

/// A service that runs to the end of the test.
async fn serve(
    sources: Vec<Source>,
    settings: Settings,
    log: Option<Box<dyn Write + Send>>,
) -> Client {
    let (client, listening) = bind(sources, settings, log).await;
    tokio::spawn(listening.run(std::future::pending()));
    client
}

fn credential(emulator: &Emulator) -> Credential {
    Credential::new(PROJECT_ID, Secret::new(SECRET.to_owned()))
        .with_base_url(&emulator.base_url())
        .unwrap()
}
