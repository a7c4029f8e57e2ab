//! Users are printed as Stytch sent them.

use crate::{Served, json, succeeded};
use serde_json::Value;

#[test]
fn every_seeded_user_is_printed_as_sent() {
    let served = Served::start(&[]);
    let page = json(&served.run(&["search-users", "--limit", "1000"]));
    let users = page["results"].as_array().unwrap();
    assert_eq!(users.len(), 200);
    for chunk in users.chunks(50) {
        let ids: Vec<_> = chunk
            .iter()
            .map(|user| user["user_id"].as_str().unwrap())
            .collect();
        let args = [&["retrieve-user", "--output", "json"], &ids[..]].concat();
        let printed = json(&served.run(&args));
        let printed = printed.as_array().unwrap();
        assert_eq!(printed.len(), ids.len());
        for ((id, user), found) in ids.iter().zip(printed).zip(chunk) {
            let mut sent: Value =
                serde_json::from_str(&served.get(&format!("/v1/users/{id}"))).unwrap();
            let answer = sent.as_object_mut().unwrap();
            assert_eq!(answer.remove("status_code"), Some(200.into()));
            assert!(answer.remove("request_id").is_some());
            assert_eq!(*user, sent);
            assert_eq!(*found, sent);
        }
    }
}

#[test]
fn the_json_of_a_user_is_the_servers_text() {
    let served = Served::start(&[]);
    // A JSON line is the text of the response without its first two members, so the order
    // of members and the spelling of numbers are kept.
    let page = served.run(&["search-users", "--limit", "1000", "--output", "jsonl"]);
    for line in succeeded(&page).lines() {
        let user: Value = serde_json::from_str(line).unwrap();
        let sent = served.get(&format!("/v1/users/{}", user["user_id"].as_str().unwrap()));
        let (_, members) = sent.split_once("\"user_id\":").unwrap();
        assert_eq!(line, format!("{{\"user_id\":{}", members.trim_end()));
    }
}

#[test]
fn an_external_id_finds_its_user() {
    let served = Served::start(&[]);
    let page = json(&served.run(&["search-users", "--limit", "1000"]));
    let users = page["results"].as_array().unwrap().iter();
    let mut found = 0;
    for user in users.filter(|user| user["external_id"].is_string()) {
        let id = user["external_id"].as_str().unwrap();
        assert_eq!(json(&served.run(&["retrieve-user", id])), *user);
        found += 1;
    }
    assert!(found > 0);
}

#[test]
fn unknown_members_are_printed() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("users.json");
    let text = r#"{"user_id":"u","shoe":{"size":1.50e1},"name":{"title":"Dr"},"totps":[{"totp_id":"t","issuer":"x"}]}"#;
    std::fs::write(&file, text).unwrap();
    let served = Served::start(&["--load", file.to_str().unwrap()]);
    let user = json(&served.run(&["retrieve-user", "u"]));
    assert_eq!(user["shoe"]["size"], 15.0);
    assert_eq!(user["name"]["title"], "Dr");
    assert_eq!(user["totps"][0]["issuer"], "x");
}
