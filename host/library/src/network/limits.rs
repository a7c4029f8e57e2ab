//! The bounds of the requests of one call, and of their responses. Every number has a
//! reason, and a method of [`PluginBuilder`](crate::PluginBuilder) that changes it.

use super::MinThroughput;
use std::time::Duration;

/// The bounds of the network.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// The request's body, in bytes.
    pub(crate) request_body: usize,
    /// Resolving, connecting and the TLS handshake.
    pub(crate) connect: Duration,
    /// From the request to the headers of the response, with connecting.
    pub(crate) response: Duration,
    /// Between two pieces of the response's body.
    pub(crate) idle: Duration,
    /// How fast the response's body must come.
    pub(crate) throughput: MinThroughput,
    /// The names and values of the response's headers together, in bytes.
    pub(crate) headers: usize,
    /// The answer's body, in bytes.
    pub(crate) response_body: usize,
    /// Requests of one attempt.
    pub(crate) requests: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            // A query with 100,000 user IDs is half of it.
            request_body: 8 << 20,
            // A lost packet of the handshake is sent again after 1 and 3 seconds.
            connect: Duration::from_secs(5),
            // Stytch documents searches of up to 9 seconds.
            response: Duration::from_secs(15),
            // Once a response has begun, there is nothing to compute.
            idle: Duration::from_secs(10),
            // A thousandth of what the slowest mobile networks do.
            throughput: MinThroughput {
                bytes: 1 << 10,
                window: Duration::from_secs(10),
            },
            // Many times what any response of an API has.
            headers: 64 << 10,
            // 1000 users who all have the most metadata are about 10 MB.
            response_body: 32 << 20,
            // The contract: one call of the component is at most one request.
            requests: 1,
        }
    }
}
