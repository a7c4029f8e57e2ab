//! The limits of calls. Each has a default that fits Stytch, with the reason for it.

use super::PluginBuilder;
use crate::network::MinThroughput;
use std::time::Duration;

/// The rest of the 2 MiB stack is reserved for host functions.
const MAX_STACK: usize = 1 << 20;

impl PluginBuilder {
    /// Sets the maximum number of attempts, clamped to 1 to 10. 3 by default, as in the
    /// clients of large providers; 1 disables retries.
    ///
    /// Transient failures are retried: network faults, the statuses 408, 500, 502, 503
    /// and 504, and 429 unless Stytch's error type says that it is about one user. Retries
    /// back off exponentially with full jitter: the maximum wait starts at 50 milliseconds
    /// after a network fault and at 1 second after a status, and doubles up to 20 seconds.
    /// A wait is never shorter than Stytch asks for, and a call fails rather than wait
    /// beyond its [deadline](Self::deadline).
    pub fn max_attempts(mut self, attempts: u32) -> Self {
        self.retry.attempts = attempts.clamp(1, 10);
        self
    }

    /// Limits the time of a call, including all attempts and the waits between them.
    /// 60 seconds by default: three slow attempts, or most of a wait for Stytch's next
    /// rate limit window.
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.retry.deadline = deadline;
        self
    }

    /// Limits the time of one attempt, from instantiating the component to the typed
    /// result. 30 seconds by default: the response timeout, and as long again for the
    /// body.
    pub fn attempt_timeout(mut self, timeout: Duration) -> Self {
        self.retry.attempt = timeout;
        self
    }

    /// Limits the total time of name resolution, connecting and the TLS handshake. 5
    /// seconds by default: lost handshake packets are retransmitted after 1 and 3 seconds.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.settings.limits.network.connect = timeout;
        self
    }

    /// Limits the time until the response headers arrive, including connecting. 15
    /// seconds by default: Stytch documents searches of up to 9 seconds.
    pub fn response_timeout(mut self, timeout: Duration) -> Self {
        self.settings.limits.network.response = timeout;
        self
    }

    /// Limits the time between two chunks of a response body. 10 seconds by default:
    /// once a response has begun, the server has nothing left to compute.
    pub fn idle_timeout(mut self, timeout: Duration) -> Self {
        self.settings.limits.network.idle = timeout;
        self
    }

    /// Sets the minimum throughput of a response body; a slower response is aborted. 1
    /// KiB in 10 seconds by default, slower than any network in use. A server that sends
    /// a byte now and then never triggers the [idle timeout](Self::idle_timeout), but does
    /// not reach this. Time in which the component does not read does not count.
    pub fn min_throughput(mut self, bytes: usize, window: Duration) -> Self {
        self.settings.limits.network.throughput = MinThroughput { bytes, window };
        self
    }

    /// Limits the total size of the names and values of the response headers, in bytes.
    /// 64 KiB by default, many times what an API sends. An HTTP/1.1 response with more
    /// than some 400 KiB or 100 headers is refused regardless of this setting.
    pub fn max_header_bytes(mut self, bytes: usize) -> Self {
        self.settings.limits.network.headers = bytes;
        self
    }

    /// Limits the response body, in bytes. 32 MiB by default; the largest page of users
    /// is about 10 MB. Nothing is decompressed, so these are the bytes that the component
    /// gets.
    pub fn max_response_bytes(mut self, bytes: usize) -> Self {
        self.settings.limits.network.response_body = bytes;
        self
    }

    /// Limits the request body, in bytes; the body is buffered until its response begins.
    /// 8 MiB by default: a query with 100,000 user IDs has about half of that.
    pub fn max_request_bytes(mut self, bytes: usize) -> Self {
        self.settings.limits.network.request_body = bytes;
        self
    }

    /// Limits the memory of an instance, in bytes. 256 MiB by default.
    pub fn max_memory_bytes(mut self, bytes: usize) -> Self {
        self.settings.limits.memory = bytes;
        self
    }

    /// Limits the CPU time of one attempt, which excludes the time that it waits. 10
    /// seconds by default; checked every 10 milliseconds.
    pub fn max_cpu_time(mut self, time: Duration) -> Self {
        self.settings.limits.cpu = time;
        self
    }

    /// Limits the stack of guest code, in bytes. 512 KiB by default; up to 1 MiB.
    pub fn max_stack_bytes(mut self, bytes: usize) -> Self {
        self.settings.limits.stack = bytes.clamp(1, MAX_STACK);
        self
    }

    /// Limits the number of host resources that a component holds at the same time:
    /// headers, requests, bodies, streams. 256 by default; a call holds about ten.
    pub fn max_handles(mut self, handles: usize) -> Self {
        self.settings.limits.handles = handles;
        self
    }

    /// Limits the data that a component passes to the host in one call, mainly its
    /// result, in bytes. 128 MiB by default.
    pub fn max_transfer_bytes(mut self, bytes: usize) -> Self {
        self.settings.limits.transfer = bytes;
        self
    }

    /// Limits the request headers, in bytes. 16 KiB by default, which servers commonly
    /// accept.
    pub fn max_request_header_bytes(mut self, bytes: usize) -> Self {
        self.settings.limits.request_headers = bytes;
        self
    }
}
