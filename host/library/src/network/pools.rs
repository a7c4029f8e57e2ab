//! Connection pools, each for a limited number of requests.
//!
//! Over HTTP/2 the requests of a pool share one connection to an origin, and the server
//! limits its streams. With a single pool, requests that hang could take all of them, and
//! keep the requests of other credentials from being sent.

use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The maximum number of requests in a pool. Servers allow more streams on a connection:
/// RFC 9113, section 6.5.2, recommends at least 100.
const REQUESTS: usize = 64;

/// The number of pools: enough for 1,024 requests.
const POOLS: usize = 16;

/// The place of a request in its pool, until the response body ends.
pub(super) type Place = Option<OwnedSemaphorePermit>;

/// The pools of a client. A request uses the first one that has a place, so that no more
/// connections are open than necessary.
pub(super) struct Pools<P> {
    pools: Vec<(P, Arc<Semaphore>)>,
    /// Keeps no connections: each request opens its own.
    pub(super) none: P,
}

impl<P> Pools<P> {
    /// `create` creates a pool with at most this number of idle connections to an origin.
    pub(super) fn new(create: impl Fn(usize) -> P) -> Self {
        let pools = (0..POOLS).map(|_| (create(REQUESTS), Arc::new(Semaphore::new(REQUESTS))));
        Self {
            pools: pools.collect(),
            none: create(0),
        }
    }

    /// Chooses the pool for a request. If all of them are full, it opens its own connection.
    pub(super) fn choose(&self) -> (&P, Place) {
        let chosen = self.pools.iter().find_map(|(pool, places)| {
            let place = Arc::clone(places).try_acquire_owned().ok()?;
            Some((pool, Some(place)))
        });
        chosen.unwrap_or((&self.none, None))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    #[test]
    fn the_first_pool_with_a_place_is_chosen() {
        let number = Cell::new(0);
        let pools = Pools::new(|size| (number.replace(number.get() + 1), size));
        let mut places = Vec::new();
        for request in 0..POOLS * REQUESTS {
            let (&(pool, size), place) = pools.choose();
            assert_eq!((pool, size), (request / REQUESTS, REQUESTS));
            assert!(place.is_some());
            places.push(place);
        }
        let (&(_, size), place) = pools.choose();
        assert_eq!(size, 0);
        assert!(place.is_none());
        places.remove(3 * REQUESTS);
        assert_eq!(pools.choose().0.0, 3);
    }
}
