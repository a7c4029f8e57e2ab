//! Generated bodies: members in any order, absent, `null` or unknown, with whitespace
//! and escapes wherever JSON allows them.

#![expect(
    clippy::needless_pass_by_value,
    reason = "strategies hand over what they made"
)]

use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::strategy::Union;
use std::fmt::Write;
use stytch_testkit::plain::{Kind, Shape, USER};

/// A member: its name and its value, both as JSON.
type Member = (String, String);

/// The body for a retrieval.
pub(crate) fn retrieved() -> impl Strategy<Value = String> {
    let envelope = (option::of(text()), option::of(Just("200".to_owned()))).prop_map(
        |(request_id, status)| present([("request_id", request_id), ("status_code", status)]),
    );
    members(USER, "user_id", vec![envelope.boxed()])
}

/// The body for a search.
pub(crate) fn page() -> impl Strategy<Value = String> {
    let users = members(USER, "user_id", vec![]);
    let total = prop_oneof![any::<i64>().prop_map(|total| total.to_string()), null()];
    let metadata = (
        option::of(total),
        option::of(prop_oneof![text(), null()]),
        unknown(&["total", "next_cursor"]),
    )
        .prop_map(|(total, cursor, unknown)| {
            let mut members = present([("total", total), ("next_cursor", cursor)]);
            members.extend(unknown);
            members
        })
        .prop_flat_map(object);
    let results = vec(users, 0..4).prop_map(list);
    (
        option::of(prop_oneof![text(), null()]),
        results,
        option::of(prop_oneof![4 => metadata.boxed(), 1 => null().boxed()]),
        unknown(&["request_id", "results", "results_metadata", "status_code"]),
    )
        .prop_flat_map(|(request_id, results, metadata, unknown)| {
            let mut members = present([
                ("request_id", request_id),
                ("results", Some(results)),
                ("results_metadata", metadata),
            ]);
            members.extend(unknown);
            object(members)
        })
}

/// An object with some of the members of `shape`, including the `required` ones, and with
/// unknown members. The `others` are not part of the shape.
fn members(
    shape: Shape,
    required: &'static str,
    others: Vec<BoxedStrategy<Vec<Member>>>,
) -> BoxedStrategy<String> {
    let known: Vec<_> = shape
        .iter()
        .map(|&(name, kind)| {
            if name == required {
                return "[a-z|-]{1,9}"
                    .prop_map(move |id| present([(name, Some(quoted(&id)))]))
                    .boxed();
            }
            let value = prop_oneof![4 => value(kind), 1 => null().boxed()];
            option::weighted(0.7, value)
                .prop_map(move |value| present([(name, value)]))
                .boxed()
        })
        .collect();
    let mut names: Vec<_> = shape.iter().map(|(name, _)| *name).collect();
    names.extend(["request_id", "status_code"]);
    (known, others, unknown(&names))
        .prop_flat_map(|(known, others, unknown)| {
            let mut members: Vec<Member> = known.into_iter().chain(others).flatten().collect();
            members.extend(unknown);
            object(members)
        })
        .boxed()
}

/// Members with any names except these.
fn unknown(known: &[&'static str]) -> impl Strategy<Value = Vec<Member>> + use<> {
    let known = known.to_vec();
    btree_map(any::<String>(), json(), 0..3).prop_flat_map(move |members| {
        let members = members
            .into_iter()
            .filter(|(name, _)| !known.contains(&name.as_str()))
            .map(|(name, value)| (spelled(name), Just(value)));
        members.collect::<Vec<_>>()
    })
}

fn value(kind: Kind) -> BoxedStrategy<String> {
    match kind {
        Kind::Text => text().boxed(),
        Kind::Boolean => any::<bool>().prop_map(|truth| truth.to_string()).boxed(),
        Kind::Json => json().boxed(),
        Kind::Texts => vec(text(), 0..3).prop_map(list).boxed(),
        Kind::Object(shape) => members(shape, "", vec![]),
        Kind::Objects(shape) => vec(members(shape, "", vec![]), 0..3).prop_map(list).boxed(),
    }
}

/// Any JSON value, including numbers of any size and precision.
fn json() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("null".to_owned()),
        Just("true".to_owned()),
        "-?(0|[1-9][0-9]{0,30})(\\.[0-9]{1,20})?([eE][+-]?[0-9]{1,4})?",
        text(),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        let members = btree_map(any::<String>(), inner.clone(), 0..3).prop_map(|members| {
            members
                .into_iter()
                .map(|(name, value)| (quoted(&name), value))
                .collect()
        });
        prop_oneof![
            vec(inner, 0..3).prop_map(list),
            members.prop_flat_map(object),
        ]
    })
}

/// A string.
fn text() -> impl Strategy<Value = String> {
    any::<String>().prop_flat_map(spelled)
}

/// A string as JSON: plain, or with an escape for every character, possibly with unpaired
/// surrogates.
fn spelled(text: String) -> Union<Just<String>> {
    let mut escaped = String::new();
    for unit in text.encode_utf16() {
        write!(escaped, "\\u{unit:04x}").unwrap();
    }
    let torn = format!("\"\\ude00{escaped}\\ud83d\"");
    let escaped = format!("\"{escaped}\"");
    // Rare, because bodies have many strings.
    Union::new_weighted(vec![
        (30, Just(quoted(&text))),
        (30, Just(escaped)),
        (1, Just(torn)),
    ])
}

/// An object of these members, in any order and with any whitespace.
fn object(members: Vec<Member>) -> impl Strategy<Value = String> {
    (Just(members).prop_shuffle(), "[ \t\r\n]{0,2}").prop_map(|(members, space)| {
        let members: Vec<_> = members
            .into_iter()
            .map(|(name, value)| format!("{space}{name}:{space}{value}{space}"))
            .collect();
        format!("{{{}}}", members.join(","))
    })
}

fn present<const N: usize>(members: [(&str, Option<String>); N]) -> Vec<Member> {
    members
        .into_iter()
        .filter_map(|(name, value)| Some((quoted(name), value?)))
        .collect()
}

fn list(items: Vec<String>) -> String {
    format!("[{}]", items.join(", "))
}

fn null() -> Just<String> {
    Just("null".to_owned())
}

fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap()
}
