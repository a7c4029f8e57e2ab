//! Pagination cursors, bound to a query.
//!
//! A cursor is 16 bytes in URL-safe base64: the masked position of the last user on a page, and a
//! hash of the position, the query and a key. The key is the seed, so that a search can resume
//! after the emulator restarts. The hash detects client bugs; it does not stop an attacker, because
//! nothing in it is secret.

use std::hash::{DefaultHasher, Hash, Hasher};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

use crate::query::Query;

/// Encodes and decodes cursors.
#[derive(Debug)]
pub(crate) struct Cursors {
    key: u64,
}

impl Cursors {
    pub(crate) fn new(seed: u64) -> Self {
        Self { key: seed }
    }

    /// Returns the cursor that resumes after a position.
    pub(crate) fn encode(&self, query: &Query, position: u64) -> String {
        let tag = self.tag(query, position);
        // Masking makes the cursors of one search look unrelated. Clients that parse or increment
        // cursors fail here rather than against Stytch.
        let masked = position ^ tag.rotate_left(32);
        let mut bytes = [0; 16];
        let (head, tail) = bytes.split_at_mut(8);
        head.copy_from_slice(&masked.to_be_bytes());
        tail.copy_from_slice(&tag.to_be_bytes());
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Returns the position after which a cursor resumes; `None` if it is not a cursor of this query.
    pub(crate) fn decode(&self, query: &Query, cursor: &str) -> Option<u64> {
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
    fn a_cursor_is_valid_only_for_its_query_and_seed() {
        let cursors = Cursors::new(1);
        let query = status("active", "AND");
        for position in [0, 1, 1000, u64::MAX] {
            let cursor = cursors.encode(&query, position);
            assert_eq!(cursors.decode(&query, &cursor), Some(position));
            assert_eq!(cursors.decode(&status("pending", "AND"), &cursor), None);
            assert_eq!(cursors.decode(&status("active", "OR"), &cursor), None);
            assert_eq!(cursors.decode(&Query::default(), &cursor), None);
            assert_eq!(Cursors::new(2).decode(&query, &cursor), None);
        }
    }

    #[test]
    fn rejects_a_cursor_with_any_changed_character() {
        let cursors = Cursors::new(1);
        let query = Query::default();
        let cursor = cursors.encode(&query, 100);
        for at in 0..cursor.len() {
            let mut changed = cursor.clone().into_bytes();
            changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(changed).unwrap();
            assert_eq!(cursors.decode(&query, &changed), None, "{changed}");
        }
        for other in [
            "",
            "x",
            "100",
            &cursor[1..],
            &format!("{cursor}A"),
            &format!("{cursor}="),
        ] {
            assert_eq!(cursors.decode(&query, other), None, "{other}");
        }
    }
}
