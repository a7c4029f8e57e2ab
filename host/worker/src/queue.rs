//! Task queues: three for each credential, since a task queue is what the server limits.

use std::fmt;

/// What a task queue is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// `stytch.retrieve_user`.
    Users,
    /// `stytch.search_users` and `stytch.check`.
    Search,
    /// `stytch.search_all`.
    SearchAll,
}

/// The task queue of a credential.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TaskQueue {
    pub(crate) credential: String,
    pub(crate) kind: Kind,
}

impl TaskQueue {
    pub(crate) fn new(credential: impl Into<String>, kind: Kind) -> Self {
        Self {
            credential: credential.into(),
            kind,
        }
    }
}

/// Its name at the server.
impl fmt::Display for TaskQueue {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let suffix = match self.kind {
            Kind::Users => "",
            Kind::Search => ".search",
            Kind::SearchAll => ".search-all",
        };
        write!(formatter, "stytch.{}{suffix}", self.credential)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_has_a_name_of_its_own() {
        for (kind, expected) in [
            (Kind::Users, "stytch.acme-test"),
            (Kind::Search, "stytch.acme-test.search"),
            (Kind::SearchAll, "stytch.acme-test.search-all"),
        ] {
            assert_eq!(TaskQueue::new("acme-test", kind).to_string(), expected);
        }
    }
}
