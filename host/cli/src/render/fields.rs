//! `--fields`: which members of a user are printed.

use super::select_fields::{self, Tree};
use serde_json::value::RawValue;
use std::io;
use stytch_credentials::most_similar;
use stytch_host::json::{Member, USER_MEMBERS, Value};
use stytch_host::types::User;

/// More names than this are a mistake, and would only exhaust the stack.
const DEPTH: usize = 64;

/// One member, or one within another.
#[derive(Debug, Clone)]
pub(crate) struct Path {
    /// As it was asked for.
    pub(super) text: String,
    pub(super) segments: Vec<String>,
}

#[derive(Debug, Clone)]
pub(crate) struct Fields {
    pub(super) paths: Vec<Path>,
    pub(super) tree: Tree,
}

impl Fields {
    /// Reads paths with commas between them.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let paths = split(text, ',')?;
        let paths: Vec<_> = paths.iter().map(|path| Path::parse(path)).collect();
        let paths = paths.into_iter().collect::<Result<Vec<_>, _>>()?;
        let tree = Tree::of(paths.iter().map(|path| path.segments.as_slice()));
        Ok(Self { paths, tree })
    }

    /// What a user has at each path, as text.
    pub(super) fn values(&self, user: &User) -> io::Result<Vec<Vec<String>>> {
        let json = serde_json::to_string(user)?;
        let user: &RawValue = serde_json::from_str(&json)?;
        let paths = self.paths.iter();
        Ok(paths
            .map(|path| select_fields::values(user, &path.segments))
            .collect())
    }
}

impl Path {
    fn parse(text: &str) -> Result<Self, String> {
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
            return Err(format!("{text:?} is not a path such as name.first_name"));
        }
        if segments.len() > DEPTH {
            return Err(format!("a path has at most {DEPTH} names"));
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

/// Whether a user has such a member, as far as this program knows.
fn check(segments: &[String]) -> Result<(), String> {
    let mut members = USER_MEMBERS;
    let mut parent = String::new();
    for name in segments {
        let Some(member) = members.iter().find(|member| member.name == name) else {
            let parent = parent.trim_end_matches('.');
            return Err(match members {
                [] => format!("{parent} has no members, so no {name}"),
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

fn unknown(name: &str, parent: &str, members: &[Member]) -> String {
    let names = members.iter().map(|member| member.name);
    let path = |name: &str| match parent {
        "" => name.to_owned(),
        _ => format!("{parent}.{name}"),
    };
    let advice = match most_similar(name, names.clone()) {
        Some(known) => format!("did you mean {}?", path(known)),
        None => format!("there are {}", names.collect::<Vec<_>>().join(", ")),
    };
    let path = path(name);
    format!(
        "there is no {path}; {advice} (a member that is newer than this program takes a dot before it: .{path})"
    )
}

/// Splits at a separator that has no backslash before it; backslashes stay.
fn split(text: &str, separator: char) -> Result<Vec<String>, String> {
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
                part.push(next.ok_or("it ends with a backslash, which makes nothing plain")?);
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
        for (text, expected) in [
            ("", "is not a path"),
            ("user_id,,name", "is not a path"),
            ("emails..email", "is not a path"),
            (".", "is not a path"),
            ("user_id\\", "ends with a backslash"),
            ("userid", "did you mean user_id?"),
            ("email", "did you mean emails?"),
            ("emails.adress", "there are email_id, email, verified"),
            ("name.firstname", "did you mean name.first_name?"),
            ("user_id.x", "user_id has no members, so no x"),
            ("name.first_name.x", "name.first_name has no members"),
            ("shoe", "takes a dot before it: .shoe"),
        ] {
            let error = Fields::parse(text).unwrap_err();
            assert!(error.contains(expected), "{text}: {error}");
        }
    }
}
