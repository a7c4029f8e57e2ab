//! Which operation a method and a path ask for.

use http::{Method, Uri};
use percent_encoding::percent_decode_str;

use super::{failure::Failure, identifier::is_legal};

/// An operation, without its body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Route {
    Search,
    Create,
    /// The ID is a user ID or an external ID, decoded and legal.
    Get(String),
    Update(String),
    Delete(String),
}

/// An operation without what it is about, as rate limits and logs see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Endpoint {
    Search,
    Create,
    Get,
    Update,
    Delete,
}

impl Endpoint {
    pub(super) const ALL: [Self; 5] = [
        Self::Search,
        Self::Create,
        Self::Get,
        Self::Update,
        Self::Delete,
    ];

    /// Finds the endpoint of a method and a path. This comes before the credential is looked at,
    /// as in the real API.
    ///
    /// # Errors
    ///
    /// `route_not_found`, or `method_not_allowed` on a path that has other methods.
    pub(super) fn of(method: &Method, path: &str) -> Result<Self, Failure> {
        match (path.strip_prefix("/v1/users"), method.as_str()) {
            (Some("/search"), "POST") => Ok(Self::Search),
            (Some(""), "POST") => Ok(Self::Create),
            (Some("" | "/search"), _) => Err(Failure::METHOD_NOT_ALLOWED),
            (Some(rest), method) if segment(rest).is_some() => match method {
                "GET" => Ok(Self::Get),
                "PUT" => Ok(Self::Update),
                "DELETE" => Ok(Self::Delete),
                _ => Err(Failure::METHOD_NOT_ALLOWED),
            },
            _ => Err(Failure::ROUTE_NOT_FOUND),
        }
    }
}

impl Route {
    /// Completes an endpoint with the ID in the path.
    ///
    /// # Errors
    ///
    /// `invalid_user_id` if the ID cannot be one, and `query_params_do_not_match` if there is a
    /// `?user_id=` (some SDKs repeat the ID there) that says otherwise.
    pub(super) fn of(endpoint: Endpoint, uri: &Uri) -> Result<Self, Failure> {
        let id = || user_id(uri);
        Ok(match endpoint {
            Endpoint::Search => Self::Search,
            Endpoint::Create => Self::Create,
            Endpoint::Get => Self::Get(id()?),
            Endpoint::Update => Self::Update(id()?),
            Endpoint::Delete => Self::Delete(id()?),
        })
    }
}

/// The one segment of `/segment`.
fn segment(path: &str) -> Option<&str> {
    let segment = path.strip_prefix('/')?;
    (!segment.is_empty() && !segment.contains('/')).then_some(segment)
}

fn user_id(uri: &Uri) -> Result<String, Failure> {
    let path = uri.path().strip_prefix("/v1/users").unwrap_or_default();
    let id = percent_decode_str(segment(path).unwrap_or_default())
        .decode_utf8()
        .map_err(|_| Failure::INVALID_USER_ID)?
        .into_owned();
    for pair in uri.query().unwrap_or_default().split('&') {
        let repeated = pair.strip_prefix("user_id=").map(|value| {
            let spaced = value.replace('+', " ");
            percent_decode_str(&spaced).decode_utf8_lossy().into_owned()
        });
        if repeated.is_some_and(|repeated| repeated != id) {
            return Err(Failure::new(
                400,
                "query_params_do_not_match",
                "The user_id in the query does not match the one in the path.",
            ));
        }
    }
    if is_legal(&id) {
        Ok(id)
    } else {
        Err(Failure::INVALID_USER_ID)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn route(method: &str, uri: &str) -> Result<Route, &'static str> {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let uri: Uri = uri.parse().unwrap();
        Endpoint::of(&method, uri.path())
            .and_then(|endpoint| Route::of(endpoint, &uri))
            .map_err(|failure| failure.error_type)
    }

    #[test]
    fn paths_and_methods_find_their_operation() {
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
