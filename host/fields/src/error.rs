//! What is wrong with paths.

use super::DEPTH;

/// Why paths cannot be used. Its `Display` says what to write instead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FieldsError {
    /// The text, or a path in it, ends with a backslash.
    #[error("it ends with a backslash, which makes nothing plain")]
    Backslash,
    /// A path or one of its names is empty.
    #[error("{0:?} is not a path such as name.first_name")]
    NotAPath(
        /// The path, as it was asked for.
        String,
    ),
    /// A path has too many names.
    #[error("a path has at most {DEPTH} names")]
    TooDeep,
    /// A path goes on after a member that is not an object.
    #[error("{parent} has no members, so no {name}")]
    NoMembers {
        /// The path of the member.
        parent: String,
        /// The name that follows it.
        name: String,
    },
    /// No user has such a member, as far as this version knows.
    #[error(
        "there is no {path}; {} (a member that is newer than this program takes a dot before it: .{path})",
        advice(similar.as_deref(), names)
    )]
    Unknown {
        /// The path, up to the name that is unknown.
        path: String,
        /// The path that it resembles, if it resembles one.
        similar: Option<String>,
        /// The names that there are in its place.
        names: Vec<&'static str>,
    },
}

fn advice(similar: Option<&str>, names: &[&str]) -> String {
    match similar {
        Some(known) => format!("did you mean {known}?"),
        None => format!("there are {}", names.join(", ")),
    }
}
