//! What the console needs of the service that it is a part of.

use async_trait::async_trait;
use http::{Extensions, StatusCode};
use std::fmt;
use std::sync::Arc;
use stytch_host::search::Receipt;
use stytch_host::types::{CredentialReport, RetrievedUser, SearchPage, SearchRequest};
use stytch_host::{Credential, Environment, ErrorReport};

/// The service: it knows its callers.
pub trait Backend: fmt::Debug + Send + Sync + 'static {
    /// Returns the holder of a token, if the token is valid.
    fn holder(&self, token: &str) -> Option<Arc<dyn Caller>>;

    /// Returns who started the service, who may do everything.
    fn operator(&self) -> Arc<dyn Caller>;
}

/// Somebody who uses the console. Calls are made as the service makes those of its other
/// callers: within the limits of the token and of the service.
#[async_trait]
pub trait Caller: fmt::Debug + Send + Sync + 'static {
    /// The name of the token.
    fn name(&self) -> &str;

    /// Whether the token is still valid.
    fn is_valid(&self) -> bool;

    /// Whether the token permits adding and removing credentials.
    fn manages_credentials(&self) -> bool;

    /// Returns the same caller for one request, with what the token permits now; `None` if
    /// the token is not valid any more. The extensions of the request may have what the
    /// service observes it with.
    fn of_request(&self, extensions: &Extensions) -> Option<Arc<dyn Caller>>;

    /// Lists the credentials that the token permits.
    fn credentials(&self) -> Vec<Listed>;

    /// Asks Stytch whether it accepts a credential.
    async fn check(&self, credential: &str) -> Result<CredentialReport, Failure>;

    /// The same for one that is not stored.
    async fn check_new(&self, credential: &Credential) -> Result<CredentialReport, Failure>;

    /// Retrieves a user.
    async fn retrieve_user(
        &self,
        credential: &str,
        user_id: &str,
    ) -> Result<RetrievedUser, Failure>;

    /// Searches users, and returns one page.
    async fn search_users(
        &self,
        credential: &str,
        request: &SearchRequest,
    ) -> Result<SearchPage, Failure>;

    /// Searches users, to read page after page. Dropping the pages ends the search.
    async fn search_all(
        &self,
        credential: &str,
        request: SearchRequest,
    ) -> Result<Box<dyn Pages>, Failure>;

    /// Reads the credentials again after one was added or removed.
    async fn reload(&self);
}

/// The pages of a search.
#[async_trait]
pub trait Pages: Send + 'static {
    /// Reads the next page; `None` after the last one.
    async fn next(&mut self) -> Result<Option<SearchPage>, Failure>;

    /// Says what was read so far.
    fn receipt(&mut self) -> Option<Receipt>;
}

/// A credential, without its secret.
#[derive(Debug, Clone)]
pub struct Listed {
    /// Its name.
    pub name: String,
    /// Its environment and its API, or why it cannot be used.
    pub usable: Result<Usable, String>,
}

/// What is shown of a credential that can be used.
#[derive(Debug, Clone)]
pub struct Usable {
    /// The environment.
    pub environment: Environment,
    /// The project ID.
    pub project_id: String,
    /// The origin of its API.
    pub origin: String,
}

impl Listed {
    /// Returns the environment, if the credential can be used.
    pub fn environment(&self) -> Option<Environment> {
        Some(self.usable.as_ref().ok()?.environment)
    }
}

/// Why a call failed.
#[derive(Debug, Clone)]
pub struct Failure {
    /// The status that the service answers with.
    pub status: StatusCode,
    /// The code, as in the service's problem documents.
    pub code: &'static str,
    /// What happened.
    pub detail: String,
    /// The rest, for programs.
    pub report: ErrorReport,
}
