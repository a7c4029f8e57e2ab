//! What one attempt of a call may use. Every number has a reason, and a method of
//! [`PluginBuilder`](crate::PluginBuilder) that changes it.

use crate::network;
use std::time::Duration;
use wasmtime::Trap;
use wasmtime::component::ResourceTableError;
use wasmtime_wasi_http::FieldMapError;

/// The bounds of one attempt of a call.
#[derive(Debug, Clone)]
pub(crate) struct Limits {
    /// Guest code itself, not counting the time that it waits for the network.
    pub(crate) cpu: Duration,
    /// The linear memories of an instance together, in bytes.
    pub(crate) memory: usize,
    /// The entries of the tables of an instance together.
    pub(crate) table_entries: usize,
    /// The core instances, memories and tables of an instance, of each.
    pub(crate) parts: usize,
    /// The stack of guest code, in bytes.
    pub(crate) stack: usize,
    /// What the guest holds of the host at once: headers, requests, bodies,
    /// streams, and what it waits for.
    pub(crate) handles: usize,
    /// What the guest hands to the host at once, its result above all, in bytes.
    pub(crate) transfer: usize,
    /// A set of headers that the guest makes, in bytes.
    pub(crate) request_headers: usize,
    /// Its requests and their responses.
    pub(crate) network: network::Limits,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            // Decoding the largest page takes a small part of it.
            cpu: Duration::from_secs(10),
            // The largest body, its records and the growing of both.
            memory: 256 << 20,
            // The component has some 200 functions in its table.
            table_entries: 10_000,
            // The component has a handful.
            parts: 32,
            // wasmtime's own; the component uses a small part of it.
            stack: 512 << 10,
            // A call holds about ten.
            handles: 256,
            // Four times the largest body: its records take more than its text.
            transfer: 128 << 20,
            // What servers commonly take; the component sends some 300 bytes.
            request_headers: 16 << 10,
            network: network::Limits::default(),
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
    /// It called itself too deeply.
    #[error("it used more stack than it may")]
    Stack,
    /// It kept too many requests, headers, bodies or streams.
    #[error("it holds more of the host than it may")]
    Handles,
    /// It made too large a set of headers.
    #[error("it made larger headers than it may")]
    Headers,
    /// Its result, or what it gave to a function of the host, is too large.
    #[error("it handed over more data than it may")]
    Transfer,
}

impl Limit {
    /// The bound that an error of wasmtime is about, if it is about one.
    pub(crate) fn of(error: &wasmtime::Error) -> Option<Self> {
        if let Some(limit) = error.downcast_ref::<Self>() {
            return Some(*limit);
        }
        if error.downcast_ref::<Trap>() == Some(&Trap::StackOverflow) {
            return Some(Self::Stack);
        }
        if matches!(
            error.downcast_ref::<ResourceTableError>(),
            Some(ResourceTableError::Full)
        ) {
            return Some(Self::Handles);
        }
        if error.is::<FieldMapError>() {
            return Some(Self::Headers);
        }
        // These have no type of their own.
        let text = error.root_cause().to_string();
        if text.contains("handle limit exceeded") {
            Some(Self::Handles)
        } else if text.contains("fuel allocated for hostcalls has been exhausted") {
            Some(Self::Transfer)
        } else {
            None
        }
    }
}
