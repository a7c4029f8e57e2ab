//! The options of an emulator.

use crate::{faults::Chaos, users::User};
use std::time::SystemTime;

/// The options of an emulator.
///
/// Later versions may add fields. Start from the default and use the methods of the same names, as
/// in `Options::default().users(5).seed(7)`.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Options {
    /// The number of users to generate, 200 by default. A million users take about 5 seconds and
    /// 1.5 GB of memory.
    ///
    /// The first two dozen are fixed, apart from their IDs, and cover every attribute. The others
    /// are random, in realistic proportions.
    pub users: u64,
    /// The seed of everything random, 1 by default.
    ///
    /// The same seed generates the same users, and the same requests in the same order get the same
    /// IDs, cursors and faults, in any process.
    pub seed: u64,
    /// Users to serve instead of generated ones. Search results list those with the same creation
    /// time, and those without one, in the order given here.
    pub load: Option<Vec<User>>,
    /// The number of requests allowed per minute and endpoint, unlimited by default.
    ///
    /// As Stytch documents, windows are fixed and aligned to the clock. Requests over the limit get
    /// 429 `too_many_requests`. Stytch's own limit for searches is 150.
    pub rate_limit: Option<u32>,
    /// The clock of the rate limit, the system's by default. A test that must not depend on when
    /// the next minute starts sets its own.
    pub clock: fn() -> SystemTime,
    /// The faults to inject, none by default.
    pub chaos: Chaos,
    /// Host names besides `localhost` that the `Host` header of a request may have, none by default.
    ///
    /// If the emulator listens on loopback, it accepts `localhost` and loopback addresses, with its
    /// port. Otherwise it accepts `localhost` and any address. Requests for other names get 421,
    /// because a web page could have pointed the name here (DNS rebinding).
    pub allow_hosts: Vec<String>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            users: 200,
            seed: 1,
            load: None,
            rate_limit: None,
            clock: SystemTime::now,
            chaos: Chaos::default(),
            allow_hosts: Vec::new(),
        }
    }
}

impl Options {
    /// Generates this many users; see [`Options::users`](#structfield.users).
    #[must_use]
    pub fn users(mut self, users: u64) -> Self {
        self.users = users;
        self
    }

    /// Sets the seed of everything random; see [`Options::seed`](#structfield.seed).
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Serves these users instead of generated ones.
    #[must_use]
    pub fn load(mut self, users: Vec<User>) -> Self {
        self.load = Some(users);
        self
    }

    /// Allows this many requests per minute and endpoint.
    #[must_use]
    pub fn rate_limit(mut self, per_minute: u32) -> Self {
        self.rate_limit = Some(per_minute);
        self
    }

    /// Sets the clock of the rate limit; see [`Options::clock`](#structfield.clock).
    #[must_use]
    pub fn clock(mut self, clock: fn() -> SystemTime) -> Self {
        self.clock = clock;
        self
    }

    /// Injects these faults.
    #[must_use]
    pub fn chaos(mut self, chaos: Chaos) -> Self {
        self.chaos = chaos;
        self
    }

    /// Accepts requests for this host name; see [`Options::allow_hosts`](#structfield.allow_hosts).
    #[must_use]
    pub fn allow_host(mut self, name: impl Into<String>) -> Self {
        self.allow_hosts.push(name.into());
        self
    }
}
