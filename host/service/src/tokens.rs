//! Tokens: what a caller presents, and what it permits.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::fmt;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// How every token begins, so that scanners for leaked secrets can find one.
const PREFIX: &str = "sth_";

/// A token in memory. Its `Debug` output is a fixed text.
#[derive(Clone)]
pub struct Token(Zeroizing<String>);

impl Token {
    /// Creates a token of 256 random bits.
    ///
    /// # Errors
    ///
    /// The system has no random numbers.
    pub fn random() -> Result<Self, getrandom::Error> {
        let mut bytes = Zeroizing::new([0; 32]);
        getrandom::fill(bytes.as_mut())?;
        let mut text = Zeroizing::new(PREFIX.to_owned());
        BASE64_URL_SAFE_NO_PAD.encode_string(*bytes, &mut text);
        Ok(Self(text))
    }

    /// Returns the token itself, to be shown once.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Token(…)")
    }
}

/// The SHA-256 of a token. A token has enough random bits for a fast hash.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TokenHash([u8; 32]);

impl TokenHash {
    pub(crate) fn of(token: &str) -> Self {
        Self(Sha256::digest(token).into())
    }

    /// Compares in constant time.
    pub(crate) fn matches(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

/// An operation of the contract, which a token may permit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
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
#[derive(Debug, Clone, Default)]
pub(crate) struct Scope {
    /// The credentials; `None` for all.
    pub(crate) credentials: Option<BTreeSet<String>>,
    /// The operations; `None` for all.
    pub(crate) operations: Option<BTreeSet<Operation>>,
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
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_random_and_not_shown() {
        let (one, other) = (Token::random().unwrap(), Token::random().unwrap());
        assert_ne!(one.expose(), other.expose());
        assert_eq!(one.expose().len(), PREFIX.len() + 43);
        assert_eq!(format!("{one:?}"), "Token(…)");
        let hash = TokenHash::of(one.expose());
        assert!(hash.matches(&TokenHash::of(one.expose())));
        assert!(!hash.matches(&TokenHash::of(other.expose())));
    }

    #[test]
    fn a_scope_permits_what_it_lists_and_everything_without_a_list() {
        let all = Scope::default();
        assert!(all.permits_credential("a") && all.permits_operation(Operation::Check));
        let some = Scope {
            credentials: Some(["a".to_owned()].into()),
            operations: Some([Operation::Check].into()),
        };
        assert!(some.permits_credential("a") && !some.permits_credential("b"));
        assert!(some.permits_operation(Operation::Check));
        assert!(!some.permits_operation(Operation::SearchUsers));
    }
}
