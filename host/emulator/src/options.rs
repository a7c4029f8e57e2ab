//! What an emulator starts with.

use super::{Chaos, User};

/// What an emulator starts with.
///
/// Later versions may add members: build one from the default, with the methods of the same
/// names, as in `Options::default().users(5).seed(7)`.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Options {
    /// How many users to make up; 200 unless told. A million take about 5 seconds
    /// and 1.5 GB.
    ///
    /// The first two dozen are a fixed cast that covers every attribute; the rest are generated
    /// in sensible proportions.
    pub users: u64,
    /// What everything random follows from; 1 unless told.
    ///
    /// The same seed gives the same users, and the same requests in the same order then get the
    /// same IDs, cursors and faults, in this process or another.
    pub seed: u64,
    /// Users to serve in place of the made-up ones. Those of one time of creation, and those of
    /// none, keep their order.
    pub load: Option<Vec<User>>,
    /// Requests allowed in one minute for each endpoint; no limit unless told.
    ///
    /// As Stytch documents, windows are fixed and aligned to the clock. The answer above it is
    /// 429 `too_many_requests`. Stytch's own limit for searches is 150.
    pub rate_limit: Option<u32>,
    /// The faults to rehearse; none unless told.
    pub chaos: Chaos,
    /// Names, besides `localhost`, by which requests may ask for the emulator in their `Host`;
    /// none unless told.
    ///
    /// On loopback a request may be for `localhost` or a loopback address, with the port that is
    /// listened on. Beyond it, for `localhost` or any address. Any other name is answered with
    /// 421, since a web page could have pointed it here (DNS rebinding).
    pub allow_hosts: Vec<String>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            users: 200,
            seed: 1,
            load: None,
            rate_limit: None,
            chaos: Chaos::default(),
            allow_hosts: Vec::new(),
        }
    }
}

impl Options {
    /// Makes up this many users; see [`Options::users`](#structfield.users).
    #[must_use]
    pub fn users(mut self, users: u64) -> Self {
        self.users = users;
        self
    }

    /// Draws everything random from this seed; see [`Options::seed`](#structfield.seed).
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Serves these users in place of made-up ones.
    #[must_use]
    pub fn load(mut self, users: Vec<User>) -> Self {
        self.load = Some(users);
        self
    }

    /// Allows this many requests in one minute for each endpoint.
    #[must_use]
    pub fn rate_limit(mut self, per_minute: u32) -> Self {
        self.rate_limit = Some(per_minute);
        self
    }

    /// Rehearses these faults.
    #[must_use]
    pub fn chaos(mut self, chaos: Chaos) -> Self {
        self.chaos = chaos;
        self
    }
    /// Serves requests for a name; see [`Options::allow_hosts`](#structfield.allow_hosts).
    #[must_use]
    pub fn allow_host(mut self, name: impl Into<String>) -> Self {
        self.allow_hosts.push(name.into());
        self
    }
}
