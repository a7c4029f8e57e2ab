//! Instances that have made a call and may make another, for those who ask for it.
//!
//! What a component remembers of a call it may use in the next one of the same
//! instance. So an instance only ever works for the one credential that it has in
//! its memory, and one that went wrong in any way is not kept.

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
    pub(super) store: Store<State>,
    /// How many calls it has made.
    pub(super) calls: u32,
}

/// The instances that wait for their next call, the one last that was used last.
pub(super) struct Reuse {
    /// How many calls an instance makes.
    calls: NonZeroU32,
    /// How many instances wait, for all credentials together.
    most: usize,
    waiting: Mutex<VecDeque<(Credential, Ready)>>,
}

impl Reuse {
    pub(super) fn new(calls: NonZeroU32, most: usize) -> Self {
        Self {
            calls,
            most,
            waiting: Mutex::default(),
        }
    }

    /// An instance that has worked for this credential, and for no other.
    pub(super) fn take(&self, credential: &Credential) -> Option<Ready> {
        let mut waiting = self.waiting();
        let place = waiting
            .iter()
            .rposition(|(owner, _)| owner.is_same(credential))?;
        waiting.remove(place).map(|(_, ready)| ready)
    }

    /// Keeps an instance whose call went well, unless it has made its last one. Where
    /// too many wait, the one goes that waited for longest.
    pub(super) fn keep(&self, credential: &Credential, ready: Ready) {
        if ready.calls >= self.calls.get() {
            return;
        }
        let mut waiting = self.waiting();
        let oldest = if waiting.len() < self.most {
            None
        } else {
            waiting.pop_front()
        };
        waiting.push_back((credential.clone(), ready));
        // An instance takes longer to drop than others should wait.
        drop(waiting);
        drop(oldest);
    }

    fn waiting(&self) -> MutexGuard<'_, VecDeque<(Credential, Ready)>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
