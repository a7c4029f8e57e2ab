//! Calls that succeed.

use crate::start_default;
use serde_json::json;

#[tokio::test]
async fn retrieves_a_user_as_stytch_sends_it() {
    let service = start_default().await;
    let response = service
        .client
        .get("/v1/credentials/emulator/users/ada.lovelace")
        .await;
    assert_eq!(response.status, 200);
    assert_eq!(response.header("content-type"), "application/json");
    assert_eq!(response.header("cache-control"), "no-store");
    let user = response.json();
    assert_eq!(user["external_id"], "ada.lovelace");
    assert!(user["request_id"].is_string());
}

/// The paths of other operations are external IDs, too.
#[tokio::test]
async fn an_id_that_is_the_name_of_a_path_is_percent_encoded() {
    let service = start_default().await;
    let users = "/v1/credentials/emulator/users";
    let response = service.client.get(&format!("{users}/retrieve")).await;
    assert_eq!(response.problem(405)["code"], "method_not_allowed");
    let response = service.client.get(&format!("{users}/%72etrieve")).await;
    assert_eq!(response.problem(404)["code"], "not_found");
}

#[tokio::test]
async fn searches_a_page_and_the_next_one() {
    let service = start_default().await;
    let path = "/v1/credentials/emulator/users/search";
    let first = service.client.post_json(path, r#"{"limit":2}"#).await;
    assert_eq!(first.status, 200);
    let first = first.json();
    assert_eq!(first["results"].as_array().unwrap().len(), 2);
    let cursor = &first["results_metadata"]["next_cursor"];
    let body = json!({"limit": 2, "cursor": cursor}).to_string();
    let second = service.client.post_json(path, &body).await.json();
    assert_ne!(
        first["results"][0]["user_id"],
        second["results"][0]["user_id"]
    );
}

#[tokio::test]
async fn lists_and_checks_credentials_without_secrets() {
    let service = start_default().await;
    let list = service.client.get("/v1/credentials").await;
    assert_eq!(
        list.json(),
        json!({"credentials": [{"name": "emulator", "environment": "test", "usable": true}]})
    );
    let report = service
        .client
        .post_json("/v1/credentials/emulator/check", "")
        .await;
    assert_eq!(report.status, 200);
    assert_eq!(report.json()["environment"], "test");
}

#[tokio::test]
async fn describes_itself_and_its_health_to_everybody() {
    let service = start_default().await;
    let mut anybody = service.client.clone();
    anybody.headers.clear();
    assert_eq!(anybody.get("/healthz").await.body, "ok\n");
    assert_eq!(anybody.get("/readyz").await.body, "ok\n");
    let page = anybody.get("/docs").await;
    assert!(page.body.contains("searchAllUsers"), "{}", page.body);
    assert!(
        page.header("content-security-policy")
            .starts_with("default-src 'none'; ")
    );
    assert!(anybody.get("/docs/style.css").await.body.contains("nav"));
    let document = anybody.get("/openapi.json").await.json();
    assert_eq!(document["openapi"], "3.1.0");
    let schemas = &document["components"]["schemas"];
    assert!(schemas["User"]["properties"]["emails"].is_object());
    // Every reference leads to a component.
    let text = document.to_string();
    for reference in text.split("#/components/schemas/").skip(1) {
        let name = reference.split('"').next().unwrap();
        assert!(schemas[name].is_object(), "{name}");
    }
    assert!(!text.contains("$defs"));
}

#[tokio::test]
async fn metrics_count_calls_and_need_a_token() {
    let service = start_default().await;
    let client = &service.client;
    client.get("/v1/credentials/emulator/users/nobody").await;
    let search = "/v1/credentials/emulator/users/search/all";
    client.post_json(search, r#"{"limit":100}"#).await;
    let metrics = client.get("/metrics").await.body;
    for line in [
        r#"stytch_calls_total{operation="retrieve-user",credential="emulator",code="not_found"} 1"#,
        r#"stytch_calls_total{operation="search-users",credential="emulator",code="ok"} 2"#,
        r#"http_route="/v1/credentials/{name}/users/{user_id}",http_response_status_code="404"} 1"#,
        "stytch_calls_in_flight 0",
        "stytch_retries_total ",
        "stytch_component_instances_total ",
    ] {
        assert!(metrics.contains(line), "{line} is missing in {metrics}");
    }
    assert!(!metrics.contains("nobody"));
    let mut anybody = client.clone();
    anybody.headers.clear();
    assert_eq!(anybody.get("/metrics").await.status, 401);
}
