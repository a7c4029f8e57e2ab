//! Parts of JSON text. Values are not parsed further than the way to a part goes,
//! so that they stay the text that they were.

use super::text::Text;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};
use serde_json::value::RawValue;
use std::fmt;

/// Which members of an object are kept; none given means all.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tree {
    members: Vec<(String, Tree)>,
}

impl Tree {
    pub(crate) fn of<'a>(paths: impl Iterator<Item = &'a [String]>) -> Self {
        let mut tree = Self::default();
        for path in paths {
            tree.add(path);
        }
        tree
    }

    fn add(&mut self, path: &[String]) {
        let [first, rest @ ..] = path else {
            // All of it, whatever part was asked for besides.
            self.members.clear();
            return;
        };
        let known = self.members.iter().position(|(name, _)| name == first);
        match known.and_then(|known| self.members.get_mut(known)) {
            Some((_, tree)) if tree.members.is_empty() => {}
            Some((_, tree)) => tree.add(rest),
            None => {
                let mut tree = Self::default();
                tree.add(rest);
                self.members.push((first.clone(), tree));
            }
        }
    }
}

/// A value with nothing but the members that were chosen. An absent one is `null`,
/// so that every user has the same form.
pub(crate) struct Projected<'a>(pub(crate) &'a RawValue, pub(crate) &'a Tree);

impl Serialize for Projected<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(json, tree) = *self;
        if tree.members.is_empty() {
            return Whole(json, 2).serialize(serializer);
        }
        match Value::of(json) {
            Value::List(items) => {
                let mut list = serializer.serialize_seq(Some(items.len()))?;
                for item in items {
                    // A list in a list is not gone through.
                    let item = Some(item).filter(|item| !is_list(item));
                    list.serialize_element(&item.map(|item| Projected(item, tree)))?;
                }
                list.end()
            }
            Value::Object(members) => {
                let mut object = serializer.serialize_map(Some(tree.members.len()))?;
                for (name, tree) in &tree.members {
                    let value = members.get(name).map(|value| Projected(value, tree));
                    object.serialize_entry(name, &value)?;
                }
                object.end()
            }
            Value::Text(_) | Value::Other(_) => serializer.serialize_none(),
        }
    }
}

/// A value without the members that were chosen; the others stay the text that they were.
pub(crate) struct Omitted<'a>(pub(crate) &'a RawValue, pub(crate) &'a Tree);

impl Serialize for Omitted<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(json, tree) = *self;
        match Value::of(json) {
            Value::List(items) => {
                serializer.collect_seq(items.into_iter().map(|item| Omitted(item, tree)))
            }
            Value::Object(Members(members)) => {
                let mut object = serializer.serialize_map(None)?;
                for (name, value) in &members {
                    match tree.members.iter().find(|(chosen, _)| chosen == name) {
                        None => object.serialize_entry(name, value)?,
                        Some((_, tree)) if tree.members.is_empty() => {}
                        Some((_, tree)) => object.serialize_entry(name, &Omitted(value, tree))?,
                    }
                }
                object.end()
            }
            Value::Text(_) | Value::Other(_) => json.serialize(serializer),
        }
    }
}

/// A value as it is. So many levels are taken apart and put together again, for
/// pretty printing to lay out.
struct Whole<'a>(&'a RawValue, u8);

impl Serialize for Whole<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(json, levels) = *self;
        let Some(levels) = levels.checked_sub(1) else {
            return json.serialize(serializer);
        };
        match Value::of(json) {
            Value::List(items) => {
                serializer.collect_seq(items.into_iter().map(|item| Whole(item, levels)))
            }
            Value::Object(Members(members)) => serializer.collect_map(
                members
                    .iter()
                    .map(|(name, value)| (name, Whole(value, levels))),
            ),
            Value::Text(_) | Value::Other(_) => json.serialize(serializer),
        }
    }
}

fn is_list(json: &RawValue) -> bool {
    json.get().starts_with('[')
}

/// What is at a path, as text: a string without its quotes, of a list each item,
/// of `null` nothing.
pub(crate) fn values(json: &RawValue, path: &[String]) -> Vec<String> {
    match (Value::of(json), path) {
        (Value::List(items), _) => {
            let items = items.into_iter();
            let values = |item: &RawValue| match path {
                [] if is_list(item) => vec![item.get().to_owned()],
                _ if is_list(item) => Vec::new(),
                _ => values(item, path),
            };
            items.flat_map(values).collect()
        }
        (Value::Object(members), [first, rest @ ..]) => {
            let member = members.get(first);
            member.map_or_else(Vec::new, |member| values(member, rest))
        }
        (_, [_, ..]) | (Value::Other("null"), []) => Vec::new(),
        (Value::Text(text), []) => vec![text],
        (Value::Object(_) | Value::Other(_), []) => vec![json.get().to_owned()],
    }
}

/// A value, with its parts still as text.
enum Value<'a> {
    List(Vec<&'a RawValue>),
    Object(Members<'a>),
    Text(String),
    Other(&'a str),
}

impl<'a> Value<'a> {
    fn of(json: &'a RawValue) -> Self {
        let text = json.get();
        let parsed = match text.as_bytes().first() {
            Some(b'[') => serde_json::from_str(text).map(Self::List),
            Some(b'{') => serde_json::from_str(text).map(Self::Object),
            Some(b'"') => serde_json::from_str(text).map(|Text(text)| Self::Text(text)),
            _ => Ok(Self::Other(text)),
        };
        // What is wrong in itself stays as it is.
        parsed.unwrap_or(Self::Other(text))
    }
}

struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'a> Members<'a> {
    /// The last one of a name counts, as everywhere in JSON.
    fn get(&self, name: &str) -> Option<&'a RawValue> {
        let mut members = self.0.iter().rev();
        let (_, value) = members.find(|(member, _)| member == name)?;
        Some(value)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct MembersVisitor;

        impl<'de> Visitor<'de> for MembersVisitor {
            type Value = Vec<(String, &'de RawValue)>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let member = |(Text(name), value)| (name, value);
                std::iter::from_fn(|| map.next_entry().transpose())
                    .map(|entry| entry.map(member))
                    .collect()
            }
        }

        deserializer.deserialize_map(MembersVisitor).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const USER: &str = r#"{"user_id":"u","emails":[{"email":"a@x","verified":true},{"email":"b@x"}],
        "name":null,"roles":["r","s"],"meta":{"n":12345678901234567890123,"f":1.50,"a.b":{"c":[]}},"deep":[[1,[2]],3],"odd":{"\udead":1,"x":"\ud83d"}}"#;

    fn paths(text: &str) -> Vec<Vec<String>> {
        let segments = |path: &str| path.split('/').map(str::to_owned).collect();
        text.split(' ').map(segments).collect()
    }

    fn projected(text: &str) -> String {
        let tree = Tree::of(paths(text).iter().map(Vec::as_slice));
        let user: &RawValue = serde_json::from_str(USER).unwrap();
        serde_json::to_string(&Projected(user, &tree)).unwrap()
    }

    #[test]
    fn chosen_members_keep_their_places_and_their_text() {
        for (paths, expected) in [
            ("user_id", r#"{"user_id":"u"}"#),
            (
                "emails/email user_id",
                r#"{"emails":[{"email":"a@x"},{"email":"b@x"}],"user_id":"u"}"#,
            ),
            (
                "meta/n meta/f",
                r#"{"meta":{"n":12345678901234567890123,"f":1.50}}"#,
            ),
            ("meta/a.b/c", r#"{"meta":{"a.b":{"c":[]}}}"#),
            ("name/first_name", r#"{"name":null}"#),
            ("deep/x", r#"{"deep":[null,null]}"#),
            ("roles/x shoe", r#"{"roles":[null,null],"shoe":null}"#),
            ("odd/x", r#"{"odd":{"x":"\ud83d"}}"#),
            (
                "emails/email emails",
                r#"{"emails":[{"email":"a@x","verified":true},{"email":"b@x"}]}"#,
            ),
            (
                "emails emails/email",
                r#"{"emails":[{"email":"a@x","verified":true},{"email":"b@x"}]}"#,
            ),
        ] {
            assert_eq!(projected(paths), expected, "{paths}");
        }
    }

    #[test]
    fn members_are_omitted_from_every_item_and_the_others_keep_their_text() {
        let omitted = |text: &str| {
            let tree = Tree::of(paths(text).iter().map(Vec::as_slice));
            let user: &RawValue = serde_json::from_str(USER).unwrap();
            serde_json::to_string(&Omitted(user, &tree)).unwrap()
        };
        let rest = omitted("user_id name roles meta deep odd");
        assert_eq!(
            rest,
            r#"{"emails":[{"email":"a@x","verified":true},{"email":"b@x"}]}"#
        );
        let rest = omitted("emails/email user_id/x name roles deep/x odd meta/n meta/a.b");
        assert_eq!(
            rest,
            r#"{"user_id":"u","emails":[{"verified":true},{}],"meta":{"f":1.50},"deep":[[1,[2]],3]}"#
        );
        assert_eq!(
            omitted("emails emails/email shoe").matches("email").count(),
            0
        );
        // A name that is there twice is omitted twice.
        let twice: &RawValue = serde_json::from_str(r#"{"a":1,"b":2,"a":3}"#).unwrap();
        let tree = Tree::of(paths("a").iter().map(Vec::as_slice));
        let rest = serde_json::to_string(&Omitted(twice, &tree)).unwrap();
        assert_eq!(rest, r#"{"b":2}"#);
    }

    #[test]
    fn values_are_texts() {
        let user: &RawValue = serde_json::from_str(USER).unwrap();
        for (path, expected) in [
            ("user_id", &["u"][..]),
            ("emails/email", &["a@x", "b@x"]),
            ("emails/verified", &["true"]),
            ("roles", &["r", "s"]),
            ("name", &[]),
            ("name/first_name", &[]),
            ("meta/f", &["1.50"]),
            ("meta/a.b", &[r#"{"c":[]}"#]),
            ("user_id/x", &[]),
            ("deep", &["[1,[2]]", "3"]),
            ("deep/x", &[]),
            ("odd/x", &["\u{fffd}"]),
        ] {
            assert_eq!(values(user, &paths(path)[0]), expected, "{path}");
        }
    }
}
