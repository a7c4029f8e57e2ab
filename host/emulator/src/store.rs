//! The users, in the order of their creation.
//!
//! Invariant: a position is given once and never again, so that "after this position" means the
//! same however many users come and go in between.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{Mutex, PoisonError},
};

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
    /// The user of position 1, of position 2, and so on; `None` for a deleted one.
    users: Vec<Option<User>>,
    /// How many are not deleted.
    count: usize,
    index: Index,
    /// How many users match a query, until a user changes. Counting may read every user, and a
    /// page of the same query must not do that again.
    totals: Mutex<HashMap<Query, usize>>,
}

impl Store {
    /// A store of these users, oldest first.
    ///
    /// # Errors
    ///
    /// [`Error::Duplicate`] if two share a user ID or an external ID.
    pub(super) fn new(users: impl IntoIterator<Item = User>) -> Result<Self, Error> {
        let users: Vec<_> = users.into_iter().map(Some).collect();
        let store = Self {
            index: Index::of((1..).zip(users.iter().flatten())),
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
            let external = one.external_id.as_ref().zip(other.external_id.as_ref());
            let ids = ("user_id", &one.user_id, &other.user_id);
            let external = external.map(|(one, other)| ("external_id", one, other));
            for (member, one, other) in [ids].into_iter().chain(external) {
                if one == other {
                    return Err(Error::Duplicate {
                        member,
                        value: one.clone(),
                    });
                }
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
        self.users.get(slot(position)?)?.as_ref()
    }

    /// The user with this user ID or external ID.
    pub(super) fn find(&self, id: &str) -> Option<(u64, &User)> {
        let position = self
            .holder(&Key::UserId(id))
            .or_else(|| self.holder(&Key::ExternalId(id)))?;
        Some((position, self.at(position)?))
    }

    /// The position of the oldest user that has the key.
    pub(super) fn holder(&self, key: &Key<'_>) -> Option<u64> {
        self.index.candidates(key).find(|&position| {
            let user = self.at(position);
            user.is_some_and(|user| Key::all(user).any(|held| held == *key))
        })
    }

    /// The users that match the query and were created after a position, oldest first.
    pub(super) fn matching<'a>(
        &'a self,
        query: &'a Query,
        after: u64,
    ) -> Box<dyn Iterator<Item = (u64, &'a User)> + 'a> {
        let matches = |(_, user): &(u64, &User)| query.matches(user);
        if let Some(keys) = query.keys() {
            let candidates = keys.iter().flat_map(|key| self.index.candidates(key));
            let positions: BTreeSet<_> = candidates.filter(|&position| position > after).collect();
            let users = positions.into_iter();
            let users = users.filter_map(|position| Some((position, self.at(position)?)));
            return Box::new(users.filter(matches));
        }
        let seen = usize::try_from(after).unwrap_or(usize::MAX);
        let users = (after.saturating_add(1)..).zip(self.users.iter().skip(seen));
        let users = users.filter_map(|(position, user)| Some((position, user.as_ref()?)));
        Box::new(users.filter(matches))
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
        let total = self.matching(query, 0).count();
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

    /// Adds a user after all others.
    pub(super) fn add(&mut self, user: User) {
        self.forget_totals();
        self.index.add(self.next(), &user);
        self.users.push(Some(user));
        self.count += 1;
    }

    /// Puts a user in place of the one at a position, if there is one.
    pub(super) fn replace(&mut self, position: u64, user: User) {
        if self.remove(position).is_none() {
            return;
        }
        self.index.add(position, &user);
        if let Some(place) = slot(position).and_then(|slot| self.users.get_mut(slot)) {
            *place = Some(user);
            self.count += 1;
        }
    }

    /// Removes the user at a position.
    pub(super) fn remove(&mut self, position: u64) -> Option<User> {
        self.forget_totals();
        let user = self.users.get_mut(slot(position)?)?.take()?;
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

/// Where a position is in the list; position 0 is before the first user.
fn slot(position: u64) -> Option<usize> {
    usize::try_from(position.checked_sub(1)?).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn user(id: &str, external_id: Option<&str>) -> User {
        User {
            external_id: external_id.map(str::to_owned),
            ..User::new(id)
        }
    }

    #[test]
    fn users_are_found_by_either_id_until_it_changes() {
        let mut store = Store::new([user("u1", Some("one")), user("u2", None)]).unwrap();
        let (position, found) = store.find("one").unwrap();
        assert_eq!(found.user_id, "u1");
        store.replace(position, user("u1", Some("uno")));
        assert!(store.find("one").is_none());
        assert_eq!(store.find("uno").unwrap().0, position);
        store.remove(position);
        assert!(store.find("u1").is_none());
        store.add(user("u3", None));
        assert_eq!(store.find("u3").unwrap().0, 3);
    }

    #[test]
    fn ambiguous_ids_are_refused() {
        for (users, member) in [
            ([user("u1", None), user("u1", None)], "user_id"),
            (
                [user("u1", Some("x")), user("u2", Some("x"))],
                "external_id",
            ),
        ] {
            let error = Store::new(users).unwrap_err();
            assert!(matches!(error, Error::Duplicate { member: m, .. } if m == member));
        }
    }

    #[test]
    fn a_total_follows_every_change() {
        let mut store = Store::new([user("u1", None), user("u2", None)]).unwrap();
        let query = Query::parse(&json!({"operator": "AND", "operands": [
            {"filter_name": "status", "filter_value": "pending"}]}))
        .unwrap();
        assert_eq!(store.total(&query), 0);
        let pending = User {
            status: "pending".into(),
            ..User::new("u1")
        };
        store.replace(1, pending);
        assert_eq!(store.total(&query), 1);
        store.remove(1);
        assert_eq!(store.total(&query), 0);
        assert_eq!(store.total(&Query::default()), 1);
    }

    #[test]
    fn a_query_by_keys_finds_whom_a_scan_finds() {
        let store = Store::new(crate::seed::users(1, 60)).unwrap();
        let phone = json!({"filter_name": "phone_number", "filter_value": ["+12025550101"]});
        let emails = [
            "MEMBER@nowhere.example",
            "ADA@example.com",
            "zoe@example.org",
        ];
        let emails = json!({"filter_name": "email_address", "filter_value": emails});
        let ids = json!({"filter_name": "user_id", "filter_value": ["auth0|5f7c8ec7", "x"]});
        let find = |operator: &str, operands: &[&Value], after| {
            let query = json!({"operator": operator, "operands": operands});
            let query = Query::parse(&query).unwrap();
            let found: Vec<_> = store.matching(&query, after).map(|found| found.0).collect();
            let scan =
                (after + 1..=60).filter(|&at| store.at(at).is_some_and(|u| query.matches(u)));
            assert_eq!(found, scan.collect::<Vec<_>>());
            found
        };
        assert_eq!(find("AND", &[&emails], 0), [1, 14]);
        assert_eq!(find("AND", &[&emails], 1), [14]);
        assert_eq!(find("AND", &[&emails, &phone], 0), [1]);
        assert_eq!(find("AND", &[&ids, &phone], 0), [0; 0]);
        assert_eq!(find("OR", &[&ids, &phone], 0), [1, 14]);
    }
}
