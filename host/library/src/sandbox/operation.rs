//! The differences between the operations of the contract.

use super::Call;
use super::error::Error;
use crate::contract::types::{
    CredentialReport, Error as PluginError, RetrievedUser, SearchPage, SearchRequest,
};
use wasmtime::component::{Component, ComponentExportIndex, TypedFunc};

/// The result of a component, or the failure to get one.
pub(crate) type Returned<T> = Result<Result<T, PluginError>, Error>;

/// An exported function.
#[derive(Clone)]
pub(super) struct Function<P, T> {
    pub(super) export: ComponentExportIndex,
    /// The function of an instance, once its type was checked.
    pub(super) checked: Option<TypedFunc<P, (Result<T, PluginError>,)>>,
}

impl<P, T> Function<P, T> {
    fn new(export: ComponentExportIndex) -> Self {
        Self {
            export,
            checked: None,
        }
    }
}

/// The exported functions of a component; each instance has its own. Their types are checked
/// before the first call: checking all three would take longer than some calls.
#[derive(Clone)]
pub(super) struct Functions {
    retrieve_user: Function<(String,), RetrievedUser>,
    search_users: Function<(SearchRequest,), SearchPage>,
    check: Function<(), CredentialReport>,
}

impl Functions {
    pub(super) fn of(component: &Component) -> Result<Self, String> {
        let find = |interface: &str| component.get_export_index(None, interface);
        let function = |interface: &ComponentExportIndex, name: &str| {
            component.get_export_index(Some(interface), name)
        };
        let [retrieve_user, search_users, check] = find_functions(find, function)?;
        Ok(Self {
            retrieve_user: Function::new(retrieve_user),
            search_users: Function::new(search_users),
            check: Function::new(check),
        })
    }
}

/// Finds the functions of the contract among the exports of a component. `find` looks up
/// an interface by its name, and `function` a function of that interface.
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

/// The endpoints that Stytch rate-limits separately.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Endpoint {
    Get,
    Search,
}

/// One exported function and its arguments.
pub(crate) trait Operation: Sync {
    type Output: Send;

    /// Its name in traces.
    const NAME: &'static str;

    /// The endpoint that Stytch rate-limits it as.
    const ENDPOINT: Endpoint;

    fn call(&self, call: &mut Call<'_>) -> impl Future<Output = Returned<Self::Output>> + Send;

    /// Returns Stytch's ID of the request.
    fn request_id(output: &Self::Output) -> Option<&str>;
}

pub(crate) struct RetrieveUser<'a>(pub(crate) &'a str);

impl Operation for RetrieveUser<'_> {
    type Output = RetrievedUser;

    const NAME: &'static str = "retrieve-user";
    const ENDPOINT: Endpoint = Endpoint::Get;

    async fn call(&self, call: &mut Call<'_>) -> Returned<RetrievedUser> {
        let arguments = (self.0.to_owned(),);
        call.invoke(|functions| &mut functions.retrieve_user, arguments)
            .await
    }

    fn request_id(output: &RetrievedUser) -> Option<&str> {
        output.request_id.as_deref()
    }
}

pub(crate) struct SearchUsers<'a>(pub(crate) &'a SearchRequest);

impl Operation for SearchUsers<'_> {
    type Output = SearchPage;

    const NAME: &'static str = "search-users";
    const ENDPOINT: Endpoint = Endpoint::Search;

    async fn call(&self, call: &mut Call<'_>) -> Returned<SearchPage> {
        let arguments = (self.0.clone(),);
        call.invoke(|functions| &mut functions.search_users, arguments)
            .await
    }

    fn request_id(output: &SearchPage) -> Option<&str> {
        output.request_id.as_deref()
    }
}

pub(crate) struct Check;

impl Operation for Check {
    type Output = CredentialReport;

    const NAME: &'static str = "check";
    /// It searches for one user.
    const ENDPOINT: Endpoint = Endpoint::Search;

    async fn call(&self, call: &mut Call<'_>) -> Returned<CredentialReport> {
        call.invoke(|functions| &mut functions.check, ()).await
    }

    fn request_id(output: &CredentialReport) -> Option<&str> {
        output.request_id.as_deref()
    }
}
