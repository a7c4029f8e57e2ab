//! A component, compiled and linked once; each call gets an instance of its own.

mod builder;
mod inspect;

pub use builder::PluginBuilder;
pub use inspect::{Function, Inspection, Item};

use crate::contract::types::{CredentialReport, RetrievedUser, SearchPage, SearchRequest};
use crate::network::credential::Credential;
use crate::network::policy::Origin;
use crate::network::trace::Exchange;
use crate::network::{DryRun, Probe};
use crate::retry::{Attempt, Outcome, Retry};
use crate::sandbox::{Check, Error, Operation, RetrieveUser, Sandbox, SearchUsers};
use std::fmt;
use std::sync::Arc;

/// A loaded component, ready to be called, any number of times at once. Cloning
/// it is cheap and shares everything.
///
/// Each attempt has a fresh instance, which holds its credential and no other, and is
/// torn down right after it, but where [`PluginBuilder::reuse`] says otherwise.
/// Connections to Stytch are kept and shared.
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

/// An operation with its input, as a value.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum Call<'a> {
    /// [`Plugin::retrieve_user`], with this user ID or external ID.
    RetrieveUser(&'a str),
    /// [`Plugin::search_users`], with this request.
    SearchUsers(&'a SearchRequest),
    /// [`Plugin::check`].
    Check,
}

struct Shared {
    sandbox: Sandbox,
    retry: Retry,
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

    /// Returns the request that a call would send, and sends nothing. The component makes
    /// it, so that its checks of the input apply.
    ///
    /// # Errors
    ///
    /// As for [`Plugin::retrieve_user`], as far as it fails before anything is sent.
    pub async fn dry_run(&self, credential: &Credential, call: Call<'_>) -> Result<DryRun, Error> {
        let sandbox = &self.0.sandbox;
        let request = async {
            match call {
                Call::RetrieveUser(user_id) => {
                    sandbox.dry_run(credential, &RetrieveUser(user_id)).await
                }
                Call::SearchUsers(request) => {
                    sandbox.dry_run(credential, &SearchUsers(request)).await
                }
                Call::Check => sandbox.dry_run(credential, &Check).await,
            }
        };
        self.0.retry.once().run(request).await
    }

    /// Looks at the way to `origin`, step by step, with one request that carries
    /// no credential. No component takes part in it.
    pub async fn probe(&self, origin: &Origin) -> Probe {
        let sandbox = &self.0.sandbox;
        let patience = sandbox.limits().network.response;
        Probe::of(sandbox.client(), origin, patience).await
    }

    /// Makes a call: each attempt with an instance of its own, within its bounds.
    async fn call<O: Operation>(
        &self,
        credential: &Credential,
        operation: O,
    ) -> Result<O::Output, Error> {
        let (exchange, operation) = (Exchange::new(O::NAME), &operation);
        let attempt = |attempt: Attempt| {
            let exchange = exchange.attempt(attempt.number);
            async move {
                let call = self.0.sandbox.call(credential, operation, &exchange);
                let result = attempt.run(call).await;
                match &result {
                    Ok(output) => exchange.ended(O::request_id(output), None),
                    Err(error) => exchange.ended(error.request_id(), Some(error.code())),
                }
                Outcome {
                    result,
                    status: exchange.status(),
                }
            }
        };
        self.0.retry.call(credential, O::ENDPOINT, attempt).await
    }
}

impl fmt::Debug for Plugin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Plugin")
            .field("limits", self.0.sandbox.limits())
            .finish_non_exhaustive()
    }
}
