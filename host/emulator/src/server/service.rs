//! Handling a request: routing, authentication, rate limit, operation.

use std::{
    sync::{
        Mutex, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
    time::SystemTime,
};

use bytes::Bytes;
use http::{StatusCode, request::Parts};
use serde_json::{Map, Value};

use super::{
    auth,
    rate_limit::RateLimit,
    response::ApiResponse,
    route::{Endpoint, Route},
};
use crate::{
    api_error::ApiError,
    error::Error,
    faults::Chaos,
    json,
    operations::{
        cursor::Cursors,
        modify,
        response_bodies::{AppList, Changed, Created, Deleted, Retrieved, Updated},
        search::Search,
    },
    options::Options,
    random::{Random, Stream},
    seed,
    store::Store,
    users::{User, identifier::is_live},
};

/// The number of users from which reading all of them takes too long for a runtime thread.
const MANY_USERS: usize = 50_000;

/// The state that connections share. Its locks are never held across an `await`.
#[derive(Debug)]
pub(crate) struct Service {
    store: RwLock<Store>,
    cursors: Cursors,
    rate_limit: Option<Mutex<RateLimit>>,
    clock: fn() -> SystemTime,
    pub(crate) chaos: Chaos,
    pub(crate) seed: u64,
    /// The number of requests to exchange a primary factor so far.
    exchanges: AtomicU64,
    /// The number of requests so far.
    pub(crate) requests: AtomicU64,
    /// The number of accepted connections so far.
    pub(crate) connections: AtomicU64,
}

impl Service {
    /// Generates or loads the users, which takes seconds for a million.
    ///
    /// # Errors
    ///
    /// [`Error::Duplicate`] if loaded users share an ID.
    pub(crate) fn new(options: Options) -> Result<Self, Error> {
        let store = match options.load {
            // The store lists users with the same creation time in reverse order. Reversing them
            // here keeps the order of saved search results.
            Some(users) => Store::new(users.into_iter().rev())?,
            None => Store::new(seed::users(options.seed, options.users))?,
        };
        Ok(Self {
            store: RwLock::new(store),
            cursors: Cursors::new(options.seed),
            rate_limit: options.rate_limit.map(RateLimit::new).map(Mutex::new),
            clock: options.clock,
            chaos: options.chaos,
            seed: options.seed,
            exchanges: AtomicU64::new(0),
            requests: AtomicU64::new(0),
            connections: AtomicU64::new(0),
        })
    }

    /// Returns whether the response may take long to compute; see [`MANY_USERS`].
    pub(crate) fn is_slow(&self, parts: &Parts) -> bool {
        let store = self.store.read().unwrap_or_else(PoisonError::into_inner);
        let endpoint = Endpoint::find(&parts.method, parts.uri.path());
        store.len() >= MANY_USERS && endpoint.is_ok_and(Endpoint::reads_many)
    }

    /// Returns the `request_id` of the request with this number.
    pub(crate) fn request_id(&self, number: u64) -> String {
        Random::new(self.seed, Stream::Request(number)).id("request-id")
    }

    /// Responds to a request.
    pub(crate) fn respond(
        &self,
        parts: &Parts,
        body: &Bytes,
        id: &str,
        cursor_loop: bool,
    ) -> ApiResponse {
        let endpoint = match Endpoint::find(&parts.method, parts.uri.path()) {
            Ok(endpoint) => endpoint,
            Err(error) => return ApiResponse::error(&error, id),
        };
        let response = self
            .admit(parts, endpoint)
            .and_then(|()| Route::parse(endpoint, &parts.uri))
            .and_then(|route| self.operate(&route, body, id, cursor_loop))
            .unwrap_or_else(|error| ApiResponse::error(&error, id));
        // Never log the path or a body, which contain personal data.
        tracing::debug!(
            ?endpoint,
            status = response.status.as_u16(),
            request_id = id,
            "responded"
        );
        response
    }

    fn admit(&self, parts: &Parts, endpoint: Endpoint) -> Result<(), ApiError> {
        auth::check(&parts.headers)?;
        let Some(limit) = &self.rate_limit else {
            return Ok(());
        };
        let mut limit = limit.lock().unwrap_or_else(PoisonError::into_inner);
        if limit.admit(endpoint, (self.clock)()) {
            Ok(())
        } else {
            Err(ApiError::TOO_MANY_REQUESTS)
        }
    }

    fn operate(
        &self,
        route: &Route,
        body: &Bytes,
        id: &str,
        cursor_loop: bool,
    ) -> Result<ApiResponse, ApiError> {
        match route {
            Route::Search => self.search(&json::object(body)?, id, cursor_loop),
            Route::Create => self.create(&json::object(body)?, id),
            Route::Get(user_id) => self.get(user_id, id),
            Route::Update(user_id) => self.update(user_id, &json::object(body)?, id),
            Route::Delete(user_id) => self.delete(user_id, id),
            Route::DeleteExternalId(user_id) => self.change(
                id,
                |store| store.find(user_id).ok_or_else(|| unknown(user_id)),
                |_, _, user| {
                    user.external_id = None;
                    Ok(())
                },
            ),
            Route::DeleteFactor(factor, factor_id) => self.change(
                id,
                |store| {
                    let found = store.find_by(|user| factor.belongs_to(user, factor_id));
                    found.ok_or_else(|| factor.not_found())
                },
                |_, _, user| {
                    factor.delete(user, factor_id);
                    Ok(())
                },
            ),
            Route::ExchangePrimaryFactor(user_id) => {
                self.exchange(user_id, &json::object(body)?, id)
            }
            Route::ConnectedApps(user_id) => self.connected_apps(user_id, id),
            Route::RevokeConnectedApp(user_id) => {
                self.connected_apps(user_id, id)?;
                let message = "Connected App could not be found.";
                Err(ApiError::new(404, "connected_app_not_found", message))
            }
        }
    }

    fn get(&self, user_id: &str, request_id: &str) -> Result<ApiResponse, ApiError> {
        let store = self.store.read().unwrap_or_else(PoisonError::into_inner);
        let (_, user) = store.find(user_id).ok_or_else(|| unknown(user_id))?;
        let retrieved = Retrieved {
            status_code: 200,
            request_id,
            user,
        };
        Ok(ApiResponse::success(StatusCode::OK, request_id, &retrieved))
    }

    fn search(
        &self,
        body: &Map<String, Value>,
        request_id: &str,
        cursor_loop: bool,
    ) -> Result<ApiResponse, ApiError> {
        let search = Search::parse(body, &self.cursors)?;
        let store = self.store.read().unwrap_or_else(PoisonError::into_inner);
        let page = search.page(&store, &self.cursors, request_id, cursor_loop)?;
        Ok(ApiResponse::success(StatusCode::OK, request_id, &page))
    }

    fn create(&self, body: &Map<String, Value>, request_id: &str) -> Result<ApiResponse, ApiError> {
        let mut store = self.store.write().unwrap_or_else(PoisonError::into_inner);
        let random = Random::new(self.seed, Stream::Created(store.next_position()));
        let user = modify::create(&store, body, random)?;
        let created = Created::new(request_id, &user);
        let response = ApiResponse::success(StatusCode::CREATED, request_id, &created);
        store.add(user);
        Ok(response)
    }

    fn update(
        &self,
        user_id: &str,
        body: &Map<String, Value>,
        request_id: &str,
    ) -> Result<ApiResponse, ApiError> {
        let mut store = self.store.write().unwrap_or_else(PoisonError::into_inner);
        let (position, user) = store.find(user_id).ok_or_else(|| unknown(user_id))?;
        let user = modify::update(&store, position, user, body)?;
        let updated = Updated::new(request_id, &user);
        let response = ApiResponse::success(StatusCode::OK, request_id, &updated);
        store.replace(position, user);
        Ok(response)
    }

    fn delete(&self, user_id: &str, request_id: &str) -> Result<ApiResponse, ApiError> {
        let mut store = self.store.write().unwrap_or_else(PoisonError::into_inner);
        let position = store.find(user_id).map(|(position, _)| position);
        let user = position.and_then(|position| store.remove(position));
        let user = user.ok_or_else(|| unknown(user_id))?;
        let deleted = Deleted {
            request_id,
            user_id: &user.user_id,
            status_code: 200,
        };
        Ok(ApiResponse::success(StatusCode::OK, request_id, &deleted))
    }

    /// Changes a user, and responds with the changed user.
    fn change(
        &self,
        request_id: &str,
        find: impl FnOnce(&Store) -> Result<(u64, &User), ApiError>,
        change: impl FnOnce(&Store, u64, &mut User) -> Result<(), ApiError>,
    ) -> Result<ApiResponse, ApiError> {
        let mut store = self.store.write().unwrap_or_else(PoisonError::into_inner);
        let (position, user) = find(&store)?;
        let mut user = user.clone();
        change(&store, position, &mut user)?;
        let response =
            ApiResponse::success(StatusCode::OK, request_id, &Changed::new(request_id, &user));
        store.replace(position, user);
        Ok(response)
    }

    fn exchange(
        &self,
        user_id: &str,
        body: &Map<String, Value>,
        request_id: &str,
    ) -> Result<ApiResponse, ApiError> {
        let number = self.exchanges.fetch_add(1, Ordering::Relaxed);
        let random = Random::new(self.seed, Stream::Exchanged(number));
        self.change(
            request_id,
            |store| store.find(user_id).ok_or_else(|| unknown(user_id)),
            |store, position, user| modify::exchange(store, position, user, body, random),
        )
    }

    /// Lists the connected apps of a user. There are none.
    fn connected_apps(&self, user_id: &str, request_id: &str) -> Result<ApiResponse, ApiError> {
        let store = self.store.read().unwrap_or_else(PoisonError::into_inner);
        store.find(user_id).ok_or_else(|| unknown(user_id))?;
        let apps = AppList {
            request_id,
            connected_apps: [],
            status_code: 200,
        };
        Ok(ApiResponse::success(StatusCode::OK, request_id, &apps))
    }

    /// Counts a request, and returns its number.
    pub(crate) fn count_request(&self) -> u64 {
        self.requests.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// Counts a connection, and returns its number.
    pub(crate) fn count_connection(&self) -> u64 {
        self.connections.fetch_add(1, Ordering::Relaxed) + 1
    }
}

/// Returns the error for a valid ID that no user has.
fn unknown(user_id: &str) -> ApiError {
    if is_live(user_id) {
        let message =
            "The user_id belongs to the live environment, and this is the test environment.";
        return ApiError::new(400, "live_id_used_in_test_environment", message);
    }
    ApiError::USER_NOT_FOUND
}

#[cfg(test)]
mod tests;
