//! `--fields`: which members of a user are printed.

use super::select_fields::{self, Tree};
use serde_json::value::RawValue;
use std::fmt::Write;
use std::io;
use stytch_host::types::User;

/// Members of a user, and what is inside of them: none for JSON of any form,
/// empty for what has no members.
const MEMBERS: [(&str, Option<&[&str]>); 19] = [
    ("user_id", Some(&[])),
    ("emails", Some(&["email_id", "email", "verified"])),
    ("status", Some(&[])),
    (
        "phone_numbers",
        Some(&["phone_id", "phone_number", "verified"]),
    ),
    (
        "webauthn_registrations",
        Some(&[
            "webauthn_registration_id",
            "domain",
            "user_agent",
            "verified",
            "authenticator_type",
            "name",
        ]),
    ),
    (
        "providers",
        Some(&[
            "provider_type",
            "provider_subject",
            "profile_picture_url",
            "locale",
            "oauth_user_registration_id",
        ]),
    ),
    ("totps", Some(&["totp_id", "verified"])),
    (
        "crypto_wallets",
        Some(&[
            "crypto_wallet_id",
            "crypto_wallet_address",
            "crypto_wallet_type",
            "verified",
        ]),
    ),
    (
        "biometric_registrations",
        Some(&["biometric_registration_id", "verified"]),
    ),
    ("is_locked", Some(&[])),
    ("roles", Some(&[])),
    ("name", Some(&["first_name", "middle_name", "last_name"])),
    ("created_at", Some(&[])),
    ("password", Some(&["password_id", "requires_reset"])),
    ("trusted_metadata", None),
    ("untrusted_metadata", None),
    ("external_id", Some(&[])),
    ("lock_created_at", Some(&[])),
    ("lock_expires_at", Some(&[])),
];

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
    let [first, rest @ ..] = segments else {
        return Ok(());
    };
    let found = MEMBERS.iter().find(|(name, _)| name == first);
    let Some((_, inside)) = found else {
        let names = MEMBERS.iter().map(|(name, _)| *name);
        return Err(unknown(first, "", names));
    };
    match (inside, rest) {
        (None, _) | (_, []) => Ok(()),
        (Some([]), [second, ..]) => Err(format!("{first} has no members, so no {second}")),
        (Some(names), [second, rest @ ..]) => match rest {
            _ if !names.contains(&second.as_str()) => {
                Err(unknown(second, &format!("{first}."), names.iter().copied()))
            }
            [] => Ok(()),
            [third, ..] => Err(format!("{first}.{second} has no members, so no {third}")),
        },
    }
}

fn unknown<'a>(name: &str, before: &str, names: impl Iterator<Item = &'a str> + Clone) -> String {
    let mut text = format!("there is no {before}{name}");
    let similar = names
        .clone()
        .map(|known| (strsim::jaro_winkler(name, known), known))
        .filter(|(similarity, _)| *similarity > 0.8)
        .max_by(|(a, _), (b, _)| a.total_cmp(b));
    let _ = match similar {
        Some((_, known)) => write!(text, "; did you mean {before}{known}?"),
        None => write!(text, "; there are {}", names.collect::<Vec<_>>().join(", ")),
    };
    let _ = write!(
        text,
        " (a member that is newer than this program takes a dot before it: .{before}{name})"
    );
    text
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
