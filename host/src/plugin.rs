//! A component, compiled and linked once; each call gets an instance of its own.

mod builder;
mod cache;
mod epoch;
mod operation;
mod share;

pub use builder::{COMPONENT, COMPONENT_WITH_ENVIRONMENT, PluginBuilder};

use crate::bindings::exports::stytch::users::credential::CredentialReport;
use crate::bindings::exports::stytch::users::types::{
    Error as PluginError, RetrievedUser, SearchPage, SearchRequest,
};
use crate::bindings::{Plugin as Instance, PluginIndices};
use crate::config::Config;
use crate::credential::Credential;
use crate::egress::Origin;
use crate::error::Error;
use crate::http::{Capture, HttpClient, Outgoing, Probe, Seal};
use crate::limits::{Limit, Limits};
use crate::retry::{Attempt, Retry};
use crate::scrub::Scrubber;
use crate::state::State;
use crate::trace::Exchange;
use epoch::Ticker;
use operation::{Check, Operation, RetrieveUser, SearchUsers};
use share::Share;
use std::fmt;
use std::sync::Arc;
use tokio::sync::{Semaphore, SemaphorePermit};
use wasmtime::component::InstancePre;
use wasmtime::{Engine, Store};

/// A loaded component, ready to be called, any number of times at once. Cloning
/// it is cheap and shares everything.
///
/// Nothing of a call outlives it: each attempt has a fresh instance, which holds
/// its credential and no other. Connections to Stytch are kept and shared.
///
/// A call that fails for a reason that passes is tried again, see
/// [`PluginBuilder::max_attempts`]. All calls with one credential share a budget of
/// retries, a fifth of the calls of the last minute and 60 more, so that many failing
/// callers do not multiply the load; and when Stytch says that there were too many requests,
/// all of them wait for as long as it says, and fail at once where their deadline
/// comes before that.
///
/// Calls need a Tokio runtime with its I/O and time drivers. Dropping the future
/// of a call ends the call.
#[derive(Clone)]
pub struct Plugin(Arc<Shared>);

struct Shared {
    engine: Engine,
    pre: InstancePre<State>,
    indices: PluginIndices,
    client: HttpClient,
    limits: Limits,
    retry: Retry,
    /// How many calls there may be at once, where there is a pool for them.
    calls: Option<Semaphore>,
    /// Where calls go on that compute for long.
    lanes: Arc<Semaphore>,
    dry_run: bool,
    /// Whether the component gets no secret.
    sealed: bool,
    _ticker: Ticker,
}

impl Plugin {
    /// The component that this library embeds, with default settings.
    ///
    /// # Errors
    ///
    /// When the engine cannot be set up on this machine.
    pub fn new() -> Result<Self, Error> {
        Self::builder().build()
    }

    /// Settings for another component, other bounds or other authorities.
    pub fn builder() -> PluginBuilder {
        PluginBuilder::default()
    }

    /// Retrieves one user, by Stytch's user ID or by an external ID.
    ///
    /// # Errors
    ///
    /// [`Error::Plugin`] with what the component found wrong or Stytch answered;
    /// [`Error::Deadline`], [`Error::Limit`] or [`Error::Trap`] when it did not
    /// come to that.
    pub async fn retrieve_user(
        &self,
        credential: &Credential,
        user_id: &str,
    ) -> Result<RetrievedUser, Error> {
        self.call(credential, RetrieveUser(user_id)).await
    }

    /// Searches users: one page.
    ///
    /// # Errors
    ///
    /// As for [`Plugin::retrieve_user`].
    pub async fn search_users(
        &self,
        credential: &Credential,
        request: &SearchRequest,
    ) -> Result<SearchPage, Error> {
        self.call(credential, SearchUsers(request)).await
    }

    /// Asks Stytch whether it accepts the credential.
    ///
    /// # Errors
    ///
    /// As for [`Plugin::retrieve_user`].
    pub async fn check(&self, credential: &Credential) -> Result<CredentialReport, Error> {
        self.call(credential, Check).await
    }

    /// Looks at the way to `origin`, step by step, with one request that carries
    /// no credential. No component takes part in it.
    pub async fn probe(&self, origin: &Origin) -> Probe {
        Probe::of(&self.0.client, origin, self.0.limits.response).await
    }

    /// Makes a call: each attempt with a fresh instance, within its bounds.
    async fn call<O: Operation>(
        &self,
        credential: &Credential,
        operation: O,
    ) -> Result<O::Answer, Error> {
        let (exchange, operation) = (Exchange::new(O::NAME), &operation);
        let attempt = |attempt: Attempt| {
            let exchange = exchange.attempt(attempt.number);
            async move {
                let share = Share::default();
                let call = async {
                    let mut call = self.start(credential, &exchange, &share).await?;
                    let answer = operation.call(&mut call).await;
                    call.finish(answer)
                };
                let answer = attempt.run(share.measure(call)).await;
                exchange.ended(answer.as_ref().map(O::request_id));
                answer
            }
        };
        self.0.retry.call(credential, O::ENDPOINT, attempt).await
    }

    async fn start<'a>(
        &'a self,
        credential: &'a Credential,
        exchange: &'a Exchange,
        share: &Share,
    ) -> Result<Call<'a>, Error> {
        let Shared {
            engine,
            pre,
            indices,
            client,
            limits,
            calls,
            lanes,
            dry_run,
            sealed,
            ..
        } = &*self.0;
        let place = match calls {
            // It is never closed.
            Some(calls) => calls.acquire().await.ok(),
            None => None,
        };
        let capture = dry_run.then(|| Capture::new(credential));
        let (config, seal) = if *sealed {
            let seal = Seal::new(credential).map_err(Error::Sealed)?;
            (credential.sealed_config(), Some(seal))
        } else {
            (credential.config(), None)
        };
        let origin = credential.origin().clone();
        let outgoing =
            Outgoing::new(origin, client.clone(), limits, exchange.clone(), capture).sealed(seal);
        let state = State::new(Config::new(config), outgoing, limits);
        let mut store = Store::new(engine, state);
        store.limiter(|state| &mut state.allowance);
        store.set_max_component_handles(limits.handles);
        store.set_hostcall_fuel(limits.transfer);

        // Each tick in guest code yields, so that the deadline can fire, until
        // the guest has had its share.
        let (cpu, lanes, share) = (limits.cpu, Arc::clone(lanes), share.clone());
        store.set_epoch_deadline(1);
        store.epoch_deadline_callback(move |_| Ok(share.tick(cpu, &lanes)?));

        let linked = pre.instantiate_async(&mut store).await;
        let linked = linked.map_err(|error| trapped(&error))?;
        // Names are looked up once, but the types behind them only here.
        let instance = indices
            .load(&mut store, &linked)
            .map_err(|error| Error::Load(format!("{error:#}")))?;
        Ok(Call {
            instance,
            store,
            credential,
            exchange,
            _place: place,
        })
    }
}

impl fmt::Debug for Plugin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Plugin")
            .field("limits", &self.0.limits)
            .finish_non_exhaustive()
    }
}

/// One call under way.
struct Call<'a> {
    instance: Instance,
    store: Store<State>,
    credential: &'a Credential,
    exchange: &'a Exchange,
    /// In the pool; given back after the store.
    _place: Option<SemaphorePermit<'a>>,
}

impl Call<'_> {
    fn finish<T>(self, answer: wasmtime::Result<Result<T, PluginError>>) -> Result<T, Error> {
        let error = match answer {
            Ok(Ok(value)) => return Ok(value),
            Ok(Err(error)) => error,
            Err(error) => return Err(self.scrubbed(trapped(&error))),
        };
        let outgoing = &self.store.data().outgoing;
        if let Some(request) = outgoing.captured() {
            return Err(Error::DryRun(Box::new(request)));
        }
        Err(self.scrubbed(Error::Plugin {
            fault: outgoing.fault(),
            error,
            attempts: u32::from(self.exchange.was_sent()),
        }))
    }

    /// Without the secret, which a server may send back and a component tell.
    fn scrubbed(&self, mut error: Error) -> Error {
        Scrubber::new(self.credential).error(&mut error);
        error
    }
}

fn trapped(error: &wasmtime::Error) -> Error {
    match Limit::of(error) {
        Some(limit) => Error::Limit(limit),
        None => Error::Trap(error.root_cause().to_string()),
    }
}
