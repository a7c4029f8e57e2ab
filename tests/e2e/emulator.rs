//! The component against the emulator: results through the sandbox equal the data of the
//! server.

use crate::{emulated, plugin};
use serde_json::{Value, json};
use std::collections::HashSet;
use stytch_emulator::{Chaos, Emulator, Options, PROJECT_ID, SECRET};
use stytch_host::json::search_request_from_json;
use stytch_host::types::SearchRequest;
use stytch_host::{Credential, Secret};
use stytch_testkit::http_call;

/// The same request without the sandbox, over a plain socket.
async fn direct(emulator: &Emulator, method: &str, path: &str, body: &str) -> Value {
    let (address, method, path, body) = (
        emulator.address(),
        method.to_owned(),
        path.to_owned(),
        body.to_owned(),
    );
    let answer = tokio::task::spawn_blocking(move || {
        http_call(address, &method, &path, (PROJECT_ID, SECRET), &body)
    });
    serde_json::from_str(&answer.await.unwrap()).unwrap()
}

fn without_envelope(mut answer: Value) -> Value {
    let members = answer.as_object_mut().unwrap();
    members.remove("status_code").unwrap();
    members.remove("request_id").unwrap();
    answer
}

#[tokio::test]
async fn every_user_is_returned_as_stytch_sent_it() {
    let (emulator, credential) = emulated(Options::default()).await;
    let mut request = SearchRequest {
        query: None,
        limit: Some(1000),
        cursor: None,
    };
    request.limit = Some(1000);
    let page = plugin().search_users(&credential, &request).await.unwrap();
    assert_eq!(
        (page.users.len(), page.total, page.next_cursor),
        (200, Some(200), None)
    );
    for user in &page.users {
        let path = format!("/v1/users/{}", user.user_id);
        let expected = without_envelope(direct(&emulator, "GET", &path, "").await);
        assert_eq!(serde_json::to_value(user).unwrap(), expected);
        let retrieved = plugin()
            .retrieve_user(&credential, &user.user_id)
            .await
            .unwrap();
        assert_eq!(serde_json::to_value(&retrieved.user).unwrap(), expected);
        assert!(
            retrieved
                .request_id
                .unwrap()
                .starts_with("request-id-test-")
        );
    }
}

#[tokio::test]
async fn external_ids_find_their_users() {
    let (_emulator, credential) = emulated(Options::default()).await;
    let everyone = SearchRequest {
        query: None,
        limit: Some(1000),
        cursor: None,
    };
    let page = plugin().search_users(&credential, &everyone).await.unwrap();
    let mut alphabet = HashSet::new();
    for user in page.users {
        let Some(external_id) = user.external_id else {
            continue;
        };
        alphabet.extend(external_id.chars().filter(|c| !c.is_alphanumeric()));
        let found = plugin()
            .retrieve_user(&credential, &external_id)
            .await
            .unwrap();
        assert_eq!(found.user.user_id, user.user_id);
    }
    assert_eq!(alphabet, HashSet::from(['|', '.', '_', '-']));
}

/// Searches through the component and over a plain socket find the same.
#[tokio::test]
async fn every_filter_finds_the_same_users_as_without_the_sandbox() {
    let (emulator, credential) = emulated(Options::default()).await;
    let everyone = direct(&emulator, "POST", "/v1/users/search", r#"{"limit":1000}"#).await;
    let users = everyone["results"].as_array().unwrap();
    // The first value of each kind among the users.
    let first = |list: &str, member: &str| {
        let mut values = users.iter().flat_map(|user| user[list].as_array().unwrap());
        values.find(|value| value[member] != "").unwrap()[member].clone()
    };
    let filters = [
        ("created_at_greater_than", json!("2024-01-01T00:00:00Z")),
        ("created_at_less_than", json!("2024-01-01T00:00:00Z")),
        (
            "created_at_between",
            json!({"greater_than": "2022-01-01T00:00:00Z", "less_than": "2024-01-01T00:00:00Z"}),
        ),
        ("status", json!("pending")),
        ("user_id", json!([users[3]["user_id"], users[9]["user_id"]])),
        ("full_name_fuzzy", json!("Zoë")),
        (
            "phone_number",
            json!([first("phone_numbers", "phone_number")]),
        ),
        ("phone_number_fuzzy", json!("555")),
        ("phone_id", json!([first("phone_numbers", "phone_id")])),
        ("phone_verified", json!(false)),
        ("email_address", json!([first("emails", "email")])),
        ("email_address_fuzzy", json!("example")),
        ("email_id", json!([first("emails", "email_id")])),
        ("email_verified", json!(true)),
        ("oauth_provider", json!(["Google", "GitHub"])),
        (
            "webauthn_registration_id",
            json!([first("webauthn_registrations", "webauthn_registration_id")]),
        ),
        ("webauthn_registration_verified", json!(true)),
        (
            "crypto_wallet_id",
            json!([first("crypto_wallets", "crypto_wallet_id")]),
        ),
        (
            "crypto_wallet_address",
            json!([first("crypto_wallets", "crypto_wallet_address")]),
        ),
        ("crypto_wallet_verified", json!(true)),
        ("totp_id", json!([first("totps", "totp_id")])),
        ("totp_verified", json!(true)),
        ("password_exists", json!(false)),
    ];
    assert_eq!(filters.len(), 23);
    let mut found = HashSet::new();
    for operator in ["AND", "OR"] {
        for (name, value) in &filters {
            let operands = json!([
                {"filter_name": name, "filter_value": value},
                {"filter_name": "status", "filter_value": "pending"},
            ]);
            let body =
                json!({"limit": 1000, "query": {"operator": operator, "operands": operands}});
            let body = body.to_string();
            let mut expected = direct(&emulator, "POST", "/v1/users/search", &body).await;
            let request = search_request_from_json(&body).unwrap();
            let page = plugin().search_users(&credential, &request).await.unwrap();
            let mut page = serde_json::to_value(&page).unwrap();
            page.as_object_mut().unwrap().remove("request_id");
            expected = without_envelope(expected);
            assert_eq!(page, expected, "{operator} {name}");
            if operator == "OR" && !page["results"].as_array().unwrap().is_empty() {
                found.insert(*name);
            }
        }
    }
    assert_eq!(found.len(), 23, "each filter finds somebody");
}

#[tokio::test]
async fn pages_follow_each_other_to_the_end() {
    let (_emulator, credential) = emulated(Options::default()).await;
    let mut request = SearchRequest {
        query: None,
        limit: Some(17),
        cursor: None,
    };
    let mut ids = HashSet::new();
    let mut pages = 0;
    loop {
        let page = plugin().search_users(&credential, &request).await.unwrap();
        pages += 1;
        ids.extend(page.users.into_iter().map(|user| user.user_id));
        assert_eq!(page.total, Some(200));
        match page.next_cursor {
            Some(cursor) => request.cursor = Some(cursor),
            None => break,
        }
    }
    assert_eq!((ids.len(), pages), (200, 12));
}

#[tokio::test]
async fn a_cursor_of_another_query_is_rejected() {
    let (_emulator, credential) = emulated(Options::default()).await;
    let first = search_request_from_json(r#"{"limit":5}"#).unwrap();
    let page = plugin().search_users(&credential, &first).await.unwrap();
    let other = json!({
        "cursor": page.next_cursor,
        "query": {"operator": "AND", "operands": [{"filter_name": "status", "filter_value": "active"}]},
    });
    let other = search_request_from_json(&other.to_string()).unwrap();
    let error = plugin()
        .search_users(&credential, &other)
        .await
        .unwrap_err();
    assert_eq!(error.code(), "rejected");
    let api = error.api_error().unwrap();
    assert_eq!(
        api.error_type.as_deref(),
        Some("user_search_invalid_cursor")
    );
}

#[tokio::test]
async fn an_unknown_filter_is_passed_to_stytch() {
    let (_emulator, credential) = emulated(Options::default()).await;
    let request = search_request_from_json(
        r#"{"query":{"operator":"AND","operands":[{"filter_name":"shoe_size","filter_value":[43]}]}}"#,
    )
    .unwrap();
    let error = plugin()
        .search_users(&credential, &request)
        .await
        .unwrap_err();
    let api = error.api_error().unwrap();
    assert_eq!(
        api.error_type.as_deref(),
        Some("user_search_filter_name_not_recognized")
    );
}

#[tokio::test]
async fn stytchs_errors_keep_their_details() {
    let (emulator, credential) = emulated(Options::default()).await;
    let error = plugin()
        .retrieve_user(&credential, "nobody")
        .await
        .unwrap_err();
    assert!(error.is_not_found());
    let api = error.api_error().unwrap();
    assert_eq!(api.status, 404);
    assert_eq!(api.error_type.as_deref(), Some("user_not_found"));
    assert!(
        api.request_id
            .as_deref()
            .unwrap()
            .starts_with("request-id-test-")
    );
    assert!(
        api.error_url
            .as_deref()
            .unwrap()
            .ends_with("404#user_not_found")
    );

    let wrong = Credential::new(PROJECT_ID, Secret::new("secret-test-wrong".into()))
        .with_base_url(&emulator.base_url())
        .unwrap();
    let error = plugin().check(&wrong).await.unwrap_err();
    assert_eq!(error.code(), "unauthorized");
    let api = error.api_error().unwrap();
    assert_eq!(api.error_type.as_deref(), Some("unauthorized_credentials"));
}

#[tokio::test]
async fn a_valid_credential_is_reported() {
    let (emulator, credential) = emulated(Options::default()).await;
    let report = plugin().check(&credential).await.unwrap();
    assert_eq!(report.base_url, emulator.base_url());
    assert!(report.request_id.is_some());
    assert_eq!(emulator.requests(), 1);
}

#[tokio::test]
async fn one_call_is_one_request_and_calls_share_connections() {
    let (emulator, credential) = emulated(Options::default()).await;
    for _ in 0..50 {
        plugin().check(&credential).await.unwrap();
    }
    assert_eq!(emulator.requests(), 50);
    assert!(
        emulator.connections() <= 2,
        "{} connections",
        emulator.connections()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_calls_get_their_own_responses() {
    let (_emulator, credential) = emulated(Options::default()).await;
    let everyone = SearchRequest {
        query: None,
        limit: Some(200),
        cursor: None,
    };
    let users = plugin()
        .search_users(&credential, &everyone)
        .await
        .unwrap()
        .users;
    let mut calls = tokio::task::JoinSet::new();
    for user in users {
        let (plugin, credential) = (plugin(), credential.clone());
        calls.spawn(async move {
            let found = plugin
                .retrieve_user(&credential, &user.user_id)
                .await
                .unwrap();
            assert_eq!(found.user.user_id, user.user_id);
        });
    }
    calls.join_all().await;
}

#[tokio::test]
async fn chaos_reaches_the_caller_as_typed_errors() {
    for (spec, code) in [
        ("429@1", "rate_limited"),
        ("500@1", "unavailable"),
        ("502@1", "unavailable"),
        ("reset@headers@1", "unreachable"),
        ("reset@body@1", "unreachable"),
        ("truncate@1", "unreachable"),
        ("garbage@1", "unreachable"),
    ] {
        let chaos: Chaos = spec.parse().unwrap();
        let (_emulator, credential) = emulated(Options::default().chaos(chaos)).await;
        let error = plugin().check(&credential).await.unwrap_err();
        assert_eq!(error.code(), code, "{spec}: {error}");
        // A plugin that does not know yet that it should wait.
        let other = crate::builder().build().unwrap();
        other.check(&credential).await.unwrap();
    }
}
