//! Tokens: what a caller presents, and what it permits.

mod store;

pub use store::{StoredToken, TokenError, TokenSource, TokenStore};

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest, Sha256};
use std::collections::{BTreeSet, HashMap};
use std::fmt::{self, Write};
use std::sync::Arc;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// How every token begins, so that scanners for leaked secrets can find one.
const PREFIX: &str = "sth_";

/// A token in memory: a prefix, an ID that is no secret, and 256 random bits. Its `Debug`
/// output is a fixed text.
#[derive(Clone)]
pub struct Token(Zeroizing<String>);

impl Token {
    /// Creates a random token.
    ///
    /// # Errors
    ///
    /// The system has no random numbers.
    pub fn random() -> Result<Self, getrandom::Error> {
        let (mut id, mut secret) = ([0; 6], Zeroizing::new([0; 32]));
        getrandom::fill(&mut id)?;
        getrandom::fill(secret.as_mut())?;
        // Enough that no copy is left behind when it grows.
        let mut text = Zeroizing::new(String::with_capacity(64));
        text.push_str(PREFIX);
        for byte in id {
            // Writing to a string does not fail.
            let _ = write!(text, "{byte:02x}");
        }
        text.push('_');
        BASE64_URL_SAFE_NO_PAD.encode_string(*secret, &mut text);
        Ok(Self(text))
    }

    /// Returns the token itself, to be shown once.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Returns what may be stored.
    pub(crate) fn record(&self, name: &str, scope: Scope) -> Record {
        Record {
            id: id(&self.0).unwrap_or_default().to_owned(),
            name: name.to_owned(),
            hash: TokenHash::of(&self.0),
            scope,
        }
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Token(…)")
    }
}

/// The ID of a token.
fn id(token: &str) -> Option<&str> {
    let (id, _) = token.strip_prefix(PREFIX)?.split_once('_')?;
    Some(id)
}

/// The SHA-256 of a token. A token has enough random bits for a fast hash.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TokenHash([u8; 32]);

impl TokenHash {
    fn of(token: &str) -> Self {
        Self(Sha256::digest(token).into())
    }

    /// Compares in constant time.
    fn matches(&self, token: &str) -> bool {
        self.0.ct_eq(&Self::of(token).0).into()
    }
}

impl Serialize for TokenHash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&BASE64_URL_SAFE_NO_PAD.encode(self.0))
    }
}

impl<'de> Deserialize<'de> for TokenHash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(text);
        let bytes = bytes.ok().and_then(|bytes| bytes.try_into().ok());
        bytes
            .map(Self)
            .ok_or_else(|| serde::de::Error::custom("not a SHA-256"))
    }
}

/// A token, without the token itself.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Record {
    /// No secret.
    pub(crate) id: String,
    pub(crate) name: String,
    #[serde(rename = "sha256")]
    hash: TokenHash,
    #[serde(flatten)]
    pub(crate) scope: Scope,
}

/// The tokens that are valid now, if they have not expired.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tokens(HashMap<String, Arc<Record>>);

impl Tokens {
    pub(crate) fn new(records: impl IntoIterator<Item = Record>) -> Self {
        let mut tokens = Self::default();
        tokens.extend(records.into_iter().map(Arc::new));
        tokens
    }

    pub(crate) fn extend(&mut self, records: impl IntoIterator<Item = Arc<Record>>) {
        let records = records.into_iter();
        let by_id = records.map(|record| (record.id.clone(), record));
        self.0.extend(by_id);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns what is known now of a token that was found before, if it is still valid.
    pub(crate) fn current(&self, record: &Record, now: Timestamp) -> Option<Arc<Record>> {
        let found = self.0.get(&record.id)?;
        // The token itself was compared when it was found. One of the same ID is another.
        let is_valid = found.hash.0 == record.hash.0 && !found.scope.has_expired(now);
        is_valid.then(|| found.clone())
    }

    /// Returns the record of a token.
    pub(crate) fn find(&self, token: &str, now: Timestamp) -> Option<Arc<Record>> {
        // The ID is no secret, so only the rest needs a constant time.
        let record = self.0.get(id(token)?)?;
        let is_valid = record.hash.matches(token) && !record.scope.has_expired(now);
        is_valid.then(|| record.clone())
    }
}

/// An operation of the contract, which a token may permit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Operation {
    /// Retrieving users, one or many.
    RetrieveUser,
    /// Searching users, one page or all.
    SearchUsers,
    /// Checking a credential.
    Check,
}

impl Operation {
    /// All operations.
    pub const ALL: [Self; 3] = [Self::RetrieveUser, Self::SearchUsers, Self::Check];

    /// Returns its name in the contract.
    pub const fn name(self) -> &'static str {
        match self {
            Self::RetrieveUser => "retrieve-user",
            Self::SearchUsers => "search-users",
            Self::Check => "check",
        }
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// What a token permits.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Scope {
    /// The credentials; `None` for all.
    pub credentials: Option<BTreeSet<String>>,
    /// The operations; `None` for all.
    pub operations: Option<BTreeSet<Operation>>,
    /// When the token expires; `None` for never.
    pub expires_at: Option<Timestamp>,
    /// Whether credentials can be added and removed in the console. It takes a token for
    /// all credentials.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub manage_credentials: bool,
}

impl Scope {
    pub(crate) fn permits_credential(&self, name: &str) -> bool {
        let names = self.credentials.as_ref();
        names.is_none_or(|names| names.contains(name))
    }

    pub(crate) fn permits_operation(&self, operation: Operation) -> bool {
        let operations = self.operations.as_ref();
        operations.is_none_or(|operations| operations.contains(&operation))
    }

    pub(crate) fn manages_credentials(&self) -> bool {
        self.manage_credentials && self.credentials.is_none()
    }

    fn has_expired(&self, now: Timestamp) -> bool {
        self.expires_at.is_some_and(|expires_at| expires_at <= now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_random_and_not_shown() {
        let (one, other) = (Token::random().unwrap(), Token::random().unwrap());
        assert_ne!(one.expose(), other.expose());
        assert_eq!(one.expose().len(), PREFIX.len() + 12 + 1 + 43);
        assert_eq!(format!("{one:?}"), "Token(…)");
    }

    #[test]
    fn a_token_is_found_until_it_expires() {
        let (one, other) = (Token::random().unwrap(), Token::random().unwrap());
        let expires_at = Timestamp::from_second(100).unwrap();
        let scope = Scope {
            expires_at: Some(expires_at),
            ..Scope::default()
        };
        let tokens = Tokens::new([one.record("one", scope)]);
        let before = Timestamp::from_second(99).unwrap();
        let found = tokens.find(one.expose(), before).unwrap();
        assert_eq!(found.name, "one");
        assert!(tokens.current(&found, before).is_some());
        assert!(tokens.current(&found, expires_at).is_none());
        let revoked = Tokens::default().current(&found, before);
        assert!(revoked.is_none());
        assert!(tokens.find(one.expose(), expires_at).is_none());
        let with_other_secret = format!("{}{}", &one.expose()[..17], &other.expose()[17..]);
        for token in [
            other.expose(),
            &with_other_secret,
            "",
            "sth_",
            "sth__",
            PREFIX,
        ] {
            assert!(tokens.find(token, before).is_none(), "{token}");
        }
    }

    #[test]
    fn a_record_does_not_contain_the_token_and_survives_a_round_trip() {
        let token = Token::random().unwrap();
        let scope = Scope {
            credentials: Some(["a".to_owned()].into()),
            operations: Some([Operation::Check].into()),
            expires_at: Some(Timestamp::from_second(100).unwrap()),
            manage_credentials: true,
        };
        let json = serde_json::to_string(&token.record("one", scope.clone())).unwrap();
        assert!(!json.contains(&token.expose()[17..]), "{json}");
        let record: Record = serde_json::from_str(&json).unwrap();
        assert_eq!(record.scope, scope);
        assert!(record.hash.matches(token.expose()));
    }

    #[test]
    fn a_scope_permits_what_it_lists_and_everything_without_a_list() {
        let all = Scope::default();
        assert!(all.permits_credential("a") && all.permits_operation(Operation::Check));
        let some = Scope {
            credentials: Some(["a".to_owned()].into()),
            operations: Some([Operation::Check].into()),
            manage_credentials: true,
            ..Scope::default()
        };
        assert!(some.permits_credential("a") && !some.permits_credential("b"));
        assert!(some.permits_operation(Operation::Check));
        assert!(!some.permits_operation(Operation::SearchUsers));
        assert!(!all.manages_credentials(), "not without being told");
        assert!(!some.manages_credentials(), "not with some credentials");
        let manager = Scope {
            credentials: None,
            ..some
        };
        assert!(manager.manages_credentials());
    }
}
