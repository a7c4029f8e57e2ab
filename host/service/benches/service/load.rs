//! Sends requests, and measures how long the responses take.

use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Empty};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use std::thread;
use std::time::{Duration, Instant};
use tokio::sync::mpsc;

/// How many connections send requests.
pub(crate) const CONNECTIONS: u32 = 64;

/// The duration of a turn.
const TURN: Duration = Duration::from_secs(1);

/// Something that retrieves a user.
#[derive(Clone)]
pub(crate) struct Target {
    pub(crate) name: &'static str,
    /// Of the user.
    pub(crate) url: String,
    pub(crate) authorization: String,
}

/// The responses of one turn.
pub(crate) struct Turn {
    pub(crate) per_second: f64,
    /// Sorted.
    latencies: Vec<Duration>,
}

impl Turn {
    pub(crate) fn milliseconds(&self, percentile: usize) -> f64 {
        let index = self.latencies.len().saturating_sub(1) * percentile / 100;
        self.latencies[index].as_secs_f64() * 1000.0
    }
}

impl Target {
    /// As many requests as it responds to: each connection sends the next one when it has
    /// a response.
    pub(crate) async fn highest_load(&self) -> Turn {
        let connections = self.connections().await;
        let start = Instant::now();
        let tasks = connections.into_iter().map(|connection| async move {
            let mut latencies = Vec::new();
            while start.elapsed() < TURN {
                latencies.push(connection.latency(Instant::now()).await);
            }
            latencies
        });
        turn(tasks).await
    }

    /// This many requests a second, evenly spread over time and connections. What waits for
    /// its connection counts from when it should have been sent.
    pub(crate) async fn load(&self, per_second: f64) -> Turn {
        let connections = self.connections().await;
        let (senders, tasks): (Vec<_>, Vec<_>) = connections
            .into_iter()
            .map(|connection| {
                let (sender, mut due) = mpsc::unbounded_channel();
                let task = async move {
                    let mut latencies = Vec::new();
                    while let Some(due) = due.recv().await {
                        latencies.push(connection.latency(due).await);
                    }
                    latencies
                };
                (sender, task)
            })
            .unzip();
        // A runtime's timers tick once a millisecond, which would make bursts.
        let clock = thread::spawn(move || {
            let period = Duration::from_secs_f64(1.0 / per_second);
            let start = Instant::now();
            let mut due = start;
            for sender in senders.iter().cycle() {
                thread::sleep(due.saturating_duration_since(Instant::now()));
                sender.send(Instant::now()).unwrap();
                due += period;
                if due > start + TURN {
                    break;
                }
            }
        });
        let turn = turn(tasks).await;
        clock.join().unwrap();
        turn
    }

    /// Connections that have sent a request: connecting is not measured.
    async fn connections(&self) -> Vec<Connection> {
        let mut connections = Vec::new();
        for _ in 0..CONNECTIONS {
            let connection = Connection::to(self);
            assert_eq!(connection.status().await, 200);
            connections.push(connection);
        }
        connections
    }
}

/// Runs the tasks, which return their latencies.
async fn turn<F>(tasks: impl IntoIterator<Item = F>) -> Turn
where
    F: Future<Output = Vec<Duration>> + Send + 'static,
{
    let start = Instant::now();
    let tasks: Vec<_> = tasks.into_iter().map(tokio::spawn).collect();
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

/// A client with one connection.
pub(crate) struct Connection {
    client: Client<HttpConnector, Empty<Bytes>>,
    target: Target,
}

impl Connection {
    pub(crate) fn to(target: &Target) -> Self {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        Self {
            client: Client::builder(TokioExecutor::new()).build(connector),
            target: target.clone(),
        }
    }

    /// Sends a request that was due at this time, and returns when it had the response.
    async fn latency(&self, due: Instant) -> Duration {
        assert_eq!(self.status().await, 200);
        due.elapsed()
    }

    /// Sends a request, and reads the response.
    pub(crate) async fn status(&self) -> u16 {
        let request = Request::get(&self.target.url)
            .header("authorization", &self.target.authorization)
            .body(Empty::new())
            .unwrap();
        let response = self.client.request(request).await.unwrap();
        let status = response.status();
        response.into_body().collect().await.unwrap();
        status.as_u16()
    }
}
