//! The console's side of the service: its callers, and their calls, which are made as those
//! of the service's other routes.

use crate::caller::Caller;
use crate::problem::{Problem, Refusal};
use crate::routes::{AllPages, Calls};
use crate::server::State;
use crate::tokens::{Operation, Record};
use async_trait::async_trait;
use http::{Extensions, HeaderMap};
use std::sync::Arc;
use stytch_console::{Backend, Caller as _, Failure, Listed, Pages, Usable};
use stytch_host::Credential;
use stytch_host::search::Receipt;
use stytch_host::types::{CredentialReport, RetrievedUser, SearchPage, SearchRequest};

/// The service, for its console.
#[derive(Debug)]
pub(crate) struct ConsoleBackend(pub(crate) Arc<State>);

impl Backend for ConsoleBackend {
    fn holder(&self, token: &str) -> Option<Arc<dyn stytch_console::Caller>> {
        let record = self.0.token(token)?;
        Some(Holder::new(&self.0, record, &Extensions::new()))
    }

    fn operator(&self) -> Arc<dyn stytch_console::Caller> {
        Holder::new(&self.0, self.0.operator.clone(), &Extensions::new())
    }
}

/// The holder of a token.
#[derive(Debug, Clone)]
struct Holder {
    state: Arc<State>,
    caller: Caller,
}

impl Holder {
    fn new(state: &Arc<State>, record: Arc<Record>, extensions: &Extensions) -> Arc<Self> {
        Arc::new(Self {
            state: state.clone(),
            caller: Caller::new(record, extensions),
        })
    }

    fn calls(&self, credential: &str, operation: Operation) -> Result<Calls, Failure> {
        // The console's requests ask for no deadline of their own.
        let headers = HeaderMap::new();
        let calls = Calls::authorize(&self.state, &self.caller, &headers, credential, operation);
        calls.map_err(|problem| self.failure(problem))
    }

    /// Observes a failure, of which a page has no problem document.
    fn failure(&self, problem: Problem) -> Failure {
        let failure = Failure::from(problem);
        let observation = self.caller.observation();
        let _ = observation.code.set(failure.code);
        if let Some(request_id) = &failure.report.request_id {
            let _ = observation.request_id.set(request_id.clone());
        }
        failure
    }
}

#[async_trait]
impl stytch_console::Caller for Holder {
    fn name(&self) -> &str {
        self.caller.name()
    }

    fn is_valid(&self) -> bool {
        self.state.current(self.caller.record()).is_some()
    }

    fn manages_credentials(&self) -> bool {
        self.caller.scope().manages_credentials()
    }

    fn of_request(&self, extensions: &Extensions) -> Option<Arc<dyn stytch_console::Caller>> {
        let record = self.state.current(self.caller.record())?;
        Some(Self::new(&self.state, record, extensions))
    }

    fn credentials(&self) -> Vec<Listed> {
        let entries = self.state.credentials.entries();
        let entries = entries.values();
        let permitted = entries.filter(|entry| self.caller.scope().permits_credential(&entry.name));
        let listed = permitted.map(|entry| Listed {
            name: entry.name.clone(),
            usable: match &entry.credential {
                Ok(credential) => Ok(Usable {
                    environment: credential.environment(),
                    project_id: credential.project_id().to_owned(),
                    origin: credential.origin().to_string(),
                }),
                Err(reason) => Err(reason.clone()),
            },
        });
        listed.collect()
    }

    async fn check(&self, credential: &str) -> Result<CredentialReport, Failure> {
        let calls = self.calls(credential, Operation::Check)?;
        let call = async {
            let _permits = calls.enter().await?;
            calls.call(calls.plugin().check(calls.credential())).await
        };
        call.await.map_err(|problem| self.failure(problem))
    }

    async fn check_new(&self, credential: &Credential) -> Result<CredentialReport, Failure> {
        let _ = (self.caller.observation().operation).set(Operation::Check);
        let call = async {
            if !self.caller.scope().permits_operation(Operation::Check) {
                let detail = "the token does not permit check";
                return Err(Problem::refused(Refusal::Forbidden, detail));
            }
            let _permit = self.state.enter().await?;
            let report = self.state.plugin.check(credential).await;
            report.map_err(Problem::from)
        };
        call.await.map_err(|problem| self.failure(problem))
    }

    async fn retrieve_user(
        &self,
        credential: &str,
        user_id: &str,
    ) -> Result<RetrievedUser, Failure> {
        let calls = self.calls(credential, Operation::RetrieveUser)?;
        let call = async {
            let _permits = calls.enter().await?;
            let call = calls.plugin().retrieve_user(calls.credential(), user_id);
            calls.call(call).await
        };
        call.await.map_err(|problem| self.failure(problem))
    }

    async fn search_users(
        &self,
        credential: &str,
        request: &SearchRequest,
    ) -> Result<SearchPage, Failure> {
        let calls = self.calls(credential, Operation::SearchUsers)?;
        let call = async {
            let _permits = calls.enter().await?;
            let call = calls.plugin().search_users(calls.credential(), request);
            calls.call(call).await
        };
        call.await.map_err(|problem| self.failure(problem))
    }

    async fn search_all(
        &self,
        credential: &str,
        request: SearchRequest,
    ) -> Result<Box<dyn Pages>, Failure> {
        let calls = self.calls(credential, Operation::SearchUsers)?;
        let pages = AllPages::start(calls, request, None).await;
        let pages = pages.map_err(|problem| self.failure(problem))?;
        let holder = self.clone();
        Ok(Box::new(Search { holder, pages }))
    }

    async fn reload(&self) {
        let state = self.state.clone();
        // What cannot be read stays as it is, and is tried again soon.
        let _ = tokio::task::spawn_blocking(move || state.credentials.reload()).await;
    }
}

/// A search of a caller.
struct Search {
    holder: Holder,
    pages: AllPages,
}

#[async_trait]
impl Pages for Search {
    async fn next(&mut self) -> Result<Option<SearchPage>, Failure> {
        // A search can take longer than its token is valid.
        let page = if self.holder.is_valid() {
            self.pages.next().await
        } else {
            let detail = "the token has expired or been revoked";
            Err(Problem::refused(Refusal::Unauthenticated, detail))
        };
        page.map_err(|problem| self.holder.failure(problem))
    }

    fn receipt(&mut self) -> Option<Receipt> {
        self.pages.receipt()
    }
}
