//! Connection pools, each for a limited number of requests.
//!
//! Over HTTP/2 the requests of a pool share one connection to an origin, and the server
//! limits its streams. With a single pool, requests that hang could take all of them, and
//! keep the requests of other credentials from being sent.

use super::connect::Connector;
use bytes::Bytes;
use http_body_util::Full;
use hyper_util::client::legacy::Client;
use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The maximum number of requests in a pool. Servers allow more streams on a connection:
/// RFC 9113, section 6.5.2, recommends at least 100.
const REQUESTS: usize = 64;

/// The number of pools: enough for 1,024 requests.
const POOLS: usize = 16;

/// A client with its own connections.
pub(super) type Pool = Client<Connector, Full<Bytes>>;

/// The place of a request in its pool, until the response body ends.
pub(super) type Place = Option<OwnedSemaphorePermit>;

/// The pools of a client. A request uses the first one that has a place, so that no more
/// connections are open than necessary.
pub(super) struct Pools {
    pools: Vec<(Pool, Arc<Semaphore>)>,
    /// Keeps no connections: each request opens its own.
    pub(super) none: Pool,
}

impl Pools {
    /// `create` creates a pool with at most this number of idle connections to an origin.
    pub(super) fn new(create: impl Fn(usize) -> Pool) -> Self {
        let pools = (0..POOLS).map(|_| (create(REQUESTS), Arc::new(Semaphore::new(REQUESTS))));
        Self {
            pools: pools.collect(),
            none: create(0),
        }
    }

    /// Chooses the pool for a request. If all of them are full, it opens its own connection.
    pub(super) fn choose(&self) -> (&Pool, Place) {
        let chosen = self.pools.iter().find_map(|(pool, places)| {
            let place = Arc::clone(places).try_acquire_owned().ok()?;
            Some((pool, Some(place)))
        });
        chosen.unwrap_or((&self.none, None))
    }
}
