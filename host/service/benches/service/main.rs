//! The cost of the service and its sandbox, and whether a credential whose Stytch stalls
//! costs the others anything; all in one run, with the same local Stytch.
//!
//! ```sh
//! cargo bench --bench service
//! cargo bench --bench service -- 20
//! ```
//!
//! The argument is the number of rounds. What is compared takes turns in each round, and
//! ratios are computed within a round, so that a busy machine slows all of it. Clients,
//! services and Stytch share the cores.
//!
//! It also measures a Node service with Stytch's own SDK, if its packages are installed:
//! `npm ci --prefix host/service/benches/service/node`.

#![allow(
    clippy::cast_precision_loss,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::struct_field_names,
    clippy::unwrap_used,
    reason = "a measurement that fails panics, and prints its figures; names are Stytch's"
)]

mod load;
mod peers;
#[allow(dead_code, reason = "the benchmark of the sandbox uses the rest")]
#[path = "../../../library/benches/sandbox/plain.rs"]
mod plain;
mod unsandboxed;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use load::{CONNECTIONS, Connection, Target, Turn};
use mimalloc::MiMalloc;
use std::num::NonZeroU32;
use std::time::Duration;
use stytch_credentials::Source;
use stytch_emulator::{Emulator, Options, PROJECT_ID, SECRET};
use stytch_host::{Credential, Plugin, PluginBuilder, Secret};
use stytch_service::{Service, Settings};

/// That of `stytch-host serve`, also for the plain service.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// A user whom every emulator has.
const USER: &str = "ada.lovelace";

/// How many callers wait for the Stytch that stalls.
const WAITING: usize = 500;

#[tokio::main]
async fn main() {
    let rounds = std::env::args().skip(1).find_map(|text| text.parse().ok());
    let rounds: usize = rounds.unwrap_or(10);
    let emulator = start(Options::default()).await;
    let pool = NonZeroU32::new(1000).unwrap();
    let fresh = Plugin::builder().pool(pool);
    let reused = fresh.clone().reuse(NonZeroU32::new(100).unwrap());
    let fresh = service(
        "fresh instances",
        fresh,
        vec![source("emulator", &emulator)],
    )
    .await;
    let reused = service(
        "reused instances",
        reused,
        vec![source("emulator", &emulator)],
    )
    .await;
    let mut targets = vec![
        unsandboxed::start(&emulator).await,
        target(&fresh, "emulator"),
        target(&reused, "emulator"),
    ];
    let node = peers::node(&emulator);
    targets.push(peers::plain(&emulator).await);
    targets.extend(node.as_ref().map(|node| node.target.clone()));

    let highest = highest_load(&targets, rounds).await;
    added_latency(&emulator, &targets[1], highest / 2.0, rounds).await;
    stalled_neighbour(&emulator, highest / 2.0, rounds).await;
}

async fn start(options: Options) -> Emulator {
    let emulator = Emulator::start(([127, 0, 0, 1], 0).into(), options);
    emulator.await.unwrap()
}

/// Prints what each target does at most, and returns that of the second one.
async fn highest_load(targets: &[Target], rounds: usize) -> f64 {
    for target in targets {
        target.highest_load().await;
    }
    let mut all: Vec<Vec<Turn>> = targets.iter().map(|_| Vec::new()).collect();
    for _ in 0..rounds {
        for (target, turns) in targets.iter().zip(&mut all) {
            turns.push(target.highest_load().await);
        }
    }
    println!("{CONNECTIONS} connections, retrieve-user, median of {rounds} rounds");
    for (target, turns) in targets.iter().zip(&all) {
        let pairs = || turns.iter().zip(&all[0]);
        println!(
            "{:16} {:6.0} requests/s, {:.2} of no sandbox; p50 {:.2} ms, p99 {:.2} ms",
            target.name,
            median(turns.iter().map(|turn| turn.per_second)),
            median(pairs().map(|(turn, first)| turn.per_second / first.per_second)),
            median(turns.iter().map(|turn| turn.milliseconds(50))),
            median(turns.iter().map(|turn| turn.milliseconds(99))),
        );
    }
    median(all[1].iter().map(|turn| turn.per_second))
}

/// Compares requests to the service with requests to Stytch itself.
async fn added_latency(emulator: &Emulator, service: &Target, per_second: f64, rounds: usize) {
    let pair = BASE64_STANDARD.encode(format!("{PROJECT_ID}:{SECRET}"));
    let direct = Target {
        name: "Stytch itself",
        url: format!("{}/v1/users/{USER}", emulator.base_url()),
        authorization: format!("Basic {pair}"),
    };
    let (mut p50, mut p99) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        let (direct, service) = (
            direct.load(per_second).await,
            service.load(per_second).await,
        );
        for (percentile, added) in [(50, &mut p50), (99, &mut p99)] {
            added.push(service.milliseconds(percentile) - direct.milliseconds(percentile));
        }
    }
    println!(
        "at {per_second:.0} requests/s the service adds {:.0} µs (p50), {:.0} µs (p99)",
        median(p50) * 1000.0,
        median(p99) * 1000.0,
    );
}

/// Compares a credential alone with the same one beside callers that wait for another one.
async fn stalled_neighbour(emulator: &Emulator, per_second: f64, rounds: usize) {
    let stalled = start(Options::default().chaos("stall@headers".parse().unwrap())).await;
    let builder = Plugin::builder().pool(NonZeroU32::new(1000).unwrap());
    let sources = vec![source("emulator", emulator), source("stalled", &stalled)];
    let mut settings = Settings::default();
    // All of them wait.
    (settings.queue_length, settings.queue_wait) = (1000, Duration::from_mins(1));
    let service = service_with("", builder, sources, settings).await;
    let (alone, stalled) = (target(&service, "emulator"), target(&service, "stalled"));
    let mut ratios = Vec::new();
    for _ in 0..rounds {
        let before = alone.load(per_second).await;
        let callers: Vec<_> = (0..WAITING)
            .map(|_| {
                let connection = Connection::to(&stalled);
                tokio::spawn(async move { connection.status().await })
            })
            .collect();
        tokio::time::sleep(Duration::from_millis(500)).await;
        let beside = alone.load(per_second).await;
        ratios.push(beside.milliseconds(99) / before.milliseconds(99));
        for caller in callers {
            assert!(!caller.is_finished());
            caller.abort();
        }
        // Their calls end.
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    println!(
        "beside {WAITING} callers whose Stytch stalls: {:.2} times the p99 alone",
        median(ratios)
    );
}

fn median(figures: impl IntoIterator<Item = f64>) -> f64 {
    let mut figures: Vec<_> = figures.into_iter().collect();
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}

/// A credential for an emulator.
fn source(name: &str, emulator: &Emulator) -> Source {
    let credential = Credential::new(PROJECT_ID, Secret::new(SECRET.to_owned()))
        .with_base_url(&emulator.base_url())
        .unwrap();
    Source::Fixed(name.to_owned(), credential)
}

/// A running service; the target has no credential yet.
async fn service(name: &'static str, builder: PluginBuilder, sources: Vec<Source>) -> Target {
    service_with(name, builder, sources, Settings::default()).await
}

async fn service_with(
    name: &'static str,
    builder: PluginBuilder,
    sources: Vec<Source>,
    settings: Settings,
) -> Target {
    let description = builder.describe().unwrap();
    let service = Service::new(
        builder.build().unwrap(),
        &description,
        sources,
        settings,
        Some(Box::new(std::io::sink())),
    );
    let listening = service.unwrap().bind().await.unwrap();
    let target = Target {
        name,
        url: listening.url().unwrap(),
        authorization: format!("Bearer {}", listening.token().unwrap().expose()),
    };
    tokio::spawn(listening.run(std::future::pending()));
    target
}

/// The user, with a credential of the service.
fn target(service: &Target, credential: &str) -> Target {
    let url = format!("{}/v1/credentials/{credential}/users/{USER}", service.url);
    Target {
        url,
        ..service.clone()
    }
}
