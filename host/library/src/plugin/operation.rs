//! The operations of the contract, as far as they differ.

use super::call::Call;
use crate::bindings::exports::stytch::users::credential::CredentialReport;
use crate::bindings::exports::stytch::users::types::{
    Error as PluginError, RetrievedUser, SearchPage, SearchRequest,
};
use crate::error::Error;
use crate::retry::Endpoint;
use wasmtime::component::{Component, ComponentExportIndex};

/// What a component answers, unless it fails.
pub(super) type Answer<T> = Result<Result<T, PluginError>, Error>;

/// The exported functions of a component. Their types are looked at where they are
/// called: to look at all three would take longer than some calls.
pub(crate) struct Exports {
    retrieve_user: ComponentExportIndex,
    search_users: ComponentExportIndex,
    check: ComponentExportIndex,
}

impl Exports {
    pub(super) fn of(component: &Component) -> Result<Self, String> {
        let find = |interface: &str| component.get_export_index(None, interface);
        let function = |interface: &ComponentExportIndex, name: &str| {
            component.get_export_index(Some(interface), name)
        };
        let [retrieve_user, search_users, check] = find_functions(find, function)?;
        Ok(Self {
            retrieve_user,
            search_users,
            check,
        })
    }
}

/// Finds the functions of the contract among the exports of a component: an interface by
/// its name, and a function of it.
pub(crate) fn find_functions<I, F>(
    find: impl Fn(&str) -> Option<I>,
    function: impl Fn(&I, &str) -> Option<F>,
) -> Result<[F; 3], String> {
    let export = |interface: &str, name: &str| {
        let found =
            find(interface).ok_or_else(|| format!("no exported instance named `{interface}`"))?;
        function(&found, name).ok_or_else(|| format!("`{interface}` exports no function `{name}`"))
    };
    Ok([
        export("stytch:users/users@0.1.0", "retrieve-user")?,
        export("stytch:users/users@0.1.0", "search-users")?,
        export("stytch:users/credential@0.1.0", "check")?,
    ])
}

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
        call.invoke(|exports| &exports.retrieve_user, (self.0,))
            .await
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
        call.invoke(|exports| &exports.search_users, (self.0,))
            .await
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
        call.invoke(|exports| &exports.check, ()).await
    }

    fn request_id(answer: &CredentialReport) -> Option<&str> {
        answer.request_id.as_deref()
    }
}
