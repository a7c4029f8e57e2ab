//! The limits of one attempt of a call, with the reason for each. Methods of
//! [`PluginBuilder`](crate::PluginBuilder) change them.

use crate::network;
use std::time::Duration;
use wasmtime::Trap;
use wasmtime::component::ResourceTableError;
use wasmtime_wasi_http::FieldMapError;

/// The limits of one attempt of a call.
#[derive(Debug, Clone)]
pub(crate) struct Limits {
    /// The CPU time of guest code, without the time that it waits for the network.
    pub(crate) cpu: Duration,
    /// The total size of the linear memories of an instance, in bytes.
    pub(crate) memory: usize,
    /// The total number of table entries of an instance.
    pub(crate) table_entries: usize,
    /// The number of core instances of an instance, and of its memories, and of its tables.
    pub(crate) parts: usize,
    /// The stack of guest code, in bytes.
    pub(crate) stack: usize,
    /// The number of host resources that the guest holds at the same time: headers,
    /// requests, bodies, streams and pollables.
    pub(crate) handles: usize,
    /// The data that the guest passes to the host, mainly its result, in bytes.
    pub(crate) transfer: usize,
    /// The size of a set of headers that the guest creates, in bytes.
    pub(crate) request_headers: usize,
    /// The limits of its requests and their responses.
    pub(crate) network: network::Limits,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            // Decoding the largest page takes a small part of this.
            cpu: Duration::from_secs(10),
            // Enough for the largest body and its records, and for reallocating both.
            memory: 256 << 20,
            // The component has some 200 functions in its table.
            table_entries: 10_000,
            // The component has a handful.
            parts: 32,
            // wasmtime's default; the component uses a small part of it.
            stack: 512 << 10,
            // A call holds about ten.
            handles: 256,
            // Four times the largest body: its records take more space than its text.
            transfer: 128 << 20,
            // What servers commonly accept; the component sends some 300 bytes.
            request_headers: 16 << 10,
            network: network::Limits::default(),
        }
    }
}

/// A limit that a component exceeded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Limit {
    /// It used too much CPU time.
    #[error("it used more CPU time than allowed")]
    Cpu,
    /// It requested too much memory, or too large a table.
    #[error("it requested more memory than allowed")]
    Memory,
    /// Its recursion was too deep.
    #[error("it used more stack than allowed")]
    Stack,
    /// It held too many requests, headers, bodies or streams.
    #[error("it held more host resources than allowed")]
    Handles,
    /// It created too large a set of headers.
    #[error("it created larger headers than allowed")]
    Headers,
    /// Its result, or an argument of a host function, is too large.
    #[error("it passed more data to the host than allowed")]
    Transfer,
}

impl Limit {
    /// Returns the limit that an error of wasmtime is about, if any.
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
        // These errors have no type of their own.
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
