//! Input is sent if it fits the schema, and rejected if it does not.

use super::{fits, input, pointers};
use crate::properties::{runner, runtime, searches, server_with};
use crate::{credential, plugin};
use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::{Value, json};
use stytch_host::json::{nothing_from_json, search_request_from_json, user_id_from_json};
use stytch_host::types::{self, SearchRequest};
use stytch_host::{Call, Error};

/// Whether the component would send a request for a call instead of rejecting its input.
async fn is_sent(call: Call<'_>) -> bool {
    let credential = credential("http://127.0.0.1:9");
    match plugin().dry_run(&credential, call).await {
        Ok(_) => true,
        Err(Error::Plugin {
            error: types::Error::InvalidInput(_),
            ..
        }) => false,
        Err(other) => panic!("{other:?}"),
    }
}

async fn takes_search(json: &str) -> bool {
    match search_request_from_json(json) {
        Ok(request) => is_sent(Call::SearchUsers(&request)).await,
        Err(_) => false,
    }
}

async fn takes_user_id(json: &str) -> bool {
    match user_id_from_json(json) {
        Ok(user_id) => is_sent(Call::RetrieveUser(&user_id)).await,
        Err(_) => false,
    }
}

#[test]
fn a_valid_search_fits_and_is_sent() {
    let runtime = runtime();
    let (server, credential) = server_with(r#"{"results":[]}"#);
    let request_fits = fits(input("search-users"));
    let property = |request: SearchRequest| {
        let sent = runtime.block_on(plugin().search_users(&credential, &request));
        sent.unwrap();
        let request = server.request();
        let (_, body) = request.split_once("\r\n\r\n").unwrap();
        let body: Value = serde_json::from_str(body).unwrap();
        prop_assert_eq!(request_fits(&body), Ok(()), "{}", body);
        Ok(())
    };
    runner(128).run(&searches::search(), property).unwrap();
}

const TIME: &str = "2024-02-29t23:59:60.123456789012+01:00";

/// A change to a JSON document: one of its values replaced, or a member added or
/// removed.
#[derive(Debug, Clone)]
enum Change {
    Replace(Index, Value),
    Add(Index, String, Value),
    Remove(Index, Index),
}

impl Change {
    fn apply(&self, document: &mut Value) {
        let mut places = Vec::new();
        pointers(document, String::new(), &mut places);
        let at = |index: &Index| index.get(&places).as_str();
        match self {
            Self::Replace(index, value) => {
                *document.pointer_mut(at(index)).unwrap() = value.clone();
            }
            Self::Add(index, name, value) => {
                let place = document.pointer_mut(at(index)).unwrap();
                match place {
                    Value::Object(members) => {
                        members.insert(name.clone(), value.clone());
                    }
                    Value::Array(items) => items.push(value.clone()),
                    _ => {}
                }
            }
            Self::Remove(index, member) => {
                if let Value::Object(members) = document.pointer_mut(at(index)).unwrap()
                    && !members.is_empty()
                {
                    let names: Vec<_> = members.keys().cloned().collect();
                    members.remove(member.get(&names));
                }
            }
        }
    }
}

/// Values that are valid somewhere, or nearly.
fn values() -> impl Strategy<Value = Value> {
    let filters = stytch_host::json::FILTER_NAMES.to_vec();
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        prop_oneof![Just(0), Just(1), Just(1000), Just(1001), any::<i64>()].prop_map(Value::from),
        prop_oneof![Just(5.0), Just(5.5), Just(1e3), Just(1e300), Just(-1.0)].prop_map(Value::from),
        prop_oneof![
            Just("AND"),
            Just("OR"),
            Just("and"),
            Just(""),
            Just("a\u{1}"),
            Just("\u{9f}")
        ]
        .prop_map(Value::from),
        proptest::sample::select(filters).prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        prop_oneof![
            Just(json!([])),
            Just(json!({})),
            Just(json!(["a"])),
            Just(json!(["a", 1])),
            Just(json!(["\n"])),
            Just(Value::from(TIME)),
            Just(json!({"greater_than": TIME, "less_than": TIME})),
            Just(json!({"greater_than": TIME, "less_than": "20240101T000000Z"})),
            Just(json!({"greater_than": TIME, "less_than": TIME, "x": 1})),
            Just(json!({"operator": "AND", "operands": null})),
            Just(json!({"filter_name": "status", "filter_value": "active"})),
            Just(json!({"filter_name": "new", "filter_value": null})),
            Just(json!({"filter_name": "new"})),
        ],
    ]
}

fn changes() -> impl Strategy<Value = Vec<Change>> {
    let name = prop_oneof![
        Just("limit".to_owned()),
        Just("cursor".to_owned()),
        Just("operands".to_owned()),
        Just("filter_value".to_owned()),
        Just("user_id".to_owned()),
        "[a-z]{1,3}"
    ];
    let change = prop_oneof![
        4 => (any::<Index>(), values()).prop_map(|(at, value)| Change::Replace(at, value)),
        1 => (any::<Index>(), name, values())
            .prop_map(|(at, name, value)| Change::Add(at, name, value)),
        1 => (any::<Index>(), any::<Index>()).prop_map(|(at, name)| Change::Remove(at, name)),
    ];
    proptest::collection::vec(change, 1..3)
}

/// A search with every kind of filter.
fn search_of_all() -> Value {
    json!({
        "limit": 10, "cursor": "c",
        "query": {"operator": "OR", "operands": [
            {"filter_name": "status", "filter_value": "active"},
            {"filter_name": "created_at_greater_than", "filter_value": "2021-12-29T12:33:09Z"},
            {"filter_name": "created_at_between",
             "filter_value": {"greater_than": TIME, "less_than": TIME}},
            {"filter_name": "user_id", "filter_value": ["a", "b"]},
            {"filter_name": "password_exists", "filter_value": true},
            {"filter_name": "new", "filter_value": {"any": [1, null]}},
        ]},
    })
}

#[test]
fn input_is_sent_if_and_only_if_it_fits() {
    let runtime = runtime();
    let request_fits = fits(input("search-users"));
    request_fits(&search_of_all()).unwrap();
    let (mut right, mut wrong) = (0, 0);
    let property = |changes: Vec<Change>| {
        let mut document = search_of_all();
        for change in changes {
            change.apply(&mut document);
        }
        let verdict = request_fits(&document);
        let is_taken = runtime.block_on(takes_search(&document.to_string()));
        prop_assert_eq!(is_taken, verdict.is_ok(), "{} {:?}", document, verdict);
        Ok(())
    };
    // Both cases must be frequent enough to be meaningful.
    let mut runner = runner(1);
    for _ in 0..1500 {
        let changes = changes().new_tree(&mut runner).unwrap();
        let changes = proptest::strategy::ValueTree::current(&changes);
        let mut document = search_of_all();
        for change in &changes {
            change.apply(&mut document);
        }
        match request_fits(&document) {
            Ok(()) => right += 1,
            Err(_) => wrong += 1,
        }
        property(changes).unwrap();
    }
    assert!(right > 100 && wrong > 100, "{right} right, {wrong} wrong");
}

#[test]
fn user_ids_are_sent_if_and_only_if_they_fit() {
    let runtime = runtime();
    let input_fits = fits(input("retrieve-user"));
    let ids = prop_oneof![
        "[A-Za-z0-9._|-]{0,4}",
        "[A-Za-z0-9._|-]{126,130}",
        "[A-Z/%.~ é\n]{1,3}",
        any::<String>(),
    ]
    .prop_map(|user_id| json!({ "user_id": user_id }));
    let others = values().prop_map(|value| json!({ "user_id": value }));
    let more = values().prop_map(|value| json!({ "user_id": "u", "x": value }));
    let inputs = prop_oneof![4 => ids, 1 => others, 1 => more, 1 => values()];
    let property = |input: Value| {
        let verdict = input_fits(&input);
        let is_taken = runtime.block_on(takes_user_id(&input.to_string()));
        prop_assert_eq!(is_taken, verdict.is_ok(), "{} {:?}", input, verdict);
        Ok(())
    };
    runner(800).run(&inputs, property).unwrap();
}

#[test]
fn a_check_accepts_only_an_empty_object() {
    let input_fits = fits(input("check"));
    let property = |input: Value| {
        let is_taken = nothing_from_json(&input.to_string()).is_ok();
        prop_assert_eq!(is_taken, input_fits(&input).is_ok(), "{}", input);
        Ok(())
    };
    runner(200).run(&values(), property).unwrap();
    input_fits(&json!({})).unwrap();
}
