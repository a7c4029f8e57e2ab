//! The users, and their order in search results: newest first.
//!
//! Invariant: a position is never reused, and its rank in the order never changes, so that "after
//! this position" keeps its meaning while users are created and deleted.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{Mutex, PoisonError},
};

use jiff::Timestamp;

use crate::{
    error::Error,
    query::Query,
    users::{User, identifier::Key},
};

mod index;

use index::Index;

/// The maximum number of cached totals; more than the number of queries that a test interleaves.
const MAX_CACHED_TOTALS: usize = 256;

/// All users.
#[derive(Debug)]
pub(crate) struct Store {
    /// The slots of positions 1, 2 and so on.
    slots: Vec<Slot>,
    /// Every position, in ascending order of [`Rank`].
    order: Vec<u64>,
    /// The number of users that are not deleted.
    count: usize,
    index: Index,
    /// The number of users that match a query, cached until a user changes. Counting may read
    /// every user, which must not happen again for every page.
    totals: Mutex<HashMap<Query, usize>>,
}

/// The state of a position.
#[derive(Debug)]
#[allow(
    clippy::large_enum_variant,
    reason = "nearly all slots are occupied, and boxing every user would take more memory"
)]
enum Slot {
    Occupied(User),
    /// The user was deleted. Its creation time is kept, so that a cursor at this position still
    /// works.
    Deleted(Option<Timestamp>),
}

/// The sort key of search results, highest first: creation time, then position. Users without a
/// creation time come last.
type Rank = (Option<Timestamp>, u64);

impl Slot {
    fn user(&self) -> Option<&User> {
        match self {
            Self::Occupied(user) => Some(user),
            Self::Deleted(_) => None,
        }
    }

    fn created_at(&self) -> Option<Timestamp> {
        match self {
            Self::Occupied(user) => user.created_at,
            Self::Deleted(created_at) => *created_at,
        }
    }
}

impl Store {
    /// Creates a store. Users with the same creation time appear in search results in reverse
    /// order, as if they had been added one after another.
    ///
    /// # Errors
    ///
    /// [`Error::Duplicate`] if two users share an ID, whether a user ID or an external ID.
    pub(crate) fn new(users: impl IntoIterator<Item = User>) -> Result<Self, Error> {
        let slots: Vec<_> = users.into_iter().map(Slot::Occupied).collect();
        let occupied = (1..).zip(slots.iter().filter_map(Slot::user));
        let mut ranks: Vec<Rank> = (1..)
            .zip(&slots)
            .map(|(position, slot)| (slot.created_at(), position))
            .collect();
        ranks.sort_unstable();
        let store = Self {
            index: Index::new(occupied),
            order: ranks.into_iter().map(|(_, position)| position).collect(),
            count: slots.len(),
            slots,
            totals: Mutex::default(),
        };
        store.reject_duplicates()?;
        Ok(store)
    }

    fn reject_duplicates(&self) -> Result<(), Error> {
        for (one, other) in self.index.possible_duplicates() {
            let (Some(one), Some(other)) = (self.at(one), self.at(other)) else {
                continue;
            };
            let shared = ids(one).find(|(_, id)| ids(other).any(|(_, other_id)| other_id == *id));
            if let Some((member, value)) = shared {
                return Err(Error::Duplicate {
                    member,
                    value: value.to_owned(),
                });
            }
        }
        Ok(())
    }

    /// Returns the number of users.
    pub(crate) fn len(&self) -> usize {
        self.count
    }

    /// Returns the user at a position.
    fn at(&self, position: u64) -> Option<&User> {
        self.slots.get(slot_index(position)?)?.user()
    }

    /// Returns the sort key of a position; `None` if the position was never assigned.
    fn rank(&self, position: u64) -> Option<Rank> {
        Some((
            self.slots.get(slot_index(position)?)?.created_at(),
            position,
        ))
    }

    /// Finds the user with this user ID or external ID.
    pub(crate) fn find(&self, id: &str) -> Option<(u64, &User)> {
        let position = self.holder(&Key::Id(id))?;
        Some((position, self.at(position)?))
    }

    /// Finds the first user that satisfies a predicate, by scanning all users.
    pub(crate) fn find_by(&self, predicate: impl Fn(&User) -> bool) -> Option<(u64, &User)> {
        let users = (1..).zip(&self.slots);
        let mut users = users.filter_map(|(position, slot)| Some((position, slot.user()?)));
        users.find(|(_, user)| predicate(user))
    }

    /// Returns the position of the first user that has the key.
    pub(crate) fn holder(&self, key: &Key<'_>) -> Option<u64> {
        self.index.candidates(key).find(|&position| {
            let user = self.at(position);
            user.is_some_and(|user| Key::all(user).any(|other| other == *key))
        })
    }

    /// Returns the users that match the query, newest first: all of them, or those after a
    /// position. `None` if that position was never assigned.
    pub(crate) fn matching<'a>(
        &'a self,
        query: &'a Query,
        after: Option<u64>,
    ) -> Option<Box<dyn Iterator<Item = (u64, &'a User)> + 'a>> {
        let before = match after {
            None => None,
            Some(position) => Some(self.rank(position)?),
        };
        let matches = |(_, user): &(u64, &User)| query.matches(user);
        let user = |position| Some((position, self.at(position)?));
        if let Some(keys) = query.keys() {
            let candidates = keys.iter().flat_map(|key| self.index.candidates(key));
            let ranks = candidates.filter_map(|position| self.rank(position));
            let ranks: BTreeSet<_> = ranks
                .filter(|rank| before.is_none_or(|before| *rank < before))
                .collect();
            let users = ranks.into_iter().rev();
            let users = users.filter_map(move |(_, position)| user(position));
            return Some(Box::new(users.filter(matches)));
        }
        let end = before.map_or(self.order.len(), |before| self.count_below(before));
        let users = self.order.iter().take(end).rev();
        let users = users.filter_map(move |&position| user(position));
        Some(Box::new(users.filter(matches)))
    }

    /// Returns the number of positions with a lower rank.
    fn count_below(&self, rank: Rank) -> usize {
        self.order
            .partition_point(|&position| self.rank(position).is_some_and(|other| other < rank))
    }

    /// Returns the number of users that match the query.
    pub(crate) fn total(&self, query: &Query) -> usize {
        if query.matches_all() {
            return self.len();
        }
        let totals = self.totals.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(total) = totals.get(query) {
            return *total;
        }
        drop(totals);
        let total = self.matching(query, None).map_or(0, Iterator::count);
        let mut totals = self.totals.lock().unwrap_or_else(PoisonError::into_inner);
        if totals.len() >= MAX_CACHED_TOTALS {
            totals.clear();
        }
        totals.insert(query.clone(), total);
        total
    }

    /// Returns the position that the next user will get.
    pub(crate) fn next_position(&self) -> u64 {
        self.slots.len() as u64 + 1
    }

    /// Adds a user.
    pub(crate) fn add(&mut self, user: User) {
        self.clear_totals();
        let position = self.next_position();
        self.index.add(position, &user);
        // This is the end, unless a loaded user has a creation time in the future.
        let index = self.count_below((user.created_at, position));
        self.order.insert(index, position);
        self.slots.push(Slot::Occupied(user));
        self.count += 1;
    }

    /// Replaces the user at a position, if there is one. The creation time must stay the same.
    pub(crate) fn replace(&mut self, position: u64, user: User) {
        if self.remove(position).is_none() {
            return;
        }
        self.index.add(position, &user);
        if let Some(slot) = slot_index(position).and_then(|index| self.slots.get_mut(index)) {
            *slot = Slot::Occupied(user);
            self.count += 1;
        }
    }

    /// Removes the user at a position.
    pub(crate) fn remove(&mut self, position: u64) -> Option<User> {
        self.clear_totals();
        let slot = self.slots.get_mut(slot_index(position)?)?;
        let deleted = Slot::Deleted(slot.created_at());
        let Slot::Occupied(user) = std::mem::replace(slot, deleted) else {
            return None;
        };
        self.index.remove(position, &user);
        self.count -= 1;
        Some(user)
    }

    fn clear_totals(&mut self) {
        self.totals
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
    }
}

/// Returns the IDs of a user, each with the name of its member.
fn ids(user: &User) -> impl Iterator<Item = (&'static str, &str)> {
    let external = user.external_id.as_deref();
    let external = external.map(|id| ("external_id", id));
    [("user_id", &*user.user_id)].into_iter().chain(external)
}

/// Converts a position, which counts from 1, to an index.
fn slot_index(position: u64) -> Option<usize> {
    usize::try_from(position.checked_sub(1)?).ok()
}

#[cfg(test)]
mod tests;
