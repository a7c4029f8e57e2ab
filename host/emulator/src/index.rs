//! Finding users by an identifier without keeping every identifier twice.
//!
//! The index holds hashes only, 16 bytes a key. Whoever looks a user up checks the candidates
//! against the users themselves, so that colliding hashes cost time and never correctness.

use std::{
    borrow::Cow,
    collections::BTreeSet,
    hash::{DefaultHasher, Hash, Hasher},
};

use super::{User, filter::folded};

/// Something that belongs to one user at a time.
#[derive(Debug, Hash, PartialEq, Eq)]
pub(super) enum Key<'a> {
    /// A user ID or an external ID: wherever one may stand, so may the other.
    Id(&'a str),
    /// An e-mail address in lower case.
    Email(Cow<'a, str>),
    PhoneNumber(&'a str),
}

impl<'a> Key<'a> {
    /// The key of an e-mail address; case does not tell two addresses apart.
    pub(super) fn email(address: &'a str) -> Self {
        Self::Email(folded(address))
    }

    /// All keys of a user.
    pub(super) fn all(user: &'a User) -> impl Iterator<Item = Self> {
        let emails = user.emails.iter().map(|email| Self::email(&email.email));
        let phones = user.phone_numbers.iter();
        [Self::Id(&user.user_id)]
            .into_iter()
            .chain(user.external_id.as_deref().map(Self::Id))
            .chain(emails)
            .chain(phones.map(|phone| Self::PhoneNumber(&phone.phone_number)))
    }

    fn hashed(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.hash(&mut hasher);
        hasher.finish()
    }
}

/// Positions of users by the hashes of their keys.
#[derive(Debug, Default)]
pub(super) struct Index(BTreeSet<(u64, u64)>);

impl Index {
    /// Indexes many users at once, which is much faster than one by one.
    pub(super) fn of<'a>(users: impl Iterator<Item = (u64, &'a User)>) -> Self {
        Self(
            users
                .flat_map(|(position, user)| {
                    Key::all(user).map(move |key| (key.hashed(), position))
                })
                .collect(),
        )
    }

    pub(super) fn add(&mut self, position: u64, user: &User) {
        self.0
            .extend(Key::all(user).map(|key| (key.hashed(), position)));
    }

    pub(super) fn remove(&mut self, position: u64, user: &User) {
        for key in Key::all(user) {
            self.0.remove(&(key.hashed(), position));
        }
    }

    /// Positions of the users that may have the key, in ascending order.
    pub(super) fn candidates(&self, key: &Key<'_>) -> impl Iterator<Item = u64> {
        let hash = key.hashed();
        self.0
            .range((hash, 0)..=(hash, u64::MAX))
            .map(|&(_, position)| position)
    }

    /// Pairs of users who may share a key, neighbours by position.
    pub(super) fn suspects(&self) -> impl Iterator<Item = (u64, u64)> {
        self.0
            .iter()
            .zip(self.0.iter().skip(1))
            .filter(|(one, other)| one.0 == other.0)
            .map(|(one, other)| (one.1, other.1))
    }
}
