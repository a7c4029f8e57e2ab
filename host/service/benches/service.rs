//! The cost of the sandbox in the service: the same requests to this service and to a plain
//! one (axum, hyper and serde), in one run, with the same local Stytch.
//!
//! ```sh
//! cargo bench --bench service
//! cargo bench --bench service -- 20
//! ```
//!
//! The argument is the number of rounds. The services take turns in each round, and ratios
//! are computed within a round, so that a busy machine slows all of them. Clients, services
//! and Stytch share the cores.

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

#[allow(dead_code, reason = "the benchmark of the sandbox uses the rest")]
#[path = "../../library/benches/sandbox/plain.rs"]
mod plain;

use axum::Router;
use axum::extract::{Path, State};
use axum::routing::get;
use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Empty};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use stytch_emulator::{Emulator, Options, PROJECT_ID, SECRET};
use stytch_host::{Credential, Plugin, PluginBuilder, Secret};
use stytch_service::{Service, Settings, Source};

/// How many connections send requests at once.
const CONNECTIONS: usize = 64;

/// The duration of a turn.
const TURN: Duration = Duration::from_secs(1);

/// A service to measure.
struct Target {
    name: &'static str,
    url: String,
    token: String,
}

/// The requests of one turn.
struct Turn {
    per_second: f64,
    /// Sorted.
    latencies: Vec<Duration>,
}

impl Turn {
    fn percentile(&self, percent: usize) -> Duration {
        let index = self.latencies.len().saturating_sub(1) * percent / 100;
        self.latencies[index]
    }
}

#[tokio::main]
async fn main() {
    let rounds = std::env::args().nth(1).and_then(|text| text.parse().ok());
    let rounds: usize = rounds.unwrap_or(10);
    let emulator = Emulator::start(([127, 0, 0, 1], 0).into(), Options::default());
    let emulator = emulator.await.unwrap();
    let pool = NonZeroU32::new(1000).unwrap();
    let builder = || Plugin::builder().pool(pool);
    let targets = [
        plain_service(&emulator).await,
        service("fresh instances", builder(), &emulator).await,
        service(
            "reused instances",
            builder().reuse(NonZeroU32::new(100).unwrap()),
            &emulator,
        )
        .await,
    ];
    for target in &targets {
        turn(target, CONNECTIONS).await;
    }
    let mut all: Vec<Vec<Turn>> = targets.iter().map(|_| Vec::new()).collect();
    for _ in 0..rounds {
        for (target, turns) in targets.iter().zip(&mut all) {
            turns.push(turn(target, CONNECTIONS).await);
        }
    }
    println!("{CONNECTIONS} connections, retrieve-user, median of {rounds} rounds");
    for (target, turns) in targets.iter().zip(&all) {
        let median = |figures: Vec<f64>| median(figures);
        println!(
            "{:17} {:8.0} requests/s, {:.2} of the plain service; p50 {:.2} ms, p99 {:.2} ms",
            target.name,
            median(turns.iter().map(|turn| turn.per_second).collect()),
            median(
                turns
                    .iter()
                    .zip(&all[0])
                    .map(|(turn, plain)| turn.per_second / plain.per_second)
                    .collect()
            ),
            median(
                turns
                    .iter()
                    .map(|turn| milliseconds(turn.percentile(50)))
                    .collect()
            ),
            median(
                turns
                    .iter()
                    .map(|turn| milliseconds(turn.percentile(99)))
                    .collect()
            ),
        );
    }
}

fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}

/// Sends requests from so many connections for the duration of a turn.
async fn turn(target: &Target, connections: usize) -> Turn {
    let (stop, start) = (Arc::new(AtomicBool::new(false)), Instant::now());
    let tasks: Vec<_> = (0..connections)
        .map(|_| {
            let mut connector = HttpConnector::new();
            connector.set_nodelay(true);
            let client: Client<_, Empty<Bytes>> =
                Client::builder(TokioExecutor::new()).build(connector);
            let url = format!("{}/v1/credentials/emulator/users/ada.lovelace", target.url);
            let (stop, token) = (stop.clone(), format!("Bearer {}", target.token));
            tokio::spawn(async move {
                let mut latencies = Vec::new();
                while !stop.load(Ordering::Relaxed) {
                    let request = Request::get(&url)
                        .header("authorization", &token)
                        .body(Empty::new())
                        .unwrap();
                    let sent = Instant::now();
                    let response = client.request(request).await.unwrap();
                    assert_eq!(response.status(), 200);
                    response.into_body().collect().await.unwrap();
                    latencies.push(sent.elapsed());
                }
                latencies
            })
        })
        .collect();
    tokio::time::sleep(TURN).await;
    stop.store(true, Ordering::Relaxed);
    let mut latencies = Vec::new();
    for task in tasks {
        latencies.extend(task.await.unwrap());
    }
    let per_second = latencies.len() as f64 / start.elapsed().as_secs_f64();
    latencies.sort();
    Turn {
        per_second,
        latencies,
    }
}

async fn service(name: &'static str, builder: PluginBuilder, emulator: &Emulator) -> Target {
    let credential = Credential::new(PROJECT_ID, Secret::new(SECRET.to_owned()))
        .with_base_url(&emulator.base_url())
        .unwrap();
    let description = builder.describe().unwrap();
    let service = Service::new(
        builder.build().unwrap(),
        &description,
        vec![Source::Fixed("emulator".to_owned(), credential)],
        Settings::default(),
        Some(Box::new(std::io::sink())),
    );
    let listening = service.unwrap().bind().await.unwrap();
    let target = Target {
        name,
        url: listening.url().unwrap(),
        token: listening.token().unwrap().expose().to_owned(),
    };
    tokio::spawn(listening.run(std::future::pending()));
    target
}

/// The same path, without tokens, limits, logs and a sandbox. It decodes the user, and sends
/// on the bytes that it received.
async fn plain_service(emulator: &Emulator) -> Target {
    async fn user(
        State(client): State<plain::Client>,
        Path((_, user_id)): Path<(String, String)>,
    ) -> Bytes {
        let body = client.user_body(&user_id).await;
        let user: plain::User = serde_json::from_slice(&body).unwrap();
        std::hint::black_box(user);
        body
    }
    let router = Router::new()
        .route("/v1/credentials/{name}/users/{user_id}", get(user))
        .with_state(plain::Client::new(&emulator.base_url()));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async { axum::serve(listener, router).await });
    Target {
        name: "plain service",
        url,
        token: String::new(),
    }
}
