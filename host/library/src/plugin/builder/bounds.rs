//! The bounds of calls. Each has a default that fits Stytch, and a reason.

use super::PluginBuilder;
use crate::network::MinThroughput;
use std::time::Duration;

/// The rest of the two megabytes of a stack is for functions of the host.
const MAX_STACK: usize = 1 << 20;

impl PluginBuilder {
    /// Tries a call so often, 1 to 10 times; other numbers are taken for the nearest
    /// of these. 3 by default, as the clients of large providers do; 1 is no retry.
    ///
    /// Tried again is what passes: faults of the network, the statuses 408, 500, 502,
    /// 503 and 504, and 429 unless Stytch says that it is about a user. Waits are
    /// drawn from 0 to a bound that doubles, from 50 milliseconds after a fault of
    /// the network and from 1 second after a status, up to 20 seconds; but no wait is
    /// shorter than what Stytch asks for, and none is begun that the
    /// [deadline](Self::deadline) would end.
    pub fn max_attempts(mut self, attempts: u32) -> Self {
        self.retry.attempts = attempts.clamp(1, 10);
        self
    }

    /// Bounds a whole call: its attempts and the waits between them. 60 seconds by
    /// default: three slow attempts, or most of a wait for Stytch's next window.
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.retry.deadline = deadline;
        self
    }

    /// Bounds one attempt, from instantiating the component to the typed result. 30
    /// seconds by default: the longest wait for an answer, and as long for its body.
    pub fn attempt_timeout(mut self, timeout: Duration) -> Self {
        self.retry.attempt = timeout;
        self
    }

    /// Bounds resolving, connecting and the TLS handshake together. 5 seconds by
    /// default: lost packets of a handshake are sent again after 1 and 3 seconds.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.settings.limits.network.connect = timeout;
        self
    }

    /// Bounds the time to the head of an answer, with connecting. 15 seconds by
    /// default: Stytch documents searches of up to 9.
    pub fn response_timeout(mut self, timeout: Duration) -> Self {
        self.settings.limits.network.response = timeout;
        self
    }

    /// Bounds the time between two pieces of an answer's body. 10 seconds by default:
    /// once an answer has begun, there is nothing left to compute.
    pub fn idle_timeout(mut self, timeout: Duration) -> Self {
        self.settings.limits.network.idle = timeout;
        self
    }

    /// Gives an answer up whose body comes with less than so many bytes in this
    /// time. 1 KiB in 10 seconds by default, slower than any network in use: a server
    /// that drips never lets the [idle timeout](Self::idle_timeout) pass. Time in
    /// which nothing is asked of the server does not count.
    pub fn min_throughput(mut self, bytes: usize, window: Duration) -> Self {
        self.settings.limits.network.throughput = MinThroughput { bytes, window };
        self
    }

    /// Bounds the names and values of an answer's headers together, in bytes. 64 KiB
    /// by default, many times what an API sends; beyond some 400 KiB, or 100 headers,
    /// an answer of HTTP/1.1 is refused in any case.
    pub fn max_header_bytes(mut self, bytes: usize) -> Self {
        self.settings.limits.network.headers = bytes;
        self
    }

    /// Bounds the answer's body, in bytes. 32 MiB by default; the largest page
    /// of users is about 10 MB. Nothing is decompressed, so these are the bytes
    /// that the component gets.
    pub fn max_response_bytes(mut self, bytes: usize) -> Self {
        self.settings.limits.network.response_body = bytes;
        self
    }

    /// Bounds the request's body, which is kept until its answer begins, in bytes.
    /// 8 MiB by default: a query with 100,000 user IDs is about half of it.
    pub fn max_request_bytes(mut self, bytes: usize) -> Self {
        self.settings.limits.network.request_body = bytes;
        self
    }

    /// Bounds the memory of an instance, in bytes. 256 MiB by default.
    pub fn max_memory_bytes(mut self, bytes: usize) -> Self {
        self.settings.limits.memory = bytes;
        self
    }

    /// Bounds the time that one attempt computes, not counting the time that it
    /// waits. 10 seconds by default; looked at every 10 milliseconds.
    pub fn max_cpu_time(mut self, time: Duration) -> Self {
        self.settings.limits.cpu = time;
        self
    }

    /// Bounds the stack of guest code, in bytes. 512 KiB by default; up to 1 MiB.
    pub fn max_stack_bytes(mut self, bytes: usize) -> Self {
        self.settings.limits.stack = bytes.clamp(1, MAX_STACK);
        self
    }

    /// Bounds what a component holds of the host at once: headers, requests,
    /// bodies, streams. 256 by default; a call holds about ten.
    pub fn max_handles(mut self, handles: usize) -> Self {
        self.settings.limits.handles = handles;
        self
    }

    /// Bounds what a component hands to the host at once, its result above all,
    /// in bytes. 128 MiB by default.
    pub fn max_transfer_bytes(mut self, bytes: usize) -> Self {
        self.settings.limits.transfer = bytes;
        self
    }

    /// Bounds the headers of a request, in bytes. 16 KiB by default, which is what
    /// servers commonly take.
    pub fn max_request_header_bytes(mut self, bytes: usize) -> Self {
        self.settings.limits.request_head = bytes;
        self
    }
}
