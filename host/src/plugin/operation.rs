//! The operations of the contract, as far as they differ.

use super::call::Call;
use crate::bindings::exports::stytch::users::credential::CredentialReport;
use crate::bindings::exports::stytch::users::types::{
    Error as PluginError, RetrievedUser, SearchPage, SearchRequest,
};
use crate::retry::Endpoint;

/// What a component answers, unless it fails.
type Answer<T> = wasmtime::Result<Result<T, PluginError>>;

/// One exported function and its arguments.
pub(super) trait Operation: Sync {
    type Answer: Send;

    /// As it is called in traces.
    const NAME: &'static str;

    /// What Stytch counts it as.
    const ENDPOINT: Endpoint;

    fn call(&self, call: &mut Call<'_>) -> impl Future<Output = Answer<Self::Answer>> + Send;

    /// Stytch's own name for the request.
    fn request_id(answer: &Self::Answer) -> Option<&str>;
}

pub(super) struct RetrieveUser<'a>(pub(super) &'a str);

impl Operation for RetrieveUser<'_> {
    type Answer = RetrievedUser;

    const NAME: &'static str = "retrieve-user";
    const ENDPOINT: Endpoint = Endpoint::Get;

    async fn call(&self, call: &mut Call<'_>) -> Answer<RetrievedUser> {
        let users = call.instance.stytch_users_users();
        users.call_retrieve_user(&mut call.store, self.0).await
    }

    fn request_id(answer: &RetrievedUser) -> Option<&str> {
        answer.request_id.as_deref()
    }
}

pub(super) struct SearchUsers<'a>(pub(super) &'a SearchRequest);

impl Operation for SearchUsers<'_> {
    type Answer = SearchPage;

    const NAME: &'static str = "search-users";
    const ENDPOINT: Endpoint = Endpoint::Search;

    async fn call(&self, call: &mut Call<'_>) -> Answer<SearchPage> {
        let users = call.instance.stytch_users_users();
        users.call_search_users(&mut call.store, self.0).await
    }

    fn request_id(answer: &SearchPage) -> Option<&str> {
        answer.request_id.as_deref()
    }
}

pub(super) struct Check;

impl Operation for Check {
    type Answer = CredentialReport;

    const NAME: &'static str = "check";
    /// It is a search for one user.
    const ENDPOINT: Endpoint = Endpoint::Search;

    async fn call(&self, call: &mut Call<'_>) -> Answer<CredentialReport> {
        let checks = call.instance.stytch_users_credential();
        checks.call_check(&mut call.store).await
    }

    fn request_id(answer: &CredentialReport) -> Option<&str> {
        answer.request_id.as_deref()
    }
}
