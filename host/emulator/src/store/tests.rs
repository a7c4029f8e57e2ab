use serde_json::{Value, json};

use super::*;

fn user(id: &str, external_id: Option<&str>) -> User {
    User {
        external_id: external_id.map(str::to_owned),
        ..User::new(id)
    }
}

#[test]
fn finds_users_by_either_id_until_it_changes() {
    let mut store = Store::new([user("u1", Some("one")), user("u2", None)]).unwrap();
    let (position, found) = store.find("one").unwrap();
    assert_eq!(found.user_id, "u1");
    store.replace(position, user("u1", Some("uno")));
    assert!(store.find("one").is_none());
    assert_eq!(store.find("uno").unwrap().0, position);
    store.remove(position);
    assert!(store.find("u1").is_none());
    store.add(user("u3", None));
    assert_eq!(store.find("u3").unwrap().0, 3);
}

#[test]
fn rejects_duplicate_ids() {
    for (users, member) in [
        ([user("u1", None), user("u1", None)], "user_id"),
        (
            [user("u1", Some("x")), user("u2", Some("x"))],
            "external_id",
        ),
        ([user("u1", Some("u2")), user("u2", None)], "external_id"),
        ([user("u1", None), user("u2", Some("u1"))], "user_id"),
    ] {
        let error = Store::new(users).unwrap_err();
        assert!(matches!(error, Error::Duplicate { member: m, .. } if m == member));
    }
}

#[test]
fn totals_follow_every_change() {
    let mut store = Store::new([user("u1", None), user("u2", None)]).unwrap();
    let query = Query::parse(&json!({"operator": "AND", "operands": [
        {"filter_name": "status", "filter_value": "pending"}]}))
    .unwrap();
    assert_eq!(store.total(&query), 0);
    let pending = User {
        status: "pending".into(),
        ..User::new("u1")
    };
    store.replace(1, pending);
    assert_eq!(store.total(&query), 1);
    store.remove(1);
    assert_eq!(store.total(&query), 0);
    assert_eq!(store.total(&Query::default()), 1);
}

#[test]
fn a_query_by_keys_finds_what_a_scan_finds() {
    let store = Store::new(crate::seed::users(1, 60)).unwrap();
    let phone = json!({"filter_name": "phone_number", "filter_value": ["+12025550101"]});
    let emails = [
        "MEMBER@nowhere.example",
        "ADA@example.com",
        "zoe@example.org",
    ];
    let emails = json!({"filter_name": "email_address", "filter_value": emails});
    let ids = json!({"filter_name": "user_id", "filter_value": ["auth0|5f7c8ec7", "x"]});
    let find = |operator: &str, operands: &[&Value], after| {
        let query = json!({"operator": operator, "operands": operands});
        let query = Query::parse(&query).unwrap();
        let found = store.matching(&query, after).unwrap();
        let found: Vec<_> = found.map(|found| found.0).collect();
        // Seeded users are added in order of creation time.
        let scan = (1..after.unwrap_or(61)).rev();
        let scan = scan.filter(|&at| store.at(at).is_some_and(|u| query.matches(u)));
        assert_eq!(found, scan.collect::<Vec<_>>());
        found
    };
    assert_eq!(find("AND", &[&emails], None), [14, 1]);
    assert_eq!(find("AND", &[&emails], Some(14)), [1]);
    assert_eq!(find("AND", &[&emails, &phone], None), [1]);
    assert_eq!(find("AND", &[&ids, &phone], None), [0; 0]);
    assert_eq!(find("OR", &[&ids, &phone], None), [14, 1]);
}

#[test]
fn newest_users_come_first_whenever_they_were_added() {
    let at = |id: &str, created_at: Option<&str>| User {
        created_at: created_at.map(|text| text.parse().unwrap()),
        ..User::new(id)
    };
    let (one, two) = (Some("2024-01-01T00:00:00Z"), Some("2024-01-01T00:00:00.5Z"));
    let mut store = Store::new([
        at("unknown", None),
        at("newest", Some("2030-01-01T00:00:00Z")),
        at("old", one),
        at("new", two),
        at("unknown too", None),
    ])
    .unwrap();
    let list = |store: &Store, query: Value, after: Option<u64>| {
        let query = Query::parse(&query).unwrap();
        let found = store.matching(&query, after).unwrap();
        found
            .map(|(_, user)| user.user_id.clone())
            .collect::<Vec<_>>()
    };
    let all = || json!({});
    let expected = ["newest", "new", "old", "unknown too", "unknown"];
    assert_eq!(list(&store, all(), None), expected);
    store.add(at("new too", two));
    let (new, _) = store.find("new").unwrap();
    assert_eq!(list(&store, all(), None)[..2], ["newest", "new too"]);
    // A deleted user keeps its rank, and a user added before it does not affect what follows.
    store.remove(new);
    store.add(at("newer still", Some("2031-01-01T00:00:00Z")));
    assert_eq!(list(&store, all(), Some(new)), expected[2..]);
    let ids = json!({"operator": "AND", "operands": [{"filter_name": "user_id",
        "filter_value": ["unknown", "old", "newest", "new too"]}]});
    assert_eq!(
        list(&store, ids.clone(), None),
        ["newest", "new too", "old", "unknown"]
    );
    assert_eq!(list(&store, ids, Some(new)), ["old", "unknown"]);
    assert!(store.matching(&Query::default(), Some(99)).is_none());
}
