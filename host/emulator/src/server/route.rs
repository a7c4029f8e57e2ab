//! Routing: from a method and a path to an operation.

use http::{Method, Uri};
use percent_encoding::percent_decode_str;

use crate::{
    api_error::ApiError,
    users::{factor::Factor, identifier::is_valid},
};

/// An operation and the ID in its path. IDs are decoded and valid. The ID of a user is its user ID
/// or external ID.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Route {
    Search,
    Create,
    Get(String),
    Update(String),
    Delete(String),
    DeleteExternalId(String),
    ExchangePrimaryFactor(String),
    ConnectedApps(String),
    /// The user. The app does not matter, because no user has connected apps.
    RevokeConnectedApp(String),
    /// The kind of factor, and its ID.
    DeleteFactor(Factor, String),
}

/// An operation without an ID, for rate limits and logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Endpoint {
    Search,
    Create,
    Get,
    Update,
    Delete,
    DeleteExternalId,
    ExchangePrimaryFactor,
    ConnectedApps,
    RevokeConnectedApp,
    DeleteFactor(Factor),
}

impl Endpoint {
    /// Finds the endpoint for a method and a path. As in the real API, this precedes
    /// authentication.
    ///
    /// # Errors
    ///
    /// `route_not_found`, or `method_not_allowed` if the path has only other methods.
    pub(crate) fn find(method: &Method, path: &str) -> Result<Self, ApiError> {
        let segments = segments(path).ok_or(ApiError::ROUTE_NOT_FOUND)?;
        let of_factor;
        let endpoints: &[_] = match *segments.as_slice() {
            [] => &[("POST", Self::Create)],
            ["search"] => &[("POST", Self::Search)],
            [_] => &[
                ("GET", Self::Get),
                ("PUT", Self::Update),
                ("DELETE", Self::Delete),
            ],
            [_, "external_id"] => &[("DELETE", Self::DeleteExternalId)],
            [_, "exchange_primary_factor"] => &[("PUT", Self::ExchangePrimaryFactor)],
            [_, "connected_apps"] => &[("GET", Self::ConnectedApps)],
            [_, "connected_apps", _, "revoke"] => &[("POST", Self::RevokeConnectedApp)],
            [segment, _] => {
                let factor = Factor::from_segment(segment).ok_or(ApiError::ROUTE_NOT_FOUND)?;
                of_factor = [("DELETE", Self::DeleteFactor(factor))];
                &of_factor
            }
            _ => return Err(ApiError::ROUTE_NOT_FOUND),
        };
        let mut endpoints = endpoints.iter();
        let found = endpoints.find(|(allowed, _)| *allowed == method.as_str());
        found.map_or(Err(ApiError::METHOD_NOT_ALLOWED), |(_, endpoint)| {
            Ok(*endpoint)
        })
    }

    /// Returns whether the operation may read more than one user.
    pub(crate) fn reads_many(self) -> bool {
        matches!(self, Self::Search | Self::DeleteFactor(_))
    }
}

impl Route {
    /// Parses the ID in the path of an endpoint.
    ///
    /// # Errors
    ///
    /// `invalid_user_id` if a user ID is not valid, `query_params_do_not_match` if a `?user_id=`
    /// (some SDKs repeat the ID there) differs from it, and the not-found error of the factor if
    /// the ID of a factor is not valid.
    pub(crate) fn parse(endpoint: Endpoint, uri: &Uri) -> Result<Self, ApiError> {
        let id = || user_id(uri);
        Ok(match endpoint {
            Endpoint::Search => Self::Search,
            Endpoint::Create => Self::Create,
            Endpoint::Get => Self::Get(id()?),
            Endpoint::Update => Self::Update(id()?),
            Endpoint::Delete => Self::Delete(id()?),
            Endpoint::DeleteExternalId => Self::DeleteExternalId(id()?),
            Endpoint::ExchangePrimaryFactor => Self::ExchangePrimaryFactor(id()?),
            Endpoint::ConnectedApps => Self::ConnectedApps(id()?),
            Endpoint::RevokeConnectedApp => Self::RevokeConnectedApp(id()?),
            Endpoint::DeleteFactor(factor) => {
                let id = decoded(uri, 1).ok_or_else(|| factor.not_found())?;
                Self::DeleteFactor(factor, id)
            }
        })
    }
}

/// Splits the rest of a path that starts with `/v1/users`; `None` for other paths.
fn segments(path: &str) -> Option<Vec<&str>> {
    let rest = path.strip_prefix("/v1/users")?;
    if rest.is_empty() {
        return Some(Vec::new());
    }
    let segments: Vec<_> = rest.strip_prefix('/')?.split('/').collect();
    let empty = segments.iter().any(|segment| segment.is_empty());
    (!empty).then_some(segments)
}

/// Returns the decoded segment at an index, if it is a valid ID.
fn decoded(uri: &Uri, index: usize) -> Option<String> {
    let segments = segments(uri.path())?;
    let id = percent_decode_str(segments.get(index)?)
        .decode_utf8()
        .ok()?;
    is_valid(&id).then(|| id.into_owned())
}

fn user_id(uri: &Uri) -> Result<String, ApiError> {
    let id = decoded(uri, 0);
    for pair in uri.query().unwrap_or_default().split('&') {
        let repeated = pair.strip_prefix("user_id=").map(|value| {
            let spaced = value.replace('+', " ");
            percent_decode_str(&spaced).decode_utf8_lossy().into_owned()
        });
        // An invalid ID is reported as such below.
        let differs = repeated
            .zip(id.as_ref())
            .is_some_and(|(one, other)| one != *other);
        if differs {
            return Err(ApiError::new(
                400,
                "query_params_do_not_match",
                "The user_id in the query does not match the one in the path.",
            ));
        }
    }
    id.ok_or(ApiError::INVALID_USER_ID)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn route(method: &str, uri: &str) -> Result<Route, &'static str> {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let uri: Uri = uri.parse().unwrap();
        Endpoint::find(&method, uri.path())
            .and_then(|endpoint| Route::parse(endpoint, &uri))
            .map_err(|error| error.error_type)
    }

    #[test]
    fn routes_by_method_and_path() {
        let get = |id: &str| Ok(Route::Get(id.to_owned()));
        let odd = "ext|id.1_a-b";
        for (method, uri, expected) in [
            ("POST", "/v1/users/search", Ok(Route::Search)),
            ("POST", "/v1/users", Ok(Route::Create)),
            ("GET", "/v1/users/u-1", get("u-1")),
            ("GET", "/v1/users/u-1?user_id=u-1", get("u-1")),
            (
                "GET",
                "/v1/users/ext%7Cid%2E1%5Fa%2Db?user_id=ext%7Cid.1_a-b",
                get(odd),
            ),
            ("PUT", "/v1/users/u-1", Ok(Route::Update("u-1".to_owned()))),
            (
                "DELETE",
                "/v1/users/u-1",
                Ok(Route::Delete("u-1".to_owned())),
            ),
            (
                "DELETE",
                "/v1/users/u-1/external_id",
                Ok(Route::DeleteExternalId("u-1".to_owned())),
            ),
            (
                "PUT",
                "/v1/users/ext%7C1/exchange_primary_factor",
                Ok(Route::ExchangePrimaryFactor("ext|1".to_owned())),
            ),
            (
                "GET",
                "/v1/users/u-1/connected_apps?user_id=u-1",
                Ok(Route::ConnectedApps("u-1".to_owned())),
            ),
            (
                "POST",
                "/v1/users/u-1/connected_apps/a/revoke",
                Ok(Route::RevokeConnectedApp("u-1".to_owned())),
            ),
            (
                "DELETE",
                "/v1/users/oauth/o-1",
                Ok(Route::DeleteFactor(
                    Factor::OauthRegistration,
                    "o-1".to_owned(),
                )),
            ),
            ("DELETE", "/v1/users/emails/a%2Fb", Err("email_not_found")),
            ("GET", "/v1/users/emails/e-1", Err("method_not_allowed")),
            ("DELETE", "/v1/users/names/n-1", Err("route_not_found")),
            ("DELETE", "/v1/users/emails/", Err("route_not_found")),
            (
                "POST",
                "/v1/users/u-1/connected_apps//revoke",
                Err("route_not_found"),
            ),
            (
                "GET",
                "/v1/users/u-1?user_id=u-2",
                Err("query_params_do_not_match"),
            ),
            (
                "GET",
                "/v1/users/a%2Fb%20c%2B%C3%A9?user_id=a%2Fb+c%2B%C3%A9",
                Err("invalid_user_id"),
            ),
            ("GET", "/v1/users/%FF", Err("invalid_user_id")),
            ("GET", "/v1/users/..%2Fsessions", Err("invalid_user_id")),
            ("GET", "/v1/users/?user_id=", Err("route_not_found")),
            ("GET", "/v1/users/a/b", Err("route_not_found")),
            ("POST", "/v1/sessions/authenticate", Err("route_not_found")),
            ("GET", "/v1/usersearch", Err("route_not_found")),
            ("GET", "/", Err("route_not_found")),
            ("GET", "/v1/users", Err("method_not_allowed")),
            ("GET", "/v1/users/search", Err("method_not_allowed")),
            ("PATCH", "/v1/users/u-1", Err("method_not_allowed")),
        ] {
            assert_eq!(route(method, uri), expected, "{method} {uri}");
        }
    }
}
