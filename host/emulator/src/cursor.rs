//! Cursors: where a page ended, in a form that only the same query can go on from.
//!
//! A cursor is 16 bytes in URL-safe base64: the position of the last user, masked, and a hash of
//! the position, the query and a key. The key follows from the seed, so that a search can be
//! resumed against a restarted emulator. Nothing here is a secret: the hash tells a mistaken
//! client from a right one, and does not keep an attacker out.

use std::hash::{DefaultHasher, Hash, Hasher};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

use super::query::Query;

/// Writes and reads cursors.
#[derive(Debug)]
pub(super) struct Cursors {
    key: u64,
}

impl Cursors {
    pub(super) fn new(seed: u64) -> Self {
        Self { key: seed }
    }

    /// The cursor that goes on after a position.
    pub(super) fn seal(&self, query: &Query, position: u64) -> String {
        let tag = self.tag(query, position);
        // Masked with the tag, two cursors of one search share no visible part: clients that look
        // inside, or count, fail here rather than against Stytch.
        let masked = position ^ tag.rotate_left(32);
        let mut bytes = [0; 16];
        let (head, tail) = bytes.split_at_mut(8);
        head.copy_from_slice(&masked.to_be_bytes());
        tail.copy_from_slice(&tag.to_be_bytes());
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// The position after which a cursor goes on; `None` if the cursor is not one of this query.
    pub(super) fn open(&self, query: &Query, cursor: &str) -> Option<u64> {
        let bytes: [u8; 16] = URL_SAFE_NO_PAD.decode(cursor).ok()?.try_into().ok()?;
        let both = u128::from_be_bytes(bytes);
        let tag = u64::try_from(both & u128::from(u64::MAX)).ok()?;
        let masked = u64::try_from(both >> 64).ok()?;
        let position = masked ^ tag.rotate_left(32);
        (self.tag(query, position) == tag).then_some(position)
    }

    fn tag(&self, query: &Query, position: u64) -> u64 {
        let mut hasher = DefaultHasher::new();
        ("cursor", self.key, position, query).hash(&mut hasher);
        hasher.finish()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn status(status: &str, operator: &str) -> Query {
        let operand = json!({"filter_name": "status", "filter_value": status});
        Query::parse(&json!({"operator": operator, "operands": [operand]})).unwrap()
    }

    #[test]
    fn a_cursor_opens_for_its_own_query_and_seed_only() {
        let cursors = Cursors::new(1);
        let query = status("active", "AND");
        for position in [0, 1, 1000, u64::MAX] {
            let cursor = cursors.seal(&query, position);
            assert_eq!(cursors.open(&query, &cursor), Some(position));
            assert_eq!(cursors.open(&status("pending", "AND"), &cursor), None);
            assert_eq!(cursors.open(&status("active", "OR"), &cursor), None);
            assert_eq!(cursors.open(&Query::default(), &cursor), None);
            assert_eq!(Cursors::new(2).open(&query, &cursor), None);
        }
    }

    #[test]
    fn every_changed_character_is_noticed() {
        let cursors = Cursors::new(1);
        let query = Query::default();
        let cursor = cursors.seal(&query, 100);
        for at in 0..cursor.len() {
            let mut changed = cursor.clone().into_bytes();
            changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(changed).unwrap();
            assert_eq!(cursors.open(&query, &changed), None, "{changed}");
        }
        for other in [
            "",
            "x",
            "100",
            &cursor[1..],
            &format!("{cursor}A"),
            &format!("{cursor}="),
        ] {
            assert_eq!(cursors.open(&query, other), None, "{other}");
        }
    }
}
