//! Configures wasmtime's engine, and runs the ticker that interrupts guest code.

use super::component;
use super::error::Error;
use super::limits::Limits;
use std::num::NonZeroU32;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::Duration;
use wasmtime::{
    Config, Enabled, Engine, EngineWeak, InstanceAllocationStrategy, PoolingAllocationConfig,
};

/// How much of a slot's memory stays mapped between calls, in bytes: what a page of 1,000
/// users takes.
const WARM_MEMORY: usize = 8 << 20;

/// The number of slots beyond the maximum number of calls: the slot of a call that has
/// just ended may not be cleared yet when the next call starts.
const SPARE: u32 = 16;

/// The maximum number of idle instances if there is no pool.
const WAITING: u32 = 64;

/// How much of a slot's tables stays mapped between calls, in bytes.
const WARM_TABLE: usize = 16 << 10;

/// The address space reserved for the memory of an instance, which does not move when it
/// grows. A higher memory limit reserves more; a lower one reserves the same, so that the
/// machine code is the same.
const RESERVATION: usize = 256 << 20;

/// Settings for running a component.
#[derive(Debug, Clone, Default)]
pub(crate) struct Settings {
    pub(crate) limits: Limits,
    /// The number of concurrent calls that memory is reserved for.
    pub(crate) pool: Option<NonZeroU32>,
    /// The number of calls that an instance makes, if instances are reused.
    pub(crate) reuse: Option<NonZeroU32>,
    /// Whether the component gets no secret.
    pub(crate) sealed: bool,
}

impl Settings {
    pub(crate) fn engine(&self) -> Result<Engine, Error> {
        let mut config = Config::new();
        config.epoch_interruption(true);
        config.max_wasm_stack(self.limits.stack);
        // A quarter of a compiled file, which nothing here reads: the locations of traps,
        // and tables for debuggers.
        config.generate_address_map(false);
        if are_files_limited() {
            config.memory_init_cow(false);
        }
        // wasmtime needs the latter on Windows.
        config.native_unwind_info(cfg!(windows));
        if let Some(calls) = self.pool {
            config.allocation_strategy(InstanceAllocationStrategy::Pooling(
                self.pool_config(calls.get()),
            ));
        } else {
            // By default wasmtime reserves 4 GiB for a memory to save bounds checks. It
            // would then not run where address space is limited (`ulimit -v`).
            let reservation = self.limits.memory.max(RESERVATION);
            config.memory_reservation(reservation as u64);
            config.memory_may_move(false);
        }
        Engine::new(&config).map_err(|error| Error::Engine(format!("{error:#}")))
    }

    /// The component consists of a few core instances, one of which has a memory.
    fn pool_config(&self, calls: u32) -> PoolingAllocationConfig {
        let mut pool = PoolingAllocationConfig::new();
        let calls = calls.saturating_add(SPARE).saturating_add(self.waiting());
        pool.total_component_instances(calls)
            .total_core_instances(calls.saturating_mul(8))
            .total_memories(calls)
            .total_tables(calls.saturating_mul(4))
            .total_stacks(calls)
            .max_memories_per_component(1)
            .max_memory_size(self.limits.memory)
            .table_elements(self.limits.table_entries)
            .max_unused_warm_slots(calls)
            // Clears only the pages that a call has written, if the kernel reports them
            // (Linux 6.7).
            .pagemap_scan(Enabled::Auto)
            .linear_memory_keep_resident(WARM_MEMORY)
            .table_keep_resident(WARM_TABLE);
        pool
    }

    /// Returns the maximum number of idle instances.
    pub(super) fn waiting(&self) -> u32 {
        match (self.reuse, self.pool) {
            (None, _) => 0,
            (Some(_), None) => WAITING,
            (Some(_), Some(calls)) => calls.get(),
        }
    }
}

/// Returns whether the file size limit (`ulimit -f`) is smaller than the initial memory of
/// a component may be. wasmtime keeps that in an in-memory file, to which the limit
/// applies, too.
#[cfg(unix)]
fn are_files_limited() -> bool {
    use rustix::process::{Resource, getrlimit};
    let largest = getrlimit(Resource::Fsize).current;
    largest.is_some_and(|largest| largest < component::MAX_COMPONENT)
}

#[cfg(not(unix))]
fn are_files_limited() -> bool {
    false
}

/// How often guest code is interrupted: often enough for deadlines, rarely enough to cost
/// nothing.
const TICK: Duration = Duration::from_millis(10);

/// A thread that advances the engine's epoch until this is dropped.
pub(super) struct Ticker {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Ticker {
    pub(super) fn start(engine: &Engine) -> std::io::Result<Self> {
        let (stop, stopped) = mpsc::channel();
        let engine: EngineWeak = engine.weak();
        let thread = thread::Builder::new()
            .name("stytch-epoch".to_owned())
            .spawn(move || {
                while let Err(RecvTimeoutError::Timeout) = stopped.recv_timeout(TICK) {
                    let Some(engine) = engine.upgrade() else {
                        return;
                    };
                    engine.increment_epoch();
                }
            })?;
        Ok(Self {
            stop: Some(stop),
            thread: Some(thread),
        })
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        // Closing the channel wakes the thread immediately.
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // The thread cannot panic.
            let _ = thread.join();
        }
    }
}
