//! The limits of the requests of one call and of their responses, with the reason for
//! each. Methods of [`PluginBuilder`](crate::PluginBuilder) change them.

use std::time::Duration;

/// The limits of the network.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// The size of the request body, in bytes.
    pub(crate) request_body: usize,
    /// The time of name resolution, connecting and the TLS handshake.
    pub(crate) connect: Duration,
    /// The time from the request to the response headers, including connecting.
    pub(crate) response: Duration,
    /// The time between two chunks of the response body.
    pub(crate) idle: Duration,
    /// The minimum throughput of the response body.
    pub(crate) throughput: MinThroughput,
    /// The total size of the names and values of the response headers, in bytes.
    pub(crate) headers: usize,
    /// The size of the response body, in bytes.
    pub(crate) response_body: usize,
    /// The number of requests of one attempt.
    pub(crate) requests: u32,
}

/// The minimum throughput of a response body: this many bytes in this time.
#[derive(Debug, Clone, Copy)]
pub(crate) struct MinThroughput {
    pub(crate) bytes: usize,
    pub(crate) window: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            // A query with 100,000 user IDs has half of that.
            request_body: 8 << 20,
            // Lost handshake packets are retransmitted after 1 and 3 seconds.
            connect: Duration::from_secs(5),
            // Stytch documents searches of up to 9 seconds.
            response: Duration::from_secs(15),
            // Once a response has begun, the server has nothing left to compute.
            idle: Duration::from_secs(10),
            // A thousandth of the throughput of the slowest mobile networks.
            throughput: MinThroughput {
                bytes: 1 << 10,
                window: Duration::from_secs(10),
            },
            // Many times what API responses have.
            headers: 64 << 10,
            // 1000 users with the maximum metadata have about 10 MB.
            response_body: 32 << 20,
            // The contract: a call of the component sends at most one request.
            requests: 1,
        }
    }
}
