//! wasmtime's engine, set up for the calls that it is to run, and the clock that
//! interrupts them.

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

/// How much of a call's memory stays mapped for the next one, in bytes: what a
/// page of 1,000 users takes.
const WARM_MEMORY: usize = 8 << 20;

/// How many places there are more than calls: that of a call which has just ended
/// may still be cleared when the next one begins.
const SPARE: u32 = 16;

/// How many instances wait for another call where there is no pool.
const WAITING: u32 = 64;

/// The same of its tables, and of its stack.
const WARM_TABLE: usize = 16 << 10;
const WARM_STACK: usize = 128 << 10;

/// Room for the memory of an instance that does not move when it grows. A larger limit
/// gets as much room; a smaller one the same, so that the machine code is the same.
const RESERVATION: usize = 256 << 20;

/// How a component is run.
#[derive(Debug, Clone, Default)]
pub(crate) struct Settings {
    pub(crate) limits: Limits,
    /// How many calls at once memory is set aside for.
    pub(crate) pool: Option<NonZeroU32>,
    /// How many calls an instance makes, where it makes more than one.
    pub(crate) reuse: Option<NonZeroU32>,
    /// Whether the component gets no secret.
    pub(crate) sealed: bool,
}

impl Settings {
    pub(crate) fn engine(&self) -> Result<Engine, Error> {
        let mut config = Config::new();
        config.epoch_interruption(true);
        config.max_wasm_stack(self.limits.stack);
        // A quarter of the machine code's file, which nothing here reads: where in a
        // component a trap was, and tables for debuggers.
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
            // wasmtime would reserve 4 GiB for a memory, and save its code some
            // comparisons, which are not worth that it cannot run where address space is
            // limited (`ulimit -v`).
            let reservation = self.limits.memory.max(RESERVATION);
            config.memory_reservation(reservation as u64);
            config.memory_may_move(false);
        }
        Engine::new(&config).map_err(|error| Error::Engine(chain(&error)))
    }

    /// The component is made of a few core instances, of which one has a memory.
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
            // Clears what a call has written, and not all that it might have: where
            // the kernel can tell (Linux 6.7).
            .pagemap_scan(Enabled::Auto)
            .linear_memory_keep_resident(WARM_MEMORY)
            .table_keep_resident(WARM_TABLE)
            .async_stack_keep_resident(WARM_STACK);
        pool
    }

    /// How many instances may wait for another call.
    pub(super) fn waiting(&self) -> u32 {
        match (self.reuse, self.pool) {
            (None, _) => 0,
            (Some(_), None) => WAITING,
            (Some(_), Some(calls)) => calls.get(),
        }
    }
}

/// Whether files may not be as large as what a component's memory begins with. It is
/// kept as a file in memory, which such a limit (`ulimit -f`) is for, too.
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

fn chain(error: &wasmtime::Error) -> String {
    format!("{error:#}")
}

/// How often guest code is interrupted: often enough for deadlines, seldom
/// enough to cost nothing.
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
        // Closing the channel wakes the thread at once.
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // It does nothing that panics.
            let _ = thread.join();
        }
    }
}
