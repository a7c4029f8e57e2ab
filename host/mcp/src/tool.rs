//! The tools.

use serde::{Serialize, Serializer};
use std::fmt;

/// A tool that agents can call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Tool {
    /// Retrieves one user.
    RetrieveUser,
    /// Searches users: a page, or the number of all of them.
    SearchUsers,
    /// Asks Stytch whether it accepts a credential.
    CheckCredential,
    /// Lists the credentials that the caller may use. Nothing is sent.
    ListCredentials,
}

impl Tool {
    /// All tools.
    pub const ALL: [Self; 4] = [
        Self::RetrieveUser,
        Self::SearchUsers,
        Self::CheckCredential,
        Self::ListCredentials,
    ];

    /// Returns its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::RetrieveUser => "retrieve_user",
            Self::SearchUsers => "search_users",
            Self::CheckCredential => "check_credential",
            Self::ListCredentials => "list_credentials",
        }
    }

    /// Returns the tool of this name.
    pub(crate) fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|tool| tool.name() == name)
    }

    /// The operation of the contract that it is.
    pub(crate) const fn operation(self) -> Option<&'static str> {
        match self {
            Self::RetrieveUser => Some("retrieve-user"),
            Self::SearchUsers => Some("search-users"),
            Self::CheckCredential => Some("check"),
            Self::ListCredentials => None,
        }
    }

    /// The names of its arguments.
    pub(crate) const fn arguments(self) -> &'static [&'static str] {
        match self {
            Self::RetrieveUser => &["credential", "user_id", "fields"],
            Self::SearchUsers => &[
                "credential",
                "query",
                "limit",
                "cursor",
                "fields",
                "count_all",
            ],
            Self::CheckCredential => &["credential"],
            Self::ListCredentials => &[],
        }
    }
}

impl fmt::Display for Tool {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl Serialize for Tool {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tool_has_its_name() {
        for tool in Tool::ALL {
            assert_eq!(Tool::of(tool.name()), Some(tool));
        }
        assert_eq!(Tool::of("delete_user"), None);
    }
}
