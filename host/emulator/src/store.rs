//! The users, and the order in which searches list them: newest first.
//!
//! Invariant: a position is given once and never again, and has its place in the order for good,
//! so that "after this position" means the same however many users come and go in between.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{Mutex, PoisonError},
};

use jiff::Timestamp;

use super::{
    Error, User,
    index::{Index, Key},
    query::Query,
};

/// How many totals are remembered at once; enough for every query of a test to page undisturbed.
const REMEMBERED_TOTALS: usize = 256;

/// All users.
#[derive(Debug)]
pub(super) struct Store {
    /// The user of position 1, of position 2, and so on.
    users: Vec<Place>,
    /// Every position, in ascending order of [`Rank`].
    order: Vec<u64>,
    /// How many are not deleted.
    count: usize,
    index: Index,
    /// How many users match a query, until a user changes. Counting may read every user, and a
    /// page of the same query must not do that again.
    totals: Mutex<HashMap<Query, usize>>,
}

/// What is at a position.
#[derive(Debug)]
#[allow(
    clippy::large_enum_variant,
    reason = "nearly all are held, and a box for each would take more"
)]
enum Place {
    Held(User),
    /// A user was deleted. When it was created still says where a page goes on that ended with
    /// it.
    Deleted(Option<Timestamp>),
}

/// By what searches order users, the highest first: when they were created, and among those of
/// one instant the last added. Those of no known time come last.
type Rank = (Option<Timestamp>, u64);

impl Place {
    fn user(&self) -> Option<&User> {
        match self {
            Self::Held(user) => Some(user),
            Self::Deleted(_) => None,
        }
    }

    fn created_at(&self) -> Option<Timestamp> {
        match self {
            Self::Held(user) => user.created_at,
            Self::Deleted(created_at) => *created_at,
        }
    }
}

impl Store {
    /// A store of these users. Of those with the same time of creation the last comes first in
    /// searches, as if they were added one after another.
    ///
    /// # Errors
    ///
    /// [`Error::Duplicate`] if one has another's user ID or external ID for one of its own.
    pub(super) fn new(users: impl IntoIterator<Item = User>) -> Result<Self, Error> {
        let users: Vec<_> = users.into_iter().map(Place::Held).collect();
        let held = (1..).zip(users.iter().filter_map(Place::user));
        let mut ranks: Vec<Rank> = (1..)
            .zip(&users)
            .map(|(position, place)| (place.created_at(), position))
            .collect();
        ranks.sort_unstable();
        let store = Self {
            index: Index::of(held),
            order: ranks.into_iter().map(|(_, position)| position).collect(),
            count: users.len(),
            users,
            totals: Mutex::default(),
        };
        store.reject_duplicates()?;
        Ok(store)
    }

    fn reject_duplicates(&self) -> Result<(), Error> {
        for (one, other) in self.index.suspects() {
            let (Some(one), Some(other)) = (self.at(one), self.at(other)) else {
                continue;
            };
            let shared = ids(one).find(|(_, id)| ids(other).any(|(_, held)| held == *id));
            if let Some((member, value)) = shared {
                return Err(Error::Duplicate {
                    member,
                    value: value.to_owned(),
                });
            }
        }
        Ok(())
    }

    /// The number of users.
    pub(super) fn len(&self) -> usize {
        self.count
    }

    /// The user at a position.
    fn at(&self, position: u64) -> Option<&User> {
        self.users.get(slot(position)?)?.user()
    }

    /// Where a position is in the order of searches; `None` if it was never given.
    fn rank(&self, position: u64) -> Option<Rank> {
        Some((self.users.get(slot(position)?)?.created_at(), position))
    }

    /// The user with this user ID or external ID.
    pub(super) fn find(&self, id: &str) -> Option<(u64, &User)> {
        let position = self.holder(&Key::Id(id))?;
        Some((position, self.at(position)?))
    }

    /// The user that something holds for, by looking at all of them.
    pub(super) fn find_by(&self, holds: impl Fn(&User) -> bool) -> Option<(u64, &User)> {
        let users = (1..).zip(&self.users);
        let mut users = users.filter_map(|(position, place)| Some((position, place.user()?)));
        users.find(|(_, user)| holds(user))
    }

    /// The position of the first user that has the key.
    pub(super) fn holder(&self, key: &Key<'_>) -> Option<u64> {
        self.index.candidates(key).find(|&position| {
            let user = self.at(position);
            user.is_some_and(|user| Key::all(user).any(|held| held == *key))
        })
    }

    /// The users that match the query, newest first: all of them, or those that come after the
    /// one at a position. `None` if there was never a user at that position.
    pub(super) fn matching<'a>(
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
        let end = before.map_or(self.order.len(), |before| self.order_of(before));
        let users = self.order.iter().take(end).rev();
        let users = users.filter_map(move |&position| user(position));
        Some(Box::new(users.filter(matches)))
    }

    /// How many positions come before a rank in the ascending order.
    fn order_of(&self, rank: Rank) -> usize {
        self.order
            .partition_point(|&position| self.rank(position).is_some_and(|other| other < rank))
    }

    /// How many users match the query.
    pub(super) fn total(&self, query: &Query) -> usize {
        if query.is_everything() {
            return self.len();
        }
        let known = self.totals.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(total) = known.get(query) {
            return *total;
        }
        drop(known);
        let total = self.matching(query, None).map_or(0, Iterator::count);
        let mut known = self.totals.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= REMEMBERED_TOTALS {
            known.clear();
        }
        known.insert(query.clone(), total);
        total
    }

    /// The position that the next user will get.
    pub(super) fn next(&self) -> u64 {
        self.users.len() as u64 + 1
    }

    /// Adds a user.
    pub(super) fn add(&mut self, user: User) {
        self.forget_totals();
        let position = self.next();
        self.index.add(position, &user);
        // At the end, unless some user was created in the future.
        let place = self.order_of((user.created_at, position));
        self.order.insert(place, position);
        self.users.push(Place::Held(user));
        self.count += 1;
    }

    /// Puts a user in place of the one at a position, if there is one. What an update cannot
    /// change is when the user was created.
    pub(super) fn replace(&mut self, position: u64, user: User) {
        if self.remove(position).is_none() {
            return;
        }
        self.index.add(position, &user);
        if let Some(place) = slot(position).and_then(|slot| self.users.get_mut(slot)) {
            *place = Place::Held(user);
            self.count += 1;
        }
    }

    /// Removes the user at a position.
    pub(super) fn remove(&mut self, position: u64) -> Option<User> {
        self.forget_totals();
        let place = self.users.get_mut(slot(position)?)?;
        let deleted = Place::Deleted(place.created_at());
        let Place::Held(user) = std::mem::replace(place, deleted) else {
            return None;
        };
        self.index.remove(position, &user);
        self.count -= 1;
        Some(user)
    }

    fn forget_totals(&mut self) {
        self.totals
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
    }
}

/// The IDs that a user is found by, with the members that they are in.
fn ids(user: &User) -> impl Iterator<Item = (&'static str, &str)> {
    let external = user.external_id.as_deref();
    let external = external.map(|id| ("external_id", id));
    [("user_id", &*user.user_id)].into_iter().chain(external)
}

/// Where a position is in the list of users; positions are counted from 1.
fn slot(position: u64) -> Option<usize> {
    usize::try_from(position.checked_sub(1)?).ok()
}

#[cfg(test)]
mod tests;
