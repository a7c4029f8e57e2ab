//! Who is signed in.

use crate::backend::Caller;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// How long a session lasts that is not used.
pub(crate) const IDLE: Duration = Duration::from_mins(30);

/// How long a session lasts at most.
const LONGEST: Duration = Duration::from_hours(12);

/// How long a code can be used. A browser may take a while to start.
const CODE: Duration = Duration::from_mins(1);

/// How many sessions there are at once. The one that was not used for the longest time ends
/// before there are more.
const MOST: usize = 1000;

/// 256 random bits as text. Its `Debug` output is a fixed text.
#[derive(Clone)]
pub(crate) struct Random(Zeroizing<String>);

impl Random {
    pub(crate) fn new() -> Result<Self, getrandom::Error> {
        let mut bytes = Zeroizing::new([0; 32]);
        getrandom::fill(bytes.as_mut())?;
        Ok(Self(Zeroizing::new(BASE64_URL_SAFE_NO_PAD.encode(*bytes))))
    }

    /// Reads what [`Random::expose`] returned before.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).ok()?;
        (bytes.len() == 32).then(|| Self(Zeroizing::new(text.to_owned())))
    }

    pub(crate) fn expose(&self) -> &str {
        &self.0
    }

    /// Compares in constant time.
    pub(crate) fn is(&self, text: &str) -> bool {
        self.0.as_bytes().ct_eq(text.as_bytes()).into()
    }
}

impl fmt::Debug for Random {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Random(…)")
    }
}

/// The key of a session or a code: its hash, so that how long a search for it takes says
/// nothing about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Key([u8; 32]);

impl Key {
    fn of(text: &str) -> Self {
        Self(Sha256::digest(text).into())
    }
}

/// A session of a request.
#[derive(Debug, Clone)]
pub(crate) struct Session {
    pub(crate) caller: Arc<dyn Caller>,
    /// What every form of the session has, and no other page knows.
    pub(crate) form_token: Random,
}

#[derive(Debug)]
struct Entry {
    session: Session,
    started: Instant,
    used: Instant,
}

impl Entry {
    fn is_over(&self, now: Instant) -> bool {
        now.duration_since(self.used) > IDLE || now.duration_since(self.started) > LONGEST
    }
}

/// A code that signs in once.
#[derive(Debug)]
struct Code {
    created: Instant,
    /// The session that it was used for.
    session: Option<Key>,
}

/// What a code was good for.
#[derive(Debug)]
pub(crate) enum Redeemed {
    /// A new session, with its ID.
    Session(Random),
    /// The request has the session of this code already.
    Already,
    /// The code is unknown or too old.
    Invalid,
    /// It was used before, by somebody else; that session has been ended.
    Twice,
}

#[derive(Debug, Default)]
struct Inner {
    sessions: HashMap<Key, Entry>,
    codes: HashMap<Key, Code>,
}

/// All sessions. They are in memory alone, and end with the service.
#[derive(Debug, Default)]
pub(crate) struct Sessions(Mutex<Inner>);

impl Sessions {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Starts a session, and returns its ID.
    pub(crate) fn start(
        &self,
        caller: Arc<dyn Caller>,
        now: Instant,
    ) -> Result<Random, getrandom::Error> {
        self.lock().start(caller, now)
    }

    /// Returns the session with this ID, if it has not ended.
    pub(crate) fn find(&self, id: &str, now: Instant) -> Option<Session> {
        let mut inner = self.lock();
        let key = Key::of(id);
        let entry = inner.sessions.get_mut(&key)?;
        if entry.is_over(now) || !entry.session.caller.is_valid() {
            inner.sessions.remove(&key);
            return None;
        }
        entry.used = now;
        Some(entry.session.clone())
    }

    /// Ends a session.
    pub(crate) fn end(&self, id: &str) {
        self.lock().sessions.remove(&Key::of(id));
    }

    /// Creates a code.
    pub(crate) fn create_code(&self, now: Instant) -> Result<Random, getrandom::Error> {
        let code = Random::new()?;
        let mut inner = self.lock();
        // One that was used is kept: whoever uses it later has to learn that.
        inner
            .codes
            .retain(|_, code| code.session.is_some() || !code.is_over(now));
        let entry = Code {
            created: now,
            session: None,
        };
        inner.codes.insert(Key::of(code.expose()), entry);
        Ok(code)
    }

    /// Starts a session of `caller` for a code. One that is used twice was seen by somebody
    /// else, and the session that it was used for ends, unless it is that of the request.
    pub(crate) fn redeem(
        &self,
        code: &str,
        session: Option<&str>,
        caller: Arc<dyn Caller>,
        now: Instant,
    ) -> Result<Redeemed, getrandom::Error> {
        let mut inner = self.lock();
        let key = Key::of(code);
        let Some(found) = inner.codes.get(&key) else {
            return Ok(Redeemed::Invalid);
        };
        match found.session {
            None if found.is_over(now) => Ok(Redeemed::Invalid),
            None => {
                let id = inner.start(caller, now)?;
                if let Some(code) = inner.codes.get_mut(&key) {
                    code.session = Some(Key::of(id.expose()));
                }
                Ok(Redeemed::Session(id))
            }
            Some(first) if session.map(Key::of) == Some(first) => Ok(Redeemed::Already),
            Some(first) => {
                inner.sessions.remove(&first);
                Ok(Redeemed::Twice)
            }
        }
    }
}

impl Code {
    fn is_over(&self, now: Instant) -> bool {
        now.duration_since(self.created) > CODE
    }
}

impl Inner {
    fn start(&mut self, caller: Arc<dyn Caller>, now: Instant) -> Result<Random, getrandom::Error> {
        let (id, form_token) = (Random::new()?, Random::new()?);
        self.sessions.retain(|_, entry| !entry.is_over(now));
        if self.sessions.len() >= MOST {
            let oldest = self.sessions.iter().min_by_key(|(_, entry)| entry.used);
            if let Some(key) = oldest.map(|(key, _)| *key) {
                self.sessions.remove(&key);
            }
        }
        let session = Session { caller, form_token };
        let entry = Entry {
            session,
            started: now,
            used: now,
        };
        self.sessions.insert(Key::of(id.expose()), entry);
        Ok(id)
    }
}

#[cfg(test)]
mod tests;
