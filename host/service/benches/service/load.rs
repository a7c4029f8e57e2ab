//! Sends requests, and measures how long the responses take.

use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Empty};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use std::time::{Duration, Instant};

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
        self.turn(None).await
    }

    /// This many requests a second, evenly spread over the connections.
    pub(crate) async fn load(&self, per_second: f64) -> Turn {
        self.turn(Some(Duration::from_secs_f64(
            f64::from(CONNECTIONS) / per_second,
        )))
        .await
    }

    async fn turn(&self, period: Option<Duration>) -> Turn {
        let start = Instant::now();
        let tasks: Vec<_> = (0..CONNECTIONS)
            .map(|connection| {
                let client = Connection::to(self);
                let offset = period.map(|period| period * connection / CONNECTIONS);
                tokio::spawn(async move {
                    let mut latencies = Vec::new();
                    let mut ticks = period.map(|period| {
                        let first = start + offset.unwrap_or_default();
                        tokio::time::interval_at(first.into(), period)
                    });
                    while start.elapsed() < TURN {
                        if let Some(ticks) = &mut ticks {
                            ticks.tick().await;
                        }
                        let sent = Instant::now();
                        assert_eq!(client.status().await, 200);
                        latencies.push(sent.elapsed());
                    }
                    latencies
                })
            })
            .collect();
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
