use std::collections::HashSet;

use serde_json::json;

use super::*;
use crate::test_client::{Connection, start};

/// Returns the user IDs on all pages of a search. `between` runs after each page but the last.
async fn all_pages(
    connection: &mut Connection,
    search: &Value,
    mut between: impl AsyncFnMut(&mut Connection, usize),
) -> Vec<Vec<String>> {
    let mut pages = Vec::new();
    let mut search = search.clone();
    loop {
        let body = search.to_string();
        let (status, page) = connection.call("POST", "/v1/users/search", &body).await;
        assert_eq!(status, 200, "{page}");
        let results = page["results"].as_array().unwrap();
        let ids = results
            .iter()
            .map(|user| user["user_id"].as_str().unwrap().to_owned());
        pages.push(ids.collect());
        search["cursor"] = page["results_metadata"]["next_cursor"].clone();
        if search["cursor"].is_null() {
            return pages;
        }
        between(connection, pages.len()).await;
    }
}

#[tokio::test]
async fn creates_searches_updates_retrieves_and_deletes_a_user() {
    let emulator = start(Options::default()).await;
    let mut connection = Connection::open(&emulator).await;
    let body = json!({
        "email": "New.User@example.com", "phone_number": "+12025550199", "external_id": "crm|42",
        "name": {"first_name": "New"}, "create_user_as_pending": true, "roles": ["editor"],
        "trusted_metadata": {"a": 1, "gone": null}, "attributes": {"ip_address": "x"},
    });
    let (status, created) = connection
        .call("POST", "/v1/users", &body.to_string())
        .await;
    assert_eq!(
        (status, &created["status_code"]),
        (201, &json!(201)),
        "{created}"
    );
    let user = &created["user"];
    assert_eq!(created["email_id"], user["emails"][0]["email_id"]);
    assert_eq!(created["phone_id"], user["phone_numbers"][0]["phone_id"]);
    assert_eq!(created["status"], "pending");
    assert_eq!(
        user["name"],
        json!({"first_name": "New", "middle_name": "", "last_name": ""})
    );
    assert_eq!(user["trusted_metadata"], json!({"a": 1}));
    assert_eq!(user["emails"][0]["verified"], json!(false));
    assert_eq!(user["roles"], json!(["stytch_user", "editor"]));
    assert_eq!(user.as_object().unwrap().len(), 19);

    let operand = json!({"filter_name": "user_id", "filter_value": ["crm|42"]});
    let search = json!({"query": {"operator": "AND", "operands": [operand]}});
    let (_, page) = connection
        .call("POST", "/v1/users/search", &search.to_string())
        .await;
    assert_eq!(page["results"], json!([user]));
    assert_eq!(
        page["results_metadata"],
        json!({"total": 1, "next_cursor": null})
    );

    let body = json!({"name": {"last_name": "Er", "first_name": null}, "external_id": "crm|43",
        "trusted_metadata": {"a": null, "b": {}}, "untrusted_metadata": {"x": 1}, "roles": []});
    let (status, updated) = connection
        .call("PUT", "/v1/users/crm%7C42", &body.to_string())
        .await;
    assert_eq!(status, 200, "{updated}");
    assert_eq!(updated["emails"], user["emails"]);
    assert_eq!(
        connection.call("GET", "/v1/users/crm%7C42", "").await.0,
        404
    );

    let (status, mut got) = connection.call("GET", "/v1/users/crm%7C43", "{}").await;
    assert_eq!((status, &got["status_code"]), (200, &json!(200)));
    assert_eq!(
        got["name"],
        json!({"first_name": "New", "middle_name": "", "last_name": "Er"})
    );
    assert_eq!(got["trusted_metadata"], json!({"b": {}}));
    assert_eq!(got["roles"], json!(["stytch_user"]));
    let members = got.as_object_mut().unwrap();
    members.retain(|member, _| member != "status_code" && member != "request_id");
    assert_eq!(got, updated["user"]);

    let target = format!("/v1/users/{}", user["user_id"].as_str().unwrap());
    let (status, deleted) = connection.call("DELETE", &target, "").await;
    assert_eq!((status, &deleted["user_id"]), (200, &user["user_id"]));
    for method in ["GET", "PUT", "DELETE"] {
        let (status, error) = connection.call(method, &target, "").await;
        assert_eq!(
            (status, &error["error_type"]),
            (404, &json!("user_not_found")),
            "{method}"
        );
    }
}

#[tokio::test]
async fn each_invalid_create_or_update_gets_its_error() {
    let emulator = start(Options::default()).await;
    let mut connection = Connection::open(&emulator).await;
    let many: Map<String, Value> = (0..21).map(|i| (format!("k{i}"), json!(0))).collect();
    for (member, expected) in [
        (json!({}), "invalid_create_user_request"),
        (json!({"email": "nobody"}), "invalid_email"),
        (json!({"email": "a b@example.com"}), "invalid_email"),
        (json!({"email": 7}), "bad_request"),
        (json!({"email": "ADA@example.com"}), "duplicate_email"),
        (
            json!({"phone_number": "2025550101"}),
            "invalid_phone_number",
        ),
        (
            json!({"phone_number": "+12025550101"}),
            "duplicate_phone_number",
        ),
        (
            json!({"email": "x@example.com", "external_id": "a/b"}),
            "invalid_request_value",
        ),
        (
            json!({"email": "x@example.com", "external_id": "ada.lovelace"}),
            "duplicate_user_external_id",
        ),
        (
            json!({"email": "x@example.com", "name": "X"}),
            "bad_request",
        ),
        (
            json!({"email": "x@example.com", "roles": "admin"}),
            "bad_request",
        ),
        (
            json!({"email": "x@example.com", "create_user_as_pending": 1}),
            "bad_request",
        ),
        (
            json!({"email": "x@example.com", "trusted_metadata": []}),
            "metadata_invalid_format",
        ),
        (
            json!({"email": "x@example.com", "trusted_metadata": many}),
            "metadata_too_many_keys",
        ),
    ] {
        let (status, error) = connection
            .call("POST", "/v1/users", &member.to_string())
            .await;
        assert_eq!(
            (status, &error["error_type"]),
            (400, &json!(expected)),
            "{member}"
        );
    }
    for (member, expected) in [
        (
            json!({"external_id": "ada.lovelace"}),
            (400, json!("duplicate_user_external_id")),
        ),
        (
            json!({"untrusted_metadata": many}),
            (400, json!("metadata_too_many_keys")),
        ),
        (json!({"external_id": "grace_hopper"}), (200, Value::Null)),
    ] {
        let response = connection
            .call("PUT", "/v1/users/grace_hopper", &member.to_string())
            .await;
        assert_eq!(
            (response.0, response.1["error_type"].clone()),
            expected,
            "{member}"
        );
    }
}

#[tokio::test]
async fn pages_cover_a_query_exactly_once_for_any_limit() {
    let emulator = start(Options::default().users(250)).await;
    let mut connection = Connection::open(&emulator).await;
    let query = json!({"operator": "AND", "operands": [
        {"filter_name": "status", "filter_value": "active"}]});
    for query in [Value::Null, query] {
        let mut results = Vec::new();
        for limit in [7, 100, 1000] {
            let search = json!({"limit": limit, "query": query});
            let pages = all_pages(&mut connection, &search, async |_, _| {}).await;
            assert!(pages.iter().rev().skip(1).all(|page| page.len() == limit));
            results.push(pages.concat());
        }
        assert!(results.windows(2).all(|pair| pair[0] == pair[1]));
        assert!(results[0].len() > 200);
    }
}

#[tokio::test]
async fn paging_is_stable_while_users_are_created_and_deleted() {
    let emulator = start(Options::default().users(30)).await;
    let mut connection = Connection::open(&emulator).await;
    let whole = all_pages(&mut connection, &json!({"limit": 1000}), async |_, _| {})
        .await
        .concat();
    let mut deleted: Vec<String> = Vec::new();
    let pages = all_pages(
        &mut connection,
        &json!({"limit": 10}),
        async |connection, page| {
            // Delete the last user seen and one still to come, and create a user.
            for index in [page * 10 - 1, page * 10 + 3] {
                let id = &whole[index];
                assert_eq!(
                    connection
                        .call("DELETE", &format!("/v1/users/{id}"), "")
                        .await
                        .0,
                    200
                );
                deleted.extend((index % 10 == 3).then(|| id.clone()));
            }
            let body = json!({"email": format!("new{page}@example.com")}).to_string();
            assert_eq!(connection.call("POST", "/v1/users", &body).await.0, 201);
        },
    )
    .await
    .concat();
    // The order of the new users depends on the clock.
    let old: Vec<_> = pages.iter().filter(|id| whole.contains(id)).collect();
    let expected: Vec<_> = whole.iter().filter(|id| !deleted.contains(id)).collect();
    assert_eq!(old, expected);
    let different: HashSet<_> = pages.iter().collect();
    assert_eq!(different.len(), pages.len());
}

#[tokio::test]
async fn rejects_a_cursor_of_another_query() {
    let emulator = start(Options::default().users(30)).await;
    let mut connection = Connection::open(&emulator).await;
    let (_, page) = connection
        .call("POST", "/v1/users/search", r#"{"limit": 1}"#)
        .await;
    let cursor = &page["results_metadata"]["next_cursor"];
    let query = json!({"operator": "AND", "operands": [
        {"filter_name": "password_exists", "filter_value": true}]});
    for (body, expected) in [
        (json!({"cursor": cursor, "limit": 50}), 200),
        (json!({"cursor": cursor, "query": query}), 400),
        (
            json!({"cursor": format!("{}A", cursor.as_str().unwrap())}),
            400,
        ),
    ] {
        let (status, response) = connection
            .call("POST", "/v1/users/search", &body.to_string())
            .await;
        assert_eq!(status, expected, "{response}");
        if expected == 400 {
            assert_eq!(response["error_type"], "user_search_invalid_cursor");
        }
    }
}

#[tokio::test]
async fn the_same_seed_and_requests_produce_the_same_ids() {
    let mut seen = Vec::new();
    for _ in 0..2 {
        let emulator = start(Options::default().seed(3)).await;
        let mut connection = Connection::open(&emulator).await;
        let body = r#"{"email": "x@example.com"}"#;
        let (_, mut created) = connection.call("POST", "/v1/users", body).await;
        created["user"]["created_at"] = Value::Null;
        let (_, page) = connection.call("POST", "/v1/users/search", "{}").await;
        assert!(
            page["request_id"]
                .as_str()
                .unwrap()
                .starts_with("request-id-test-")
        );
        assert_ne!(page["request_id"], created["request_id"]);
        seen.push((created, page));
    }
    assert_eq!(seen[0], seen[1]);
}

/// Returns the error type of a response with this status.
fn expect_error((found, mut response): (u16, Value), status: u16) -> Value {
    assert_eq!(found, status, "{response}");
    response["error_type"].take()
}

#[tokio::test]
async fn deletes_each_factor_by_its_id() {
    let emulator = start(Options::default()).await;
    let mut connection = Connection::open(&emulator).await;
    let (_, ada) = connection.call("GET", "/v1/users/ada.lovelace", "").await;
    let mut left = 19 + 2;
    for (segment, list, id, error_type) in [
        ("emails", "emails", "email_id", "email_not_found"),
        (
            "phone_numbers",
            "phone_numbers",
            "phone_id",
            "phone_number_not_found",
        ),
        (
            "webauthn_registrations",
            "webauthn_registrations",
            "webauthn_registration_id",
            "webauthn_registration_not_found",
        ),
        (
            "biometric_registrations",
            "biometric_registrations",
            "biometric_registration_id",
            "biometric_registration_not_found",
        ),
        ("totps", "totps", "totp_id", "totp_not_found"),
        (
            "crypto_wallets",
            "crypto_wallets",
            "crypto_wallet_id",
            "crypto_wallet_not_found",
        ),
        ("passwords", "password", "password_id", "password_not_found"),
        (
            "oauth",
            "providers",
            "oauth_user_registration_id",
            "oauth_user_registration_not_found",
        ),
    ] {
        let factor = |user: &Value| match &user[list] {
            Value::Array(parts) => parts.first().cloned(),
            Value::Null => None,
            part => Some(part.clone()),
        };
        let part = factor(&ada).unwrap();
        let target = format!("/v1/users/{segment}/{}", part[id].as_str().unwrap());
        let (status, changed) = connection.call("DELETE", &target, "{}").await;
        assert_eq!(
            (status, &changed["status_code"]),
            (200, &json!(200)),
            "{changed}"
        );
        assert_eq!(changed["user_id"], ada["user_id"]);
        assert_eq!(factor(&changed["user"]), None);
        assert_eq!(changed.as_object().unwrap().len(), 4);
        let again = connection.call("DELETE", &target, "{}").await;
        assert_eq!(expect_error(again, 404), error_type);
        left -= 1;
    }
    let (_, bare) = connection.call("GET", "/v1/users/ada.lovelace", "").await;
    let same = ada.as_object().unwrap().iter();
    let same = same
        .filter(|(member, value)| bare[*member] == **value)
        .count();
    // The `request_id` differs, too.
    assert_eq!(same, left - 1);
}

#[tokio::test]
async fn a_deleted_external_id_can_be_reused() {
    let emulator = start(Options::default()).await;
    let mut connection = Connection::open(&emulator).await;
    let target = "/v1/users/ada.lovelace/external_id";
    let (status, changed) = connection.call("DELETE", target, "{}").await;
    assert_eq!(
        (status, &changed["user"]["external_id"]),
        (200, &Value::Null)
    );
    let again = connection.call("DELETE", target, "{}").await;
    assert_eq!(expect_error(again, 404), "user_not_found");
    let body = r#"{"external_id": "ada.lovelace"}"#;
    let (status, _) = connection.call("PUT", "/v1/users/grace_hopper", body).await;
    assert_eq!(status, 200);
}

#[tokio::test]
async fn exchanges_the_only_factor() {
    let emulator = start(Options::default()).await;
    let mut connection = Connection::open(&emulator).await;
    let body = r#"{"email": "first@example.com", "external_id": "x"}"#;
    let (_, created) = connection.call("POST", "/v1/users", body).await;
    let target = "/v1/users/x/exchange_primary_factor";
    let (status, changed) = connection
        .call("PUT", target, r#"{"phone_number": "+12025550177"}"#)
        .await;
    let user = &changed["user"];
    assert_eq!((status, &user["emails"]), (200, &json!([])), "{changed}");
    assert_eq!(user["phone_numbers"][0]["phone_number"], "+12025550177");
    let (status, changed) = connection
        .call("PUT", target, r#"{"email_address": "First@example.com"}"#)
        .await;
    let user = &changed["user"];
    assert_eq!(
        (status, &user["phone_numbers"]),
        (200, &json!([])),
        "{changed}"
    );
    assert_eq!(user["emails"][0]["email"], "First@example.com");
    assert_ne!(user["emails"][0]["email_id"], created["email_id"]);
    for (id, body, error_type) in [
        ("x", "{}", "invalid_exchange_primary_factor_fields"),
        (
            "x",
            r#"{"email_address": "y@example.com", "phone_number": "+12025550178"}"#,
            "invalid_exchange_primary_factor_fields",
        ),
        ("x", r#"{"email_address": "y"}"#, "invalid_email"),
        (
            "x",
            r#"{"email_address": "ada@example.com"}"#,
            "duplicate_email",
        ),
        (
            "ada.lovelace",
            r#"{"email_address": "y@example.com"}"#,
            "invalid_exchange_primary_factor_user",
        ),
    ] {
        let target = format!("/v1/users/{id}/exchange_primary_factor");
        let response = connection.call("PUT", &target, body).await;
        assert_eq!(expect_error(response, 400), error_type, "{body}");
    }
    let target = "/v1/users/nobody/exchange_primary_factor";
    let response = connection.call("PUT", target, "{}").await;
    assert_eq!(expect_error(response, 404), "user_not_found");
}

#[tokio::test]
async fn no_user_has_connected_apps() {
    let emulator = start(Options::default()).await;
    let mut connection = Connection::open(&emulator).await;
    let target = "/v1/users/ada.lovelace/connected_apps";
    let (status, apps) = connection.call("GET", target, "").await;
    assert_eq!((status, &apps["connected_apps"]), (200, &json!([])));
    let revoke = |id: &str| format!("/v1/users/{id}/connected_apps/connected-app-1/revoke");
    let response = connection.call("POST", &revoke("ada.lovelace"), "{}").await;
    assert_eq!(expect_error(response, 404), "connected_app_not_found");
    for (method, target) in [
        ("POST", &revoke("nobody")[..]),
        ("GET", "/v1/users/nobody/connected_apps"),
    ] {
        let response = connection.call(method, target, "{}").await;
        assert_eq!(expect_error(response, 404), "user_not_found");
    }
}

#[tokio::test]
async fn an_id_has_the_same_meaning_in_a_path_and_a_search() {
    let users = br#"[{"user_id": "odd", "external_id": "user-test-of-another-system"},
        {"user_id": "user-live-7", "external_id": "user-live-8"}]"#;
    let users = User::read_all(users).unwrap();
    let emulator = start(Options::default().load(users)).await;
    let mut connection = Connection::open(&emulator).await;
    for (id, user_id) in [
        ("odd", "odd"),
        ("user-test-of-another-system", "odd"),
        ("user-live-7", "user-live-7"),
        ("user-live-8", "user-live-7"),
    ] {
        let (status, got) = connection.call("GET", &format!("/v1/users/{id}"), "").await;
        assert_eq!((status, &got["user_id"]), (200, &json!(user_id)), "{id}");
        let operand = json!({"filter_name": "user_id", "filter_value": [id]});
        for operator in ["AND", "OR"] {
            let search = json!({"query": {"operator": operator, "operands": [operand]}});
            let (_, page) = connection
                .call("POST", "/v1/users/search", &search.to_string())
                .await;
            assert_eq!(page["results_metadata"]["total"], 1, "{id}");
            assert_eq!(page["results"][0]["user_id"], *user_id, "{id}");
        }
    }
}

#[tokio::test]
async fn searches_list_the_newest_users_first() {
    let file = br#"[{"user_id": "none"}, {"user_id": "old", "created_at": "2020-01-01T00:00:00Z"},
        {"user_id": "future", "created_at": "9999-12-31T23:59:59Z"},
        {"user_id": "a", "created_at": "2021-01-01T00:00:00.123456789012Z"},
        {"user_id": "b", "created_at": "2021-01-01T01:00:00.123456789+01:00"}, {"user_id": "last"}]"#;
    let emulator = start(Options::default().load(User::read_all(file).unwrap())).await;
    let mut connection = Connection::open(&emulator).await;
    let body = r#"{"email": "new@example.com"}"#;
    let (_, created) = connection.call("POST", "/v1/users", body).await;
    let new = created["user_id"].as_str().unwrap();
    for limit in [1, 2, 100] {
        let pages = all_pages(&mut connection, &json!({"limit": limit}), async |_, _| {}).await;
        let expected = ["future", new, "a", "b", "old", "none", "last"];
        assert_eq!(pages.concat(), expected, "{limit}");
    }
    let emulator = start(Options::default().users(300)).await;
    let mut connection = Connection::open(&emulator).await;
    let (_, page) = connection
        .call("POST", "/v1/users/search", r#"{"limit": 1000}"#)
        .await;
    let users = page["results"].as_array().unwrap();
    assert_eq!(users.len(), 300);
    assert!(
        users.is_sorted_by(|one, other| {
            one["created_at"].as_str() >= other["created_at"].as_str()
        })
    );
}
