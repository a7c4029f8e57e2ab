//! The state of an instance: its credential, its network access and its limits. There is
//! no ambient authority: no standard streams, environment, arguments, files, sockets,
//! clock or random numbers.

use super::cpu_time::Meter;
use super::limits::{Limit, Limits};
use super::wasi_config::{self, Config};
use super::wasi_http;
use crate::network::Outgoing;
use wasmtime::ResourceLimiter;
use wasmtime::component::{Linker, ResourceTable};
use wasmtime_wasi_http::{WasiHttpCtx, WasiHttpCtxView, WasiHttpView};
use wasmtime_wasi_io::IoView;

pub(crate) struct State {
    pub(crate) config: Config,
    pub(crate) outgoing: Outgoing,
    pub(crate) allowance: Allowance,
    pub(crate) meter: Meter,
    table: ResourceTable,
    http: WasiHttpCtx,
}

impl State {
    pub(crate) fn new(config: Config, outgoing: Outgoing, meter: Meter, limits: &Limits) -> Self {
        let mut table = ResourceTable::new();
        table.set_max_capacity(limits.handles);
        let mut http = WasiHttpCtx::new();
        http.set_field_size_limit(limits.request_headers);
        Self {
            config,
            outgoing,
            allowance: Allowance {
                memory: limits.memory,
                table_entries: limits.table_entries,
                parts: limits.parts,
            },
            meter,
            table,
            http,
        }
    }

    /// Returns whether the component holds no host resources.
    pub(crate) fn holds_nothing(&self) -> bool {
        self.table.is_empty()
    }
}

/// Links the three packages that a component may import: `wasi:io`, `wasi:http` and
/// `wasi:config`.
pub(crate) fn add_to_linker(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    wasmtime_wasi_io::add_to_linker_async(linker)?;
    wasi_http::add_to_linker(linker)?;
    wasi_config::add_to_linker(linker)
}

impl IoView for State {
    fn table(&mut self) -> &mut ResourceTable {
        &mut self.table
    }
}

impl WasiHttpView for State {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        WasiHttpCtxView {
            ctx: &mut self.http,
            table: &mut self.table,
            hooks: &mut self.outgoing,
        }
    }
}

/// The remaining memory and table entries of an instance, over all of its memories and
/// tables; wasmtime's own limits apply to each of them separately.
pub(crate) struct Allowance {
    memory: usize,
    table_entries: usize,
    parts: usize,
}

impl ResourceLimiter for Allowance {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        spend(&mut self.memory, current, desired)
    }

    fn table_growing(
        &mut self,
        current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        spend(&mut self.table_entries, current, desired)
    }

    fn instances(&self) -> usize {
        self.parts
    }

    fn memories(&self) -> usize {
        self.parts
    }

    fn tables(&self) -> usize {
        self.parts
    }
}

/// Ends the call when nothing is left. If the allocation merely failed, the guest would
/// trap without a recognizable cause.
fn spend(left: &mut usize, current: usize, desired: usize) -> wasmtime::Result<bool> {
    match left.checked_sub(desired.saturating_sub(current)) {
        Some(rest) => {
            *left = rest;
            Ok(true)
        }
        None => Err(Limit::Memory.into()),
    }
}
