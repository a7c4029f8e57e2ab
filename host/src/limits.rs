//! What one call may use. Every number has a reason, and a method of
//! [`PluginBuilder`](crate::PluginBuilder) that changes it.

use std::time::Duration;

/// The bounds of one call.
#[derive(Debug, Clone)]
pub(crate) struct Limits {
    /// The whole call, from instantiation to the typed result.
    pub(crate) deadline: Duration,
    /// Guest code itself, not counting the time that it waits for the network.
    pub(crate) cpu: Duration,
    /// The linear memories of an instance together, in bytes.
    pub(crate) memory: usize,
    /// The entries of the tables of an instance together.
    pub(crate) table_entries: usize,
    /// Resolving, connecting and the TLS handshake.
    pub(crate) connect: Duration,
    /// From the request to the head of the answer.
    pub(crate) response: Duration,
    /// Between two pieces of the answer's body.
    pub(crate) idle: Duration,
    /// The answer's body, in bytes.
    pub(crate) body: usize,
    /// Requests of one call.
    pub(crate) requests: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            // Stytch documents searches of up to 9 seconds.
            deadline: Duration::from_secs(30),
            // Decoding the largest page takes a small part of it.
            cpu: Duration::from_secs(10),
            // The largest body, its records and the growing of both.
            memory: 256 << 20,
            // The component has some 200 functions in its table.
            table_entries: 10_000,
            connect: Duration::from_secs(5),
            response: Duration::from_secs(20),
            idle: Duration::from_secs(10),
            // 1000 users who all have the most metadata are about 10 MB.
            body: 32 << 20,
            // The contract: one call is at most one request.
            requests: 1,
        }
    }
}

/// A bound that a component ran into.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Limit {
    /// It computed for too long.
    #[error("it used more processor time than it may")]
    Cpu,
    /// It asked for too much memory, or for too large a table.
    #[error("it asked for more memory than it may have")]
    Memory,
}
