//! From a request to an answer: route, then credential, then rate limit, then the operation.

use std::sync::{
    Mutex, PoisonError, RwLock,
    atomic::{AtomicU64, Ordering},
};

use bytes::Bytes;
use http::{StatusCode, request::Parts};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value};

use super::{
    Error, Options, User,
    answer::Answer,
    auth,
    chaos::Chaos,
    cursor::Cursors,
    failure::Failure,
    rate::RateLimit,
    route::{Endpoint, Route},
    search::Search,
    seed::{self, Draw, Stream},
    store::Store,
    write::{self, Changed, Created, Deleted, Updated},
};

/// From how many users on an answer may take so long that it must not be computed on a thread
/// that other connections share.
const LARGE: usize = 50_000;

/// Everything that the connections share. No lock in it is ever held across an `await`.
#[derive(Debug)]
pub(super) struct Service {
    store: RwLock<Store>,
    cursors: Cursors,
    rate_limit: Option<Mutex<RateLimit>>,
    pub(super) chaos: Chaos,
    pub(super) seed: u64,
    /// Primary factors that were asked to be exchanged so far.
    exchanges: AtomicU64,
    /// Requests seen so far.
    pub(super) requests: AtomicU64,
    /// Connections accepted so far.
    pub(super) connections: AtomicU64,
}

/// The answer to a `GET`: the user's members beside two of the answer's own.
#[derive(Serialize)]
struct Got<'a> {
    status_code: u16,
    request_id: &'a str,
    #[serde(flatten)]
    user: &'a User,
}

/// The answer to a question for connected apps.
#[derive(Serialize)]
struct Grants<'a> {
    request_id: &'a str,
    connected_apps: [(); 0],
    status_code: u16,
}

impl Service {
    /// Makes the users, which takes seconds for a million.
    ///
    /// # Errors
    ///
    /// [`Error::Duplicate`] if loaded users share an ID.
    pub(super) fn new(options: Options) -> Result<Self, Error> {
        let store = match options.load {
            // Of users with the same time, the first of a file comes first: what a search printed
            // keeps its order.
            Some(users) => Store::new(users.into_iter().rev())?,
            None => Store::new(seed::users(options.seed, options.users))?,
        };
        Ok(Self {
            store: RwLock::new(store),
            cursors: Cursors::new(options.seed),
            rate_limit: options.rate_limit.map(RateLimit::new).map(Mutex::new),
            chaos: options.chaos,
            seed: options.seed,
            exchanges: AtomicU64::new(0),
            requests: AtomicU64::new(0),
            connections: AtomicU64::new(0),
        })
    }

    /// Whether the answer may take long; see [`LARGE`].
    pub(super) fn is_slow(&self, head: &Parts) -> bool {
        let store = self.store.read().unwrap_or_else(PoisonError::into_inner);
        let endpoint = Endpoint::of(&head.method, head.uri.path());
        store.len() >= LARGE && endpoint.is_ok_and(Endpoint::reads_many)
    }

    /// The `request_id` of the request of this number.
    pub(super) fn request_id(&self, number: u64) -> String {
        Draw::new(self.seed, Stream::Request(number)).id("request-id")
    }

    /// Answers a request.
    pub(super) fn answer(&self, head: &Parts, body: &Bytes, id: &str, looping: bool) -> Answer {
        let endpoint = match Endpoint::of(&head.method, head.uri.path()) {
            Ok(endpoint) => endpoint,
            Err(failure) => return Answer::failure(&failure, id),
        };
        let answer = self
            .admit(head, endpoint)
            .and_then(|()| Route::of(endpoint, &head.uri))
            .and_then(|route| self.operate(&route, body, id, looping))
            .unwrap_or_else(|failure| Answer::failure(&failure, id));
        // Never the path or a body: they are people's data.
        tracing::debug!(
            ?endpoint,
            status = answer.status.as_u16(),
            request_id = id,
            "answered"
        );
        answer
    }

    fn admit(&self, head: &Parts, endpoint: Endpoint) -> Result<(), Failure> {
        auth::check(&head.headers)?;
        let Some(limit) = &self.rate_limit else {
            return Ok(());
        };
        let mut limit = limit.lock().unwrap_or_else(PoisonError::into_inner);
        if limit.admit(endpoint, Timestamp::now().as_second()) {
            Ok(())
        } else {
            Err(Failure::TOO_MANY_REQUESTS)
        }
    }

    fn operate(
        &self,
        route: &Route,
        body: &Bytes,
        id: &str,
        looping: bool,
    ) -> Result<Answer, Failure> {
        match route {
            Route::Search => self.search(&object(body)?, id, looping),
            Route::Create => self.create(&object(body)?, id),
            Route::Get(user_id) => self.get(user_id, id),
            Route::Update(user_id) => self.update(user_id, &object(body)?, id),
            Route::Delete(user_id) => self.delete(user_id, id),
            Route::DeleteExternalId(user_id) => self.change(
                id,
                |store| store.find(user_id).ok_or_else(|| unknown(user_id)),
                |_, _, user| {
                    user.external_id = None;
                    Ok(())
                },
            ),
            Route::DeletePart(part, part_id) => self.change(
                id,
                |store| {
                    let found = store.find_by(|user| part.is_of(user, part_id));
                    found.ok_or_else(|| part.not_found())
                },
                |_, _, user| {
                    part.delete(user, part_id);
                    Ok(())
                },
            ),
            Route::ExchangePrimaryFactor(user_id) => self.exchange(user_id, &object(body)?, id),
            Route::ConnectedApps(user_id) => self.connected_apps(user_id, id),
            Route::RevokeConnectedApp(user_id) => {
                self.connected_apps(user_id, id)?;
                let message = "Connected App could not be found.";
                Err(Failure::new(404, "connected_app_not_found", message))
            }
        }
    }

    fn get(&self, user_id: &str, request_id: &str) -> Result<Answer, Failure> {
        let store = self.store.read().unwrap_or_else(PoisonError::into_inner);
        let (_, user) = store.find(user_id).ok_or_else(|| unknown(user_id))?;
        let got = Got {
            status_code: 200,
            request_id,
            user,
        };
        Ok(Answer::success(StatusCode::OK, request_id, &got))
    }

    fn search(
        &self,
        body: &Map<String, Value>,
        request_id: &str,
        looping: bool,
    ) -> Result<Answer, Failure> {
        let search = Search::parse(body, &self.cursors)?;
        let store = self.store.read().unwrap_or_else(PoisonError::into_inner);
        let page = search.page(&store, &self.cursors, request_id, looping)?;
        Ok(Answer::success(StatusCode::OK, request_id, &page))
    }

    fn create(&self, body: &Map<String, Value>, request_id: &str) -> Result<Answer, Failure> {
        let mut store = self.store.write().unwrap_or_else(PoisonError::into_inner);
        let draw = Draw::new(self.seed, Stream::Created(store.next()));
        let user = write::create(&store, body, draw)?;
        let created = Created::new(request_id, &user);
        let answer = Answer::success(StatusCode::CREATED, request_id, &created);
        store.add(user);
        Ok(answer)
    }

    fn update(
        &self,
        user_id: &str,
        body: &Map<String, Value>,
        request_id: &str,
    ) -> Result<Answer, Failure> {
        let mut store = self.store.write().unwrap_or_else(PoisonError::into_inner);
        let (position, user) = store.find(user_id).ok_or_else(|| unknown(user_id))?;
        let user = write::update(&store, position, user, body)?;
        let updated = Updated::new(request_id, &user);
        let answer = Answer::success(StatusCode::OK, request_id, &updated);
        store.replace(position, user);
        Ok(answer)
    }

    fn delete(&self, user_id: &str, request_id: &str) -> Result<Answer, Failure> {
        let mut store = self.store.write().unwrap_or_else(PoisonError::into_inner);
        let position = store.find(user_id).map(|(position, _)| position);
        let user = position.and_then(|position| store.remove(position));
        let user = user.ok_or_else(|| unknown(user_id))?;
        let deleted = Deleted {
            request_id,
            user_id: &user.user_id,
            status_code: 200,
        };
        Ok(Answer::success(StatusCode::OK, request_id, &deleted))
    }

    /// Changes the user that is found, and answers with it.
    fn change(
        &self,
        request_id: &str,
        find: impl FnOnce(&Store) -> Result<(u64, &User), Failure>,
        change: impl FnOnce(&Store, u64, &mut User) -> Result<(), Failure>,
    ) -> Result<Answer, Failure> {
        let mut store = self.store.write().unwrap_or_else(PoisonError::into_inner);
        let (position, user) = find(&store)?;
        let mut user = user.clone();
        change(&store, position, &mut user)?;
        let answer = Answer::success(StatusCode::OK, request_id, &Changed::new(request_id, &user));
        store.replace(position, user);
        Ok(answer)
    }

    fn exchange(
        &self,
        user_id: &str,
        body: &Map<String, Value>,
        request_id: &str,
    ) -> Result<Answer, Failure> {
        let number = self.exchanges.fetch_add(1, Ordering::Relaxed);
        let draw = Draw::new(self.seed, Stream::Exchanged(number));
        self.change(
            request_id,
            |store| store.find(user_id).ok_or_else(|| unknown(user_id)),
            |store, position, user| write::exchange(store, position, user, body, draw),
        )
    }

    /// The connected apps of a user: nobody has any.
    fn connected_apps(&self, user_id: &str, request_id: &str) -> Result<Answer, Failure> {
        let store = self.store.read().unwrap_or_else(PoisonError::into_inner);
        store.find(user_id).ok_or_else(|| unknown(user_id))?;
        let grants = Grants {
            request_id,
            connected_apps: [],
            status_code: 200,
        };
        Ok(Answer::success(StatusCode::OK, request_id, &grants))
    }

    /// The number of the next request.
    pub(super) fn count_request(&self) -> u64 {
        self.requests.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// The number of the next connection.
    pub(super) fn count_connection(&self) -> u64 {
        self.connections.fetch_add(1, Ordering::Relaxed) + 1
    }
}

/// The body of a request. Some SDKs send nothing, or `null`, for a request without members.
///
/// # Errors
///
/// `bad_request` if it is anything but a JSON object.
fn object(body: &Bytes) -> Result<Map<String, Value>, Failure> {
    if body.trim_ascii().is_empty() {
        return Ok(Map::new());
    }
    let object = serde_json::from_slice::<Option<Map<String, Value>>>(body);
    object
        .map(Option::unwrap_or_default)
        .map_err(|_| Failure::BAD_REQUEST)
}

/// The answer to a legal ID that nobody has.
fn unknown(user_id: &str) -> Failure {
    if super::identifier::is_live(user_id) {
        let message = "The user_id belongs to the live environment, and this is the test one.";
        return Failure::new(400, "live_id_used_in_test_environment", message);
    }
    Failure::USER_NOT_FOUND
}

#[cfg(test)]
mod tests;
