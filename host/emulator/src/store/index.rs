//! An index of users by identifier that does not store the identifiers.
//!
//! It holds only hashes, 16 bytes per key. The store checks each candidate against the user, so a
//! hash collision costs time but never correctness.

use std::{
    collections::BTreeSet,
    hash::{DefaultHasher, Hash, Hasher},
};

use crate::users::{User, identifier::Key};

/// Pairs of the hash of a key and the position of a user who has the key.
#[derive(Debug, Default)]
pub(crate) struct Index(BTreeSet<(u64, u64)>);

impl Index {
    /// Indexes many users in bulk, which is much faster than adding them one by one.
    pub(crate) fn new<'a>(users: impl Iterator<Item = (u64, &'a User)>) -> Self {
        Self(
            users
                .flat_map(|(position, user)| Key::all(user).map(move |key| (hash(&key), position)))
                .collect(),
        )
    }

    pub(crate) fn add(&mut self, position: u64, user: &User) {
        self.0
            .extend(Key::all(user).map(|key| (hash(&key), position)));
    }

    pub(crate) fn remove(&mut self, position: u64, user: &User) {
        for key in Key::all(user) {
            self.0.remove(&(hash(&key), position));
        }
    }

    /// Returns the positions of the users that may have the key, in ascending order.
    pub(crate) fn candidates(&self, key: &Key<'_>) -> impl Iterator<Item = u64> {
        let hash = hash(key);
        self.0
            .range((hash, 0)..=(hash, u64::MAX))
            .map(|&(_, position)| position)
    }

    /// Returns pairs of positions whose users may share a key.
    pub(crate) fn possible_duplicates(&self) -> impl Iterator<Item = (u64, u64)> {
        self.0
            .iter()
            .zip(self.0.iter().skip(1))
            .filter(|(one, other)| one.0 == other.0)
            .map(|(one, other)| (one.1, other.1))
    }
}

fn hash(key: &Key<'_>) -> u64 {
    let mut hasher = DefaultHasher::new();
    key.hash(&mut hasher);
    hasher.finish()
}
