//! JSON as a tree, in the order in which it was sent and with its numbers as they are.

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use std::fmt;

/// What is nested deeper is not shown as a tree.
const DEPTH: u32 = 64;

/// A JSON value.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Tree {
    Object(Vec<(String, Tree)>),
    Array(Vec<Tree>),
    Text(String),
    /// A number, `true`, `false` or `null`.
    Word(String),
}

impl Tree {
    /// Parses JSON; `None` if it is not, or is nested too deep.
    pub(crate) fn parse(json: &str) -> Option<Self> {
        Self::of(serde_json::from_str(json).ok()?, DEPTH)
    }

    fn of(value: &RawValue, depth: u32) -> Option<Self> {
        let (json, depth) = (value.get(), depth.checked_sub(1)?);
        Some(match json.as_bytes().first()? {
            b'{' => {
                let Members(members) = serde_json::from_str(json).ok()?;
                let members = members.into_iter();
                let members = members.map(|(name, value)| Some((name, Self::of(&value, depth)?)));
                Self::Object(members.collect::<Option<_>>()?)
            }
            b'[' => {
                let items: Vec<Box<RawValue>> = serde_json::from_str(json).ok()?;
                let items = items.iter().map(|value| Self::of(value, depth));
                Self::Array(items.collect::<Option<_>>()?)
            }
            b'"' => Self::Text(serde_json::from_str(json).ok()?),
            _ => Self::Word(json.to_owned()),
        })
    }

    /// Whether there is nothing in it.
    pub(crate) fn is_empty(&self) -> bool {
        match self {
            Self::Object(members) => members.is_empty(),
            Self::Array(items) => items.is_empty(),
            Self::Word(word) => word == "null",
            Self::Text(_) => false,
        }
    }
}

/// The members of an object, in order; of a name that is there twice, both.
struct Members(Vec<(String, Box<RawValue>)>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;

        impl<'de> Visitor<'de> for Reader {
            type Value = Members;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Members, M::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }

            fn visit_seq<S: SeqAccess<'de>>(self, _: S) -> Result<Members, S::Error> {
                Err(serde::de::Error::custom("not an object"))
            }
        }

        deserializer.deserialize_map(Reader)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_and_numbers_are_kept() {
        let json = r#"{"z":12345678901234567890123,"a":[true,null,"\u0041"],"z":{}}"#;
        let word = |text: &str| Tree::Word(text.to_owned());
        let expected = Tree::Object(vec![
            ("z".to_owned(), word("12345678901234567890123")),
            (
                "a".to_owned(),
                Tree::Array(vec![word("true"), word("null"), Tree::Text("A".to_owned())]),
            ),
            ("z".to_owned(), Tree::Object(Vec::new())),
        ]);
        assert_eq!(Tree::parse(json).unwrap(), expected);
    }

    #[test]
    fn what_is_no_json_or_too_deep_is_no_tree() {
        for json in ["", "{", "{\"a\"}", &"[".repeat(100_000)] {
            assert!(Tree::parse(json).is_none());
        }
        let nested = |depth| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(Tree::parse(&nested(64)).is_some());
        assert!(Tree::parse(&nested(65)).is_none());
        assert!(Tree::parse(&nested(100_000)).is_none());
    }
}
