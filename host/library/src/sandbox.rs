//! Runs one attempt of a call in an instance of the component, within limits.

pub(crate) mod cache;
mod call;
mod complexity;
pub(crate) mod component;
mod cpu_time;
pub(crate) mod engine;
mod error;
mod limits;
mod operation;
mod reuse;
mod state;
mod wasi_config;
mod wasi_http;

pub use cache::CacheProblem;
pub use component::{COMPONENT, COMPONENT_WITH_ENVIRONMENT};
pub use error::{Error, ErrorKind, ErrorReport};
pub use limits::Limit;
pub(crate) use limits::Limits;
pub(crate) use operation::{Check, Endpoint, Operation, RetrieveUser, SearchUsers, find_functions};

use crate::network::credential::Credential;
use crate::network::trace::Exchange;
use crate::network::{Capture, DryRun, HttpClient, InFlight};
use call::Call;
use cpu_time::CpuTime;
use engine::{Settings, Ticker};
use operation::Functions;
use reuse::Reuse;
use state::State;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::sync::Semaphore;
use wasmtime::component::{Component, InstancePre};
use wasmtime::{Engine, PoolingAllocatorMetrics};

/// The credential of a call.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Use<'a> {
    pub(crate) credential: &'a Credential,
    /// Whether the component gets no secret.
    pub(crate) sealed: bool,
}

/// A component, compiled and linked, with all that its instances need.
pub(crate) struct Sandbox {
    engine: Engine,
    pre: InstancePre<State>,
    functions: Functions,
    client: Arc<HttpClient>,
    limits: Limits,
    /// Limits the number of concurrent calls if there is a pool.
    calls: Option<Arc<Semaphore>>,
    /// Limits the number of long-running calls that use the CPU.
    processors: Arc<Semaphore>,
    /// Idle instances, if instances are reused.
    reuse: Option<Reuse>,
    /// How many instances were created.
    instances: AtomicU64,
    _ticker: Ticker,
}

impl Sandbox {
    /// Links a component that `engine` has compiled.
    pub(crate) fn new(
        engine: Engine,
        component: &Component,
        client: HttpClient,
        settings: &Settings,
    ) -> Result<Self, Error> {
        let pre = component::link(&engine, component)?;
        let functions = Functions::of(component).map_err(Error::Load)?;
        let ticker = Ticker::start(&engine).map_err(|error| Error::Engine(error.to_string()))?;
        let waiting = settings.waiting() as usize;
        Ok(Self {
            engine,
            pre,
            functions,
            client: Arc::new(client),
            limits: settings.limits.clone(),
            calls: settings
                .pool
                .map(|calls| Arc::new(Semaphore::new(calls.get() as usize))),
            processors: cpu_time::processors(),
            reuse: settings.reuse.map(|calls| Reuse::new(calls, waiting)),
            instances: AtomicU64::new(0),
            _ticker: ticker,
        })
    }

    /// Makes one attempt of a call, with an instance that has never had another
    /// credential.
    pub(crate) async fn call<O: Operation>(
        &self,
        used: Use<'_>,
        operation: &O,
        exchange: &Exchange,
    ) -> Result<O::Output, Error> {
        let (cpu_time, in_flight) = (CpuTime::default(), InFlight::default());
        let call = async {
            let outgoing = self.outgoing(used, exchange, &in_flight)?;
            let mut call = self.start(used, outgoing, &cpu_time).await?;
            let returned = operation.call(&mut call).await;
            call.finish(returned, exchange)
        };
        in_flight.with(cpu_time.measure(call)).await
    }

    /// Makes a call whose request is captured instead of sent.
    pub(crate) async fn dry_run<O: Operation>(
        &self,
        used: Use<'_>,
        operation: &O,
    ) -> Result<DryRun, Error> {
        let (cpu_time, in_flight) = (CpuTime::default(), InFlight::default());
        let (exchange, capture) = (Exchange::new(O::NAME), Capture::new(used.credential));
        let call = async {
            let outgoing = self
                .outgoing(used, &exchange, &in_flight)?
                .captured_by(capture.clone());
            let mut call = self.start(used, outgoing, &cpu_time).await?;
            let returned = operation.call(&mut call).await;
            match capture.take() {
                Some(request) => Ok(request),
                None => Err(call.finish(returned, &exchange).err().unwrap_or_else(|| {
                    Error::Trap("it returned a result without sending a request".to_owned())
                })),
            }
        };
        in_flight.with(cpu_time.measure(call)).await
    }

    pub(crate) fn client(&self) -> &HttpClient {
        &self.client
    }

    /// Returns how many instances were created.
    pub(crate) fn instances(&self) -> u64 {
        self.instances.load(Ordering::Relaxed)
    }

    /// Returns the metrics of the pool, if there is one.
    pub(crate) fn pool_metrics(&self) -> Option<PoolingAllocatorMetrics> {
        self.engine.pooling_allocator_metrics()
    }

    pub(crate) fn limits(&self) -> &Limits {
        &self.limits
    }
}
