//! Requests that fail.

use crate::{start, start_default};
use http::Method;
use stytch_emulator::Options;
use stytch_service::Settings;

const SEARCH: &str = "/v1/credentials/emulator/users/search";

#[tokio::test]
async fn requests_that_are_not_valid_say_why() {
    let service = start_default().await;
    let client = &service.client;
    for (body, expected) in [
        ("{", "line 1, column 1"),
        ("", "line 1, column 0"),
        (r#"{"limit":"x"}"#, "line 1, column 12"),
        (r#"{"limti":1}"#, "unknown field `limti`"),
        (r#"{"limit":1001}"#, "limit"),
        (r#"{"query":{"operator":"NOT"}}"#, "unknown variant"),
        (
            r#"{"query":{"operator":"AND","operands":[{"filter_name":"status","filter_value":1}]}}"#,
            "operands[0]: the filter status takes",
        ),
        ("[]", "expected an object"),
    ] {
        let problem = client.post_json(SEARCH, body).await.problem(400);
        assert_eq!(problem["code"], "invalid_input");
        let detail = problem["detail"].as_str().unwrap();
        assert!(detail.contains(expected), "{body}: {detail}");
    }
    for path in [
        "/v1/credentials/emulator/users/a%20b",
        "/v1/credentials/emulator/users/a%2Fb",
        "/v1/credentials/emulator/users/%FF",
        "/v1/credentials/emulator/users/ada?x=1",
    ] {
        let problem = client.get(path).await.problem(400);
        assert_eq!(problem["code"], "invalid_input", "{path}");
    }
    let all = format!("{SEARCH}/all?max_user=1");
    let problem = client.post_json(&all, "{}").await.problem(400);
    assert_eq!(
        problem["detail"],
        "the query string is not valid: max_user: unknown field `max_user`, expected `max_users`"
    );
    for count in ["0", "x", "1.5", "9007199254740992", ""] {
        let all = format!("{SEARCH}/all?max_users={count}");
        let problem = client.post_json(&all, "{}").await.problem(400);
        assert_eq!(
            problem["detail"],
            "the parameter max_users is not an integer from 1 to 9007199254740991"
        );
    }
}

#[tokio::test]
async fn the_status_404_is_about_users_alone() {
    let service = start_default().await;
    let client = &service.client;
    let user = client.get("/v1/credentials/emulator/users/nobody").await;
    let problem = user.problem(404);
    assert_eq!(problem["code"], "not_found");
    assert_eq!(problem["attempts"], 1);
    assert!(problem["request_id"].is_string());
    for (method, path, status, code) in [
        (
            Method::GET,
            "/v1/credentials/other/users/x",
            403,
            "unknown_credential",
        ),
        (Method::GET, "/v2", 400, "unknown_route"),
        (
            Method::GET,
            "/v1/credentials/emulator/users/",
            400,
            "unknown_route",
        ),
        (Method::DELETE, "/v1/credentials", 405, "method_not_allowed"),
    ] {
        let response = client.send(method, path, "").await;
        assert_eq!(response.problem(status)["code"], code, "{path}");
        if status == 405 {
            assert_eq!(response.header("allow"), "GET,HEAD");
        }
    }
}

#[tokio::test]
async fn only_callers_with_a_token_get_in() {
    let service = start_default().await;
    for header in [
        "",
        "Bearer",
        "Bearer wrong",
        "Basic eDp5",
        "Bearer sth_000000000000_x",
    ] {
        let client = service.client.with("authorization", header);
        let response = client.get("/v1/credentials").await;
        assert_eq!(response.problem(401)["code"], "unauthenticated", "{header}");
        assert_eq!(response.header("www-authenticate"), "Bearer");
    }
}

#[tokio::test]
async fn no_path_forgets_the_token() {
    let service = start_default().await;
    let document = service.client.get("/openapi.json").await.json();
    let client = service.client.with("authorization", "Bearer wrong");
    let mut refused = 0;
    for (path, operations) in document["paths"].as_object().unwrap() {
        let path = path.replace(['{', '}'], "");
        for (method, operation) in operations.as_object().unwrap() {
            let method = match &**method {
                "get" => Method::GET,
                "post" => Method::POST,
                _ => continue,
            };
            let status = client.send(method, &path, "").await.status.as_u16();
            let is_public = operation["security"] == serde_json::json!([]);
            assert_eq!(status == 401, !is_public, "{path}: {status}");
            refused += u32::from(!is_public);
        }
    }
    assert!(refused > 6, "{refused}");
}

#[tokio::test]
async fn a_web_page_of_another_name_gets_nothing() {
    let service = start_default().await;
    let client = service.client.with("host", "evil.example");
    for path in ["/v1/credentials", "/healthz", "/nothing"] {
        let problem = client.get(path).await.problem(421);
        assert_eq!(problem["code"], "misdirected");
        let detail = problem["detail"].as_str().unwrap();
        assert!(detail.contains("--allow-host"), "{detail}");
    }
    let problem = service.client.with("host", "a b").get("/healthz").await;
    assert_eq!(problem.problem(400)["code"], "invalid_input");
    let mut settings = Settings::default();
    settings.host_names = vec!["stytch.internal".to_owned()];
    let service = start(Options::default(), settings).await;
    let client = service.client.with("host", "stytch.internal:80");
    assert_eq!(client.get("/v1/credentials").await.status, 200);
}

#[tokio::test]
async fn bodies_of_other_types_or_sizes_are_refused() {
    let service = start_default().await;
    let client = &service.client;
    let problem = client.post_lines(SEARCH, "{}").await.problem(415);
    assert_eq!(problem["code"], "unsupported_media_type");
    let compressed = client.with("content-encoding", "gzip");
    let response = compressed.post_json(SEARCH, "{}").await;
    assert_eq!(response.header("accept-encoding"), "identity");
    let problem = response.problem(415);
    assert_eq!(problem["code"], "unsupported_media_type");
    let large = " ".repeat(8 << 20) + "{}";
    let problem = client.post_json(SEARCH, &large).await.problem(413);
    assert_eq!(problem["code"], "payload_too_large");
}

/// What Stytch says about the credential or the project is no statement about the caller.
#[tokio::test]
async fn failures_of_stytch_have_statuses_of_a_gateway() {
    for (chaos, status, code, retryable) in [
        ("401", 502, "unauthorized", false),
        ("403", 502, "rejected", false),
        ("429", 429, "rate_limited", true),
        ("500", 503, "unavailable", true),
        ("503", 503, "unavailable", true),
        ("reset@headers", 502, "unreachable", true),
        ("garbage", 502, "unreachable", false),
    ] {
        let options = Options::default().chaos(chaos.parse().unwrap());
        let service = start(options, Settings::default()).await;
        let client = service.client.with("request-timeout", "20");
        let response = client
            .get("/v1/credentials/emulator/users/ada.lovelace")
            .await;
        let problem = response.problem(status);
        assert_eq!(problem["code"], code, "{chaos}: {problem}");
        assert_eq!(problem["retryable"], retryable, "{chaos}");
    }
}

#[tokio::test]
async fn a_query_that_stytch_rejects_is_the_callers() {
    let service = start_default().await;
    let response = service
        .client
        .post_json(SEARCH, r#"{"cursor":"nonsense"}"#)
        .await;
    let problem = response.problem(422);
    assert_eq!(problem["code"], "rejected");
    assert!(problem["error_type"].is_string());
}

#[tokio::test]
async fn a_request_may_have_a_shorter_deadline() {
    let options = Options::default().chaos("stall@headers".parse().unwrap());
    let service = start(options, Settings::default()).await;
    let path = "/v1/credentials/emulator/users/ada.lovelace";
    let client = service.client.with("request-timeout", "0.05");
    let problem = client.get(path).await.problem(504);
    assert_eq!(problem["code"], "unreachable");
    assert_eq!(problem["retryable"], true);
    assert_eq!(problem["detail"], "no result within 50ms");
    let client = service.client.with("request-timeout", "soon");
    assert_eq!(client.get(path).await.problem(400)["code"], "invalid_input");
}
