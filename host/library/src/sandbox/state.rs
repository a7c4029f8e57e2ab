//! What the store of one call holds: its credential, its network, its bounds.
//! There is nothing ambient: no streams, environment, arguments, files, sockets,
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

    /// Whether the component has given back all that it had of the host's.
    pub(crate) fn holds_nothing(&self) -> bool {
        self.table.is_empty()
    }
}

/// Links the three imports that exist for a component: `wasi:io`, `wasi:http`
/// and `wasi:config`.
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

/// What is left of memory and table entries, over all memories and tables of an
/// instance: wasmtime's own limits are for each of them.
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

/// Ends the call when nothing is left: a guest that is only told "no" would trap
/// on its own, with a cause that nobody can tell.
fn spend(left: &mut usize, current: usize, desired: usize) -> wasmtime::Result<bool> {
    match left.checked_sub(desired.saturating_sub(current)) {
        Some(rest) => {
            *left = rest;
            Ok(true)
        }
        None => Err(Limit::Memory.into()),
    }
}
