//! Responses of a line for each user.

use crate::{start, start_default};
use stytch_emulator::Options;
use stytch_service::Settings;

const ALL: &str = "/v1/credentials/emulator/users/search/all";

#[tokio::test]
async fn all_users_come_a_line_each_and_the_receipt_last() {
    let service = start(Options::default().users(2500), Settings::default()).await;
    let response = service.client.post_json(ALL, "{}").await;
    assert_eq!(response.status, 200);
    assert_eq!(response.header("content-type"), "application/x-ndjson");
    let lines = response.lines();
    let (last, users) = lines.split_last().unwrap();
    let receipt = &last["receipt"];
    assert_eq!(receipt["complete"], true);
    assert_eq!(receipt["pages"], 3);
    let distinct: std::collections::HashSet<_> = users
        .iter()
        .map(|user| user["user_id"].as_str().unwrap())
        .collect();
    assert_eq!((users.len(), distinct.len()), (2500, 2500));
    let limited = service
        .client
        .post_json(&format!("{ALL}?max_users=3"), "{}")
        .await;
    let lines = limited.lines();
    assert_eq!(lines.len(), 4);
    assert_eq!(lines[3]["receipt"]["stopped"], "max_users");
}

#[tokio::test]
async fn a_failure_of_the_first_page_has_a_status_and_a_later_one_a_last_line() {
    let failing = Options::default().chaos("403@1".parse().unwrap());
    let service = start(failing, Settings::default()).await;
    let problem = service.client.post_json(ALL, "{}").await.problem(502);
    assert_eq!(problem["code"], "rejected");

    let failing = Options::default()
        .users(300)
        .chaos("403@2".parse().unwrap());
    let service = start(failing, Settings::default()).await;
    let response = service.client.post_json(ALL, r#"{"limit":100}"#).await;
    assert_eq!(response.status, 200);
    let lines = response.lines();
    assert_eq!(lines.len(), 101);
    let last = &lines[100];
    assert_eq!(last["error"]["code"], "rejected");
    let cursor = last["receipt"]["next_cursor"].as_str().unwrap();
    let body = serde_json::json!({"cursor": cursor, "limit": 100}).to_string();
    let rest = service.client.post_json(ALL, &body).await.lines();
    assert_eq!(rest.len(), 201);
    assert_ne!(rest[0]["user_id"], lines[99]["user_id"]);
}

#[tokio::test]
async fn many_users_are_retrieved_in_order_with_an_error_for_each_that_fails() {
    let service = start_default().await;
    let path = "/v1/credentials/emulator/users/retrieve";
    let body = concat!(
        r#"{"user_id":"ada.lovelace"}"#,
        "\n",
        r#"{"user_id":"nobody"}"#,
        "\r\n",
        "\n",
        "nonsense\n",
        r#"{"user_id":"a b"}"#,
        "\n",
        r#"{"user_id":"ada.lovelace"}"#,
    );
    let response = service.client.post_lines(path, body).await;
    assert_eq!(response.status, 200);
    let lines = response.lines();
    let seen: Vec<_> = lines
        .iter()
        .map(|line| match &line["error"]["code"] {
            serde_json::Value::Null => line["external_id"].as_str().unwrap(),
            code => code.as_str().unwrap(),
        })
        .collect();
    let expected = [
        "ada.lovelace",
        "not_found",
        "invalid_input",
        "invalid_input",
        "ada.lovelace",
    ];
    assert_eq!(seen, expected);
    assert_eq!(lines[1]["user_id"], "nobody");
    let detail = lines[2]["error"]["detail"].as_str().unwrap();
    assert!(detail.starts_with("line 4, column "), "{detail}");
}

/// The request is still open while the first users come back.
#[tokio::test]
async fn many_more_users_than_are_in_flight_are_retrieved() {
    let service = start_default().await;
    let body = "{\"user_id\":\"ada.lovelace\"}\n".repeat(500);
    let path = "/v1/credentials/emulator/users/retrieve";
    let lines = service.client.post_lines(path, &body).await.lines();
    assert_eq!(lines.len(), 500);
    assert!(
        lines
            .iter()
            .all(|line| line["external_id"] == "ada.lovelace")
    );
}

#[tokio::test]
async fn a_line_that_cannot_be_read_does_not_affect_the_lines_after_it() {
    let service = start_default().await;
    let path = "/v1/credentials/emulator/users/retrieve";
    let user = br#"{"user_id":"ada.lovelace"}"#.as_slice();
    let long = vec![b'a'; 5000];
    let body = [user, b"\xff", &long, user, &long].join(&b'\n');
    let response = service.client.post_lines(path, body).await;
    let lines = response.lines();
    let details = lines.iter().map(|line| line["error"]["detail"].as_str());
    let expected = [
        None,
        Some("line 2 of the body: it is not UTF-8 text"),
        Some("line 3 of the body: it is longer than 4096 bytes"),
        None,
        Some("line 5 of the body: it is longer than 4096 bytes"),
    ];
    assert_eq!(details.collect::<Vec<_>>(), expected);
}
