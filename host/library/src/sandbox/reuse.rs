//! Keeps idle instances for further calls, if reuse is enabled.
//!
//! A component may carry data of a call over into the next call of the same instance. An
//! instance is therefore only used with the one credential that it has in its memory, and
//! either always or never sealed. It is not kept after any failure.

use super::Use;
use super::operation::Functions;
use super::state::State;
use crate::network::credential::Credential;
use std::collections::VecDeque;
use std::num::NonZeroU32;
use std::sync::{Mutex, MutexGuard, PoisonError};
use wasmtime::Store;
use wasmtime::component::Instance;

/// An instance between two calls.
pub(super) struct Ready {
    pub(super) instance: Instance,
    pub(super) functions: Functions,
    pub(super) store: Store<State>,
    /// How many calls it has made.
    pub(super) calls: u32,
}

/// The calls that an instance is for.
struct Owner {
    credential: Credential,
    sealed: bool,
}

impl Owner {
    fn is(&self, used: Use<'_>) -> bool {
        self.sealed == used.sealed && self.credential.is_same(used.credential)
    }
}

/// The idle instances, ordered from least to most recently used.
pub(super) struct Reuse {
    /// The number of calls that an instance makes.
    calls: NonZeroU32,
    /// The maximum number of idle instances for all credentials.
    capacity: usize,
    idle: Mutex<VecDeque<(Owner, Ready)>>,
}

impl Reuse {
    pub(super) fn new(calls: NonZeroU32, capacity: usize) -> Self {
        Self {
            calls,
            capacity,
            idle: Mutex::default(),
        }
    }

    /// Takes an idle instance of this credential.
    pub(super) fn take(&self, used: Use<'_>) -> Option<Ready> {
        let mut idle = self.idle();
        let index = idle.iter().rposition(|(owner, _)| owner.is(used))?;
        idle.remove(index).map(|(_, ready)| ready)
    }

    /// Keeps an instance whose call succeeded, unless it was its last call. If there are
    /// too many idle instances, the least recently used one is dropped.
    pub(super) fn keep(&self, used: Use<'_>, ready: Ready) {
        if ready.calls >= self.calls.get() {
            return;
        }
        let owner = Owner {
            credential: used.credential.clone(),
            sealed: used.sealed,
        };
        let mut idle = self.idle();
        let oldest = if idle.len() < self.capacity {
            None
        } else {
            idle.pop_front()
        };
        idle.push_back((owner, ready));
        // Dropping an instance is slow, so release the lock first.
        drop(idle);
        drop(oldest);
    }

    fn idle(&self) -> MutexGuard<'_, VecDeque<(Owner, Ready)>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
