//! Selects members of Stytch's users by their paths.
//!
//! [`Fields`] are paths such as `name.first_name`, with commas between them. A path through
//! a list selects from every item. A backslash before a dot or a comma makes it a part of
//! a name: `trusted_metadata.plan\.id`. A path that no user has is refused with advice,
//! unless there is a dot before it, for members that are newer than this crate.
//!
//! ```
//! use serde_json::value::RawValue;
//! use stytch_fields::{Fields, FieldsError};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let fields = Fields::parse("user_id,trusted_metadata.balance,.new_member")?;
//! let user = r#"{"user_id":"u","status":"active","trusted_metadata":{"balance":1.50}}"#;
//! let user: &RawValue = serde_json::from_str(user)?;
//! let selected = serde_json::to_string(&fields.select(user))?;
//! assert_eq!(
//!     selected,
//!     r#"{"user_id":"u","trusted_metadata":{"balance":1.50},"new_member":null}"#
//! );
//!
//! let error = Fields::parse("userid").unwrap_err();
//! assert!(matches!(error, FieldsError::Unknown { similar: Some(known), .. } if known == "user_id"));
//! # Ok(())
//! # }
//! ```

#![deny(missing_docs)]

pub mod csv;
mod error;
mod select;
mod text;

pub use error::FieldsError;

use select::{Omitted, Projected, Tree};
use serde::Serialize;
use serde_json::value::RawValue;
use stytch_credentials::most_similar;
use stytch_host::json::{Member, USER_MEMBERS, Value};
use stytch_host::types::User;

/// The README's Rust is compiled and run with the documentation tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

/// More names than this are a mistake, and would only exhaust the stack.
const DEPTH: usize = 64;

/// One member of a user, or one within another.
#[derive(Debug, Clone)]
pub struct Path {
    text: String,
    segments: Vec<String>,
}

/// The members of users that were asked for.
#[derive(Debug, Clone)]
pub struct Fields {
    paths: Vec<Path>,
    tree: Tree,
}

impl Fields {
    /// Reads paths with commas between them.
    ///
    /// # Errors
    ///
    /// A path cannot be read, or no user has such a member, as far as this crate knows.
    pub fn parse(text: &str) -> Result<Self, FieldsError> {
        let paths = split(text, ',')?;
        let paths: Vec<_> = paths.iter().map(|path| Path::parse(path)).collect();
        let paths = paths.into_iter().collect::<Result<Vec<_>, _>>()?;
        let tree = Tree::of(paths.iter().map(|path| path.segments.as_slice()));
        Ok(Self { paths, tree })
    }

    /// Returns the paths, in the order in which they were asked for.
    pub fn paths(&self) -> &[Path] {
        &self.paths
    }

    /// Returns what a user has at each path, as texts: a string without its quotes, of a
    /// list each item, of `null` nothing.
    ///
    /// # Errors
    ///
    /// The user cannot be written as JSON.
    pub fn values(&self, user: &User) -> serde_json::Result<Vec<Vec<String>>> {
        let json = serde_json::to_string(user)?;
        let user: &RawValue = serde_json::from_str(&json)?;
        let paths = self.paths.iter();
        Ok(paths
            .map(|path| select::values(user, &path.segments))
            .collect())
    }

    /// Selects from the JSON of a user. An absent member is `null`, so that every user has
    /// the same form; a value stays the text that it was.
    pub fn select<'a>(&'a self, json: &'a RawValue) -> impl Serialize + 'a {
        Projected(json, &self.tree)
    }

    /// Selects everything else from the JSON of a user, or of a list of users: what is left
    /// stays the text that it was.
    pub fn omit<'a>(&'a self, json: &'a RawValue) -> impl Serialize + 'a {
        Omitted(json, &self.tree)
    }
}

impl Path {
    /// Returns the path as it was asked for.
    pub fn text(&self) -> &str {
        &self.text
    }

    fn parse(text: &str) -> Result<Self, FieldsError> {
        let text = text.trim();
        // A dot before it: taken as it is.
        let (known, path) = match text.strip_prefix('.') {
            Some(path) => (false, path),
            None => (true, text),
        };
        let segments = split(path, '.')?
            .into_iter()
            .map(|segment| unescape(&segment));
        let segments: Vec<_> = segments.collect();
        if segments.iter().any(String::is_empty) {
            return Err(FieldsError::NotAPath(text.to_owned()));
        }
        if segments.len() > DEPTH {
            return Err(FieldsError::TooDeep);
        }
        if known {
            check(&segments)?;
        }
        Ok(Self {
            text: text.to_owned(),
            segments,
        })
    }
}

/// Whether a user has such a member, as far as this crate knows.
fn check(segments: &[String]) -> Result<(), FieldsError> {
    let mut members = USER_MEMBERS;
    let mut parent = String::new();
    for name in segments {
        let Some(member) = members.iter().find(|member| member.name == name) else {
            let parent = parent.trim_end_matches('.');
            return Err(match members {
                [] => FieldsError::NoMembers {
                    parent: parent.to_owned(),
                    name: name.clone(),
                },
                _ => unknown(name, parent, members),
            });
        };
        members = match member.value {
            Value::Plain => &[],
            Value::Object(members) => members,
            // It may have any member.
            _ => return Ok(()),
        };
        parent = format!("{parent}{name}.");
    }
    Ok(())
}

fn unknown(name: &str, parent: &str, members: &[Member]) -> FieldsError {
    let names = members.iter().map(|member| member.name);
    let path = |name: &str| match parent {
        "" => name.to_owned(),
        _ => format!("{parent}.{name}"),
    };
    FieldsError::Unknown {
        path: path(name),
        similar: most_similar(name, names.clone()).map(path),
        names: names.collect(),
    }
}

/// Splits at a separator that has no backslash before it; backslashes stay.
fn split(text: &str, separator: char) -> Result<Vec<String>, FieldsError> {
    let mut parts = vec![String::new()];
    let mut characters = text.chars();
    while let Some(c) = characters.next() {
        if c == separator {
            parts.push(String::new());
            continue;
        }
        if let Some(part) = parts.last_mut() {
            part.push(c);
            if c == '\\' {
                let next = characters.next();
                part.push(next.ok_or(FieldsError::Backslash)?);
            }
        }
    }
    Ok(parts)
}

fn unescape(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(c) = characters.next() {
        plain.extend(if c == '\\' {
            characters.next()
        } else {
            Some(c)
        });
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn segments(text: &str) -> Vec<Vec<String>> {
        let fields = Fields::parse(text).unwrap();
        fields.paths.into_iter().map(|path| path.segments).collect()
    }

    #[test]
    fn paths_are_split_at_commas_and_dots_without_a_backslash() {
        assert_eq!(
            segments(r"user_id, name.first_name,trusted_metadata.a\.b\,c\\.d,.new.thing"),
            [
                vec!["user_id"],
                vec!["name", "first_name"],
                vec!["trusted_metadata", r"a.b,c\", "d"],
                vec!["new", "thing"],
            ]
        );
    }

    #[test]
    fn names_that_no_user_has_are_refused_with_advice() {
        let deep = ["a"; DEPTH + 1].join(".");
        for (text, expected) in [
            ("", r#""" is not a path such as name.first_name"#),
            (
                "user_id,,name",
                r#""" is not a path such as name.first_name"#,
            ),
            (
                "emails..email",
                r#""emails..email" is not a path such as name.first_name"#,
            ),
            (".", r#""." is not a path such as name.first_name"#),
            (
                "user_id\\",
                "it ends with a backslash, which makes nothing plain",
            ),
            (
                "user_id\\ ",
                "it ends with a backslash, which makes nothing plain",
            ),
            (&deep, "a path has at most 64 names"),
            (
                "userid",
                "there is no userid; did you mean user_id? (a member that is newer than this program takes a dot before it: .userid)",
            ),
            (
                "email",
                "there is no email; did you mean emails? (a member that is newer than this program takes a dot before it: .email)",
            ),
            (
                "emails.adress",
                "there is no emails.adress; there are email_id, email, verified (a member that is newer than this program takes a dot before it: .emails.adress)",
            ),
            (
                "name.firstname",
                "there is no name.firstname; did you mean name.first_name? (a member that is newer than this program takes a dot before it: .name.firstname)",
            ),
            ("user_id.x", "user_id has no members, so no x"),
            (
                "name.first_name.x",
                "name.first_name has no members, so no x",
            ),
        ] {
            let error = Fields::parse(text).unwrap_err();
            assert_eq!(error.to_string(), expected, "{text}");
        }
        let error = Fields::parse("shoe").unwrap_err().to_string();
        assert!(error.starts_with("there is no shoe; there are user_id, "));
        assert!(error.ends_with("takes a dot before it: .shoe)"));
    }
}
