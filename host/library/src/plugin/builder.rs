//! How a [`Plugin`] is loaded, and with which bounds.

mod bounds;

use super::cache::{Cache, CacheProblem};
use super::component;
use super::epoch::Ticker;
use super::operation::Exports;
use super::reuse::Reuse;
use super::{Plugin, Shared, share};
use crate::error::Error;
use crate::http::{HttpClient, Proxy, Roots};
use crate::limits::Limits;
use crate::retry::Retry;
use crate::state::State;
use std::borrow::Cow;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use wasmtime::component::{Component, InstancePre};
use wasmtime::{Config, Enabled, Engine, InstanceAllocationStrategy, PoolingAllocationConfig};

/// The component that is built from `guest/` with this library, for other hosts.
pub const COMPONENT: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/stytch.wasm"));

/// The same component for engines that have environment variables and no
/// `wasi:config`: it reads `STYTCH_PROJECT_ID`, `STYTCH_SECRET`, `STYTCH_BASE_URL` and
/// `STYTCH_AUTHORIZATION`, and imports `wasi:cli/environment` instead. [`Plugin`] does
/// not run it, since it gives no component an environment.
pub const COMPONENT_WITH_ENVIRONMENT: &[u8] =
    include_bytes!(concat!(env!("OUT_DIR"), "/stytch-environment.wasm"));

/// Settings of a [`Plugin`].
#[derive(Debug, Clone, Default)]
#[must_use]
pub struct PluginBuilder {
    component: Option<PathBuf>,
    compile_timeout: Option<Duration>,
    cache: Option<PathBuf>,
    ca_files: Vec<PathBuf>,
    proxy: Option<Proxy>,
    dry_run: bool,
    sealed: bool,
    limits: Limits,
    pool: Option<NonZeroU32>,
    reuse: Option<NonZeroU32>,
}

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

/// How long compiling may take, unless it is said otherwise. A component of some
/// megabytes takes a few seconds.
const COMPILE_TIMEOUT: Duration = Duration::from_mins(1);

/// Room for the memory of an instance that does not move when it grows. A larger limit
/// gets as much room; a smaller one the same, so that the machine code is the same.
const RESERVATION: usize = 256 << 20;

impl PluginBuilder {
    /// Loads the component from a file instead of the embedded one. It must
    /// export the same contract, and may import no more than `wasi:io`,
    /// `wasi:http` and `wasi:config`.
    ///
    /// It may be up to 16 MiB large, and is looked at before it is compiled: one that
    /// would take a compiler far more memory or time than others of its size is
    /// refused. See also [`compile_timeout`](Self::compile_timeout).
    pub fn component_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.component = Some(path.into());
        self
    }

    /// Gives up compiling the component of a [file](Self::component_file) after this
    /// time, which is a minute by default. A compiler cannot be stopped: it goes on, on a
    /// thread of its own, until it is done or the process ends.
    ///
    /// A file of the component or of certificates that is not a regular one, such as a
    /// pipe, is waited for as long.
    pub fn compile_timeout(mut self, timeout: Duration) -> Self {
        self.compile_timeout = Some(timeout);
        self
    }

    /// Keeps compiled components in this folder, and takes them from there in
    /// later runs. By default every run compiles, which takes about a third of
    /// a second. What is in the folder is run as it is, so it is not used when it is a
    /// link, belongs to another user, or others may write to it; the same goes for each
    /// file in it. One that is damaged is replaced.
    pub fn compilation_cache(mut self, folder: impl Into<PathBuf>) -> Self {
        self.cache = Some(folder.into());
        self
    }

    /// Accepts servers whose certificates come from an authority in this PEM
    /// file, beside those that the system trusts, or that the variables
    /// `SSL_CERT_FILE` and `SSL_CERT_DIR` name instead of them.
    pub fn ca_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.ca_files.push(path.into());
        self
    }

    /// Goes through a proxy. By default there is none: no variable is read.
    pub fn proxy(mut self, proxy: Proxy) -> Self {
        self.proxy = Some(proxy);
        self
    }

    /// Sends nothing: each call ends with [`Error::DryRun`], which has the
    /// request that the component would have sent.
    pub fn dry_run(mut self) -> Self {
        self.dry_run = true;
        self
    }

    /// Keeps the secret out of the component, which is then not trusted with it:
    /// it is told the project ID, but no secret, may not set `Authorization`,
    /// and the host adds that to requests that may go out, over `https` or to
    /// this machine. The component is told so by `authorization` = `host`; see
    /// `wit/world.wit`.
    ///
    /// Of a component's headers only `Accept`, `Content-Length`, `Content-Type`
    /// and `User-Agent` are sent. An answer that has the secret in it, as it is,
    /// percent-encoded or in Base64, alone or after the project ID, is kept back.
    /// A server that answers with the secret in yet another coding, which only
    /// one that means to would do, is not found out.
    pub fn sealed(mut self) -> Self {
        self.sealed = true;
        self
    }

    /// Sets memory aside for this many calls at once, and keeps it warm from one
    /// call to the next; further calls wait for one to end. Each call still
    /// begins with an instance of its own, in memory that holds nothing of another.
    ///
    /// By default every call maps memory and gives it back, which starts faster
    /// and has no bound on calls; for many calls a pool takes less time.
    pub fn pool(mut self, calls: NonZeroU32) -> Self {
        self.pool = Some(calls);
        self
    }

    /// Lets an instance make this many calls, one after the other, which takes about
    /// half the time of as many instances. By default each call has a fresh one.
    ///
    /// It only ever works for the credential of its first call, and goes after
    /// anything that is no answer of Stytch's: a trap, a limit, a timeout, an error of
    /// its own or of the network. But what a component remembers of one user it may
    /// mix into the next, be it by mistake or on purpose, and the credential is in
    /// memory for longer. The embedded component remembers nothing; use this with
    /// others only as far as you trust them.
    ///
    /// As many instances wait for their next call as there may be calls at once (see
    /// [`pool`](Self::pool)), or 64; then the one goes that waited for longest.
    pub fn reuse(mut self, calls: NonZeroU32) -> Self {
        self.reuse = Some(calls);
        self
    }

    /// Compiles and links the component.
    ///
    /// # Errors
    ///
    /// [`Error::Read`] or [`Error::Load`] for the component, [`Error::Client`]
    /// for a file of certificates, also one that `SSL_CERT_FILE` or `SSL_CERT_DIR`
    /// names, [`Error::Engine`] for this machine.
    pub fn build(self) -> Result<Plugin, Error> {
        let engine = self.engine()?;
        let waiting = self.waiting() as usize;
        let bytes = self.bytes()?;
        let (pre, exports) = self
            .load(&engine, bytes)
            .map_err(|error| self.named(error))?;
        let mut roots = Roots::waiting(self.patience());
        roots.read_variables()?;
        for path in self.ca_files {
            roots.add_pem_file(path)?;
        }
        let client = Arc::new(HttpClient::new(roots, self.proxy, &self.limits));
        let ticker = Ticker::start(&engine).map_err(|error| Error::Engine(error.to_string()))?;
        let retry = Retry::new(&self.limits);
        Ok(Plugin(Arc::new(Shared {
            engine,
            pre,
            exports,
            client,
            limits: self.limits,
            retry,
            calls: self
                .pool
                .map(|calls| Arc::new(Semaphore::new(calls.get() as usize))),
            lanes: share::lanes(),
            reuse: self.reuse.map(|calls| Reuse::new(calls, waiting)),
            dry_run: self.dry_run,
            sealed: self.sealed,
            _ticker: ticker,
        })))
    }

    fn load(
        &self,
        engine: &Engine,
        bytes: Cow<'static, [u8]>,
    ) -> Result<(InstancePre<State>, Exports), Error> {
        let component = self.compile(engine, bytes)?;
        let pre = component::link(engine, &component)?;
        let exports = Exports::of(&component).map_err(Error::Load)?;
        Ok((pre, exports))
    }

    /// Says which file it is about, where the component came from one.
    pub(crate) fn named(&self, error: Error) -> Error {
        match (error, &self.component) {
            (Error::Load(reason), Some(path)) => {
                Error::Load(format!("{}: {reason}", path.display()))
            }
            (error, _) => error,
        }
    }

    /// How long compiling may take, and how long a file that is not a regular one is
    /// waited for.
    fn patience(&self) -> Duration {
        self.compile_timeout.unwrap_or(COMPILE_TIMEOUT)
    }

    /// How many instances may wait for another call.
    fn waiting(&self) -> u32 {
        match (self.reuse, self.pool) {
            (None, _) => 0,
            (Some(_), None) => WAITING,
            (Some(_), Some(calls)) => calls.get(),
        }
    }

    /// Why the folder of [`compilation_cache`](Self::compilation_cache), or what is in
    /// it for this component, cannot be used, if it cannot; then it is compiled.
    pub fn compilation_cache_problem(&self) -> Option<CacheProblem> {
        let folder = self.cache.as_deref()?;
        match (self.engine(), self.bytes()) {
            (Ok(engine), Ok(bytes)) => Cache::problem(folder, &engine, &bytes),
            _ => Cache::open(folder).err(),
        }
    }

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

    pub(crate) fn is_sealed(&self) -> bool {
        self.sealed
    }

    pub(crate) fn bytes(&self) -> Result<Cow<'static, [u8]>, Error> {
        match &self.component {
            None => Ok(Cow::Borrowed(COMPONENT)),
            Some(path) => component::read(path, self.patience())
                .map(Cow::Owned)
                .map_err(|error| self.named(error)),
        }
    }

    pub(crate) fn compile(
        &self,
        engine: &Engine,
        bytes: Cow<'static, [u8]>,
    ) -> Result<Component, Error> {
        // A folder that cannot be used costs time, not the call.
        let cache = self.cache.as_deref().and_then(|folder| {
            Cache::open(folder)
                .inspect_err(|error| tracing::debug!("no compilation cache: {error}"))
                .ok()
        });
        let timeout = self.patience();
        let compile = |bytes| match bytes {
            Cow::Borrowed(embedded) => component::compile(engine, embedded),
            Cow::Owned(bytes) => component::compile_within(timeout, engine, bytes),
        };
        match cache {
            Some(cache) => cache.get_or_compile(engine, &bytes, || compile(bytes.clone())),
            None => compile(bytes),
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
