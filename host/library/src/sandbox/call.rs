//! Calls an instance and converts its result.

use super::cpu_time::{CpuTime, Meter};
use super::error::Error;
use super::limits::Limit;
use super::operation::{Function, Functions, Returned};
use super::reuse::Ready;
use super::state::State;
use super::wasi_config::Config;
use super::{Sandbox, Use};
use crate::network::secret_forms::Redactor;
use crate::network::trace::Exchange;
use crate::network::{InFlight, Outgoing, Seal};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::sync::OwnedSemaphorePermit;
use wasmtime::Store;
use wasmtime::component::{ComponentNamedList, Lift, Lower};

/// One call in flight.
pub(crate) struct Call<'a> {
    ready: Ready,
    sandbox: &'a Sandbox,
    used: Use<'a>,
    /// The slot in the pool; released after the store.
    slot: Option<OwnedSemaphorePermit>,
}

impl Sandbox {
    /// Starts a call, with a fresh instance or with an idle one of this credential.
    pub(super) async fn start<'a>(
        &'a self,
        used: Use<'a>,
        outgoing: Outgoing,
        cpu_time: &CpuTime,
    ) -> Result<Call<'a>, Error> {
        let Self { calls, reuse, .. } = self;
        let slot = match calls {
            // The semaphore is never closed.
            Some(calls) => Arc::clone(calls).acquire_owned().await.ok(),
            None => None,
        };
        let kept = reuse.as_ref().and_then(|reuse| reuse.take(used));
        let ready = match kept {
            Some(mut ready) => {
                let state = ready.store.data_mut();
                state.outgoing = outgoing;
                state.meter.cpu_time = cpu_time.clone();
                self.set_limits(&mut ready.store);
                ready
            }
            None => self.instantiate(used, outgoing, cpu_time).await?,
        };
        Ok(Call {
            ready,
            sandbox: self,
            used,
            slot,
        })
    }

    /// Sets up the network access of one call.
    pub(super) fn outgoing(
        &self,
        Use { credential, sealed }: Use<'_>,
        exchange: &Exchange,
        in_flight: &InFlight,
    ) -> Result<Outgoing, Error> {
        let Self { client, limits, .. } = self;
        let seal = if sealed {
            Some(Seal::new(credential).map_err(Error::Sealed)?)
        } else {
            None
        };
        let origin = credential.origin().clone();
        let (client, exchange, in_flight) =
            (Arc::clone(client), exchange.clone(), in_flight.clone());
        Ok(Outgoing::new(origin, client, &limits.network, exchange, in_flight).sealed(seal))
    }

    async fn instantiate(
        &self,
        used: Use<'_>,
        outgoing: Outgoing,
        cpu_time: &CpuTime,
    ) -> Result<Ready, Error> {
        let Self {
            engine,
            pre,
            functions,
            limits,
            processors,
            instances,
            ..
        } = self;
        let config = Config {
            credential: used.credential.clone(),
            is_sealed: used.sealed,
        };
        let meter = Meter {
            cpu_time: cpu_time.clone(),
            limit: limits.cpu,
            processors: Arc::clone(processors),
        };
        let state = State::new(config, outgoing, meter, limits);
        let mut store = Store::new(engine, state);
        store.limiter(|state| &mut state.allowance);
        store.set_max_component_handles(limits.handles);
        store.epoch_deadline_callback(|store| Ok(store.data().meter.tick()?));
        self.set_limits(&mut store);
        let instance = pre.instantiate_async(&mut store).await;
        let instance = instance.map_err(|error| trapped(&error))?;
        instances.fetch_add(1, Ordering::Relaxed);
        Ok(Ready {
            instance,
            functions: functions.clone(),
            store,
            calls: 0,
        })
    }

    /// Sets the limits that start anew with each call.
    fn set_limits(&self, store: &mut Store<State>) {
        store.set_hostcall_fuel(self.limits.transfer);
        // Until the next tick.
        store.set_epoch_deadline(1);
    }
}

impl Call<'_> {
    /// Calls an exported function. Its type is checked first, unless this instance has
    /// called it before.
    pub(super) async fn invoke<P, T>(
        &mut self,
        function: impl FnOnce(&mut Functions) -> &mut Function<P, T>,
        arguments: P,
    ) -> Returned<T>
    where
        P: ComponentNamedList + Lower,
        T: Lift + 'static,
    {
        let Ready {
            instance,
            functions,
            store,
            ..
        } = &mut self.ready;
        let Function { export, checked } = function(functions);
        let function = match checked {
            Some(function) => function,
            None => checked.insert(
                instance
                    .get_typed_func(&mut *store, *export)
                    .map_err(|error| Error::Load(format!("{error:#}")))?,
            ),
        };
        let called = function.call_async(store, arguments).await;
        let (returned,) = called.map_err(|error| trapped(&error))?;
        Ok(returned)
    }

    pub(super) fn finish<T>(self, returned: Returned<T>, exchange: &Exchange) -> Result<T, Error> {
        let error = match returned {
            Ok(Ok(value)) => {
                self.keep();
                return Ok(value);
            }
            Ok(Err(error)) => error,
            Err(error) => return Err(self.redacted(error)),
        };
        let outgoing = &self.ready.store.data().outgoing;
        let error = self.redacted(Error::Plugin {
            fault: outgoing.fault(),
            error,
            attempts: u32::from(exchange.was_sent()),
        });
        // An error response from Stytch is a normal result. After any other error the
        // instance may be in an inconsistent state.
        if error.api_error().is_some() {
            self.keep();
        }
        Err(error)
    }

    /// Keeps the instance for another call if reuse is enabled.
    fn keep(self) {
        match &self.sandbox.reuse {
            Some(reuse) if self.ready.store.data().holds_nothing() => {
                let mut ready = self.ready;
                ready.calls = ready.calls.saturating_add(1);
                reuse.keep(self.used, ready);
            }
            _ => self.drop_later(),
        }
    }

    /// Drops the instance in another task, so that the caller need not wait for it. A
    /// current-thread runtime may not run again for a long time, during which other calls
    /// would wait for the slot, so there the instance is dropped immediately.
    fn drop_later(self) {
        let (store, slot, runtime) = (self.ready.store, self.slot, Handle::current());
        if runtime.runtime_flavor() == RuntimeFlavor::MultiThread {
            runtime.spawn(async move {
                tokio::task::yield_now().await;
                drop(store);
                drop(slot);
            });
        }
    }

    /// Redacts the secret, which a server or a component may have put into the error.
    fn redacted(&self, mut error: Error) -> Error {
        error.redact(&Redactor::new(self.used.credential));
        error
    }
}

fn trapped(error: &wasmtime::Error) -> Error {
    match Limit::of(error) {
        Some(limit) => Error::Limit(limit),
        None => Error::Trap(error.root_cause().to_string()),
    }
}
