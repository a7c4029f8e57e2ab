use serde_json::json;

use super::*;
use crate::loopback::{Connection, start};

/// The pages of a query, walked to the end. `between` runs after each page.
async fn walk(
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
async fn a_user_is_created_found_updated_retrieved_and_deleted() {
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
async fn every_wrong_create_or_update_gets_its_own_error() {
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
        let answer = connection
            .call("PUT", "/v1/users/grace_hopper", &member.to_string())
            .await;
        assert_eq!(
            (answer.0, answer.1["error_type"].clone()),
            expected,
            "{member}"
        );
    }
}

#[tokio::test]
async fn pages_cover_a_query_once_whatever_the_limit() {
    let emulator = start(Options::default().users(250)).await;
    let mut connection = Connection::open(&emulator).await;
    let query = json!({"operator": "AND", "operands": [
        {"filter_name": "status", "filter_value": "active"}]});
    for query in [Value::Null, query] {
        let mut walks = Vec::new();
        for limit in [7, 100, 1000] {
            let search = json!({"limit": limit, "query": query});
            let pages = walk(&mut connection, &search, async |_, _| {}).await;
            assert!(pages.iter().rev().skip(1).all(|page| page.len() == limit));
            walks.push(pages.concat());
        }
        assert!(walks.windows(2).all(|pair| pair[0] == pair[1]));
        assert!(walks[0].len() > 200);
    }
}

#[tokio::test]
async fn pages_stay_whole_while_users_come_and_go() {
    let emulator = start(Options::default().users(30)).await;
    let mut connection = Connection::open(&emulator).await;
    let whole = walk(&mut connection, &json!({"limit": 1000}), async |_, _| {})
        .await
        .concat();
    let mut gone: Vec<String> = Vec::new();
    let pages = walk(
        &mut connection,
        &json!({"limit": 10}),
        async |connection, page| {
            // The last one seen, one that is still to come, and a new one.
            for index in [page * 10 - 1, page * 10 + 3] {
                let id = &whole[index];
                assert_eq!(
                    connection
                        .call("DELETE", &format!("/v1/users/{id}"), "")
                        .await
                        .0,
                    200
                );
                gone.extend((index % 10 == 3).then(|| id.clone()));
            }
            let body = json!({"email": format!("new{page}@example.com")}).to_string();
            assert_eq!(connection.call("POST", "/v1/users", &body).await.0, 201);
        },
    )
    .await
    .concat();
    let (old, new) = pages.split_at(28);
    let expected: Vec<_> = whole
        .iter()
        .filter(|id| !gone.contains(id))
        .cloned()
        .collect();
    assert_eq!(old, expected);
    assert_eq!(new.len(), 3 - 1);
}

#[tokio::test]
async fn a_cursor_of_another_query_is_refused() {
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
        let (status, answer) = connection
            .call("POST", "/v1/users/search", &body.to_string())
            .await;
        assert_eq!(status, expected, "{answer}");
        if expected == 400 {
            assert_eq!(answer["error_type"], "user_search_invalid_cursor");
        }
    }
}

#[tokio::test]
async fn the_same_seed_and_requests_get_the_same_ids() {
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
