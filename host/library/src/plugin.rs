//! A component, compiled and linked once. Each call gets its own instance.

mod builder;
mod inspect;
mod statistics;

pub use builder::PluginBuilder;
pub use inspect::{Function, Inspection, Item};
pub use statistics::{PoolUse, Statistics};

use crate::contract::types::{CredentialReport, RetrievedUser, SearchPage, SearchRequest};
use crate::network::credential::Credential;
use crate::network::policy::Origin;
use crate::network::trace::Exchange;
use crate::network::{DryRun, Probe};
use crate::retry::{Attempt, Outcome, Retry};
use crate::sandbox::{Check, Error, Operation, RetrieveUser, Sandbox, SearchUsers, Use};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use tracing::Instrument;

/// A loaded component that can make any number of concurrent calls. Cloning it is
/// cheap and shares everything.
///
/// Each attempt runs in a fresh instance, which holds one credential and is dropped
/// right after the attempt, unless [`PluginBuilder::reuse`] is set. Connections to
/// Stytch are pooled and shared.
///
/// Transient failures are retried; see [`PluginBuilder::max_attempts`]. All calls with
/// the same credential share a retry budget: a fifth of the calls of the last minute,
/// plus 60. Many failing callers therefore do not multiply the load. When Stytch
/// rate-limits one call, all of them wait for as long as Stytch asks; calls whose
/// deadline is earlier fail immediately.
///
/// Calls need a Tokio runtime with its I/O and time drivers. Dropping the future
/// of a call cancels the call.
#[derive(Clone)]
pub struct Plugin {
    shared: Arc<Shared>,
    /// See [`Plugin::with_deadline`].
    deadline: Option<Duration>,
    /// See [`Plugin::with_seal`].
    sealed: bool,
}

/// An operation and its input.
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
    /// Loads the embedded component with default settings.
    ///
    /// # Errors
    ///
    /// Fails if the engine cannot be set up on this machine.
    pub fn new() -> Result<Self, Error> {
        Self::builder().build()
    }

    /// Returns a builder to set limits, a proxy, certificate authorities or another
    /// component.
    pub fn builder() -> PluginBuilder {
        PluginBuilder::default()
    }

    /// Returns the same plugin with an earlier deadline for each call, such as that of the
    /// caller's own request; [`PluginBuilder::deadline`] remains the latest. It shares
    /// everything with this one.
    #[must_use]
    pub fn with_deadline(&self, deadline: Duration) -> Self {
        Self {
            deadline: Some(deadline),
            ..self.clone()
        }
    }

    /// Returns the same plugin, with the secret kept out of the component as by
    /// [`PluginBuilder::sealed`]. It shares everything with this one.
    #[must_use]
    pub fn with_seal(&self) -> Self {
        Self {
            sealed: true,
            ..self.clone()
        }
    }

    /// Retrieves one user by Stytch's user ID or by an external ID.
    ///
    /// # Errors
    ///
    /// Returns [`Error::Plugin`] for an error that the component reports, such as
    /// invalid input or an error response from Stytch, and [`Error::Deadline`],
    /// [`Error::Limit`] or [`Error::Trap`] if the component did not return.
    pub async fn retrieve_user(
        &self,
        credential: &Credential,
        user_id: &str,
    ) -> Result<RetrievedUser, Error> {
        self.call(credential, RetrieveUser(user_id)).await
    }

    /// Searches users and returns one page.
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

    /// Returns the request that a call would send, without sending it. The component
    /// builds the request, so its input validation applies.
    ///
    /// # Errors
    ///
    /// Returns those errors of [`Plugin::retrieve_user`] that occur before a request is
    /// sent.
    pub async fn dry_run(&self, credential: &Credential, call: Call<'_>) -> Result<DryRun, Error> {
        let (sandbox, used) = (&self.shared.sandbox, self.using(credential));
        let request = async {
            match call {
                Call::RetrieveUser(user_id) => sandbox.dry_run(used, &RetrieveUser(user_id)).await,
                Call::SearchUsers(request) => sandbox.dry_run(used, &SearchUsers(request)).await,
                Call::Check => sandbox.dry_run(used, &Check).await,
            }
        };
        self.shared.retry.once(self.deadline).run(request).await
    }

    /// Diagnoses the connection to `origin` step by step, with one request that carries
    /// no credential. It does not involve the component.
    pub async fn probe(&self, origin: &Origin) -> Probe {
        let sandbox = &self.shared.sandbox;
        let timeout = sandbox.limits().network.response;
        Probe::of(sandbox.client(), origin, timeout).await
    }

    fn using<'a>(&self, credential: &'a Credential) -> Use<'a> {
        Use {
            credential,
            sealed: self.sealed,
        }
    }

    /// Makes a call. Each attempt has its own instance and its own timeout.
    async fn call<O: Operation>(
        &self,
        credential: &Credential,
        operation: O,
    ) -> Result<O::Output, Error> {
        let (exchange, operation) = (Exchange::new(O::NAME), &operation);
        let used = self.using(credential);
        let attempt = |attempt: Attempt| {
            let exchange = exchange.attempt(attempt.number);
            async move {
                let call = self.shared.sandbox.call(used, operation, &exchange);
                let call = attempt.run(call).instrument(exchange.span());
                let result = call.await;
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
        let retry = &self.shared.retry;
        let result = retry
            .call(credential, O::ENDPOINT, self.deadline, attempt)
            .await;
        match &result {
            Ok(output) => exchange.end_span(O::request_id(output), None),
            Err(error) => exchange.end_span(error.request_id(), Some(error.code())),
        }
        result
    }
}

impl fmt::Debug for Plugin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Plugin")
            .field("limits", self.shared.sandbox.limits())
            .finish_non_exhaustive()
    }
}
