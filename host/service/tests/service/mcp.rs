//! The tools of agents over HTTP.

use crate::client::{Client, Response};
use crate::log::logged;
use crate::{DESCRIPTION, PLUGIN, credential, start, start_default};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use http::{Method, StatusCode};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::io::Write;
use std::num::NonZeroU32;
use std::time::Duration;
use stytch_credentials::Source;
use stytch_emulator::{Emulator, Options};
use stytch_fields::Fields;
use stytch_service::{Service, Settings, Token, TokenSource};

/// The headers of a client.
fn agent(client: &Client) -> Client {
    client
        .with("accept", "application/json, text/event-stream")
        .with("content-type", "application/json")
        .with("mcp-protocol-version", "2025-11-25")
}

/// The same, with a session that `initialize` named.
async fn session(client: &Client) -> Client {
    let client = agent(client);
    let params = json!({
        "protocolVersion": "2025-11-25",
        "capabilities": {},
        "clientInfo": {"name": "test", "version": "1"},
    });
    let response = post(&client, "initialize", &params).await;
    let answer = response.json();
    assert_eq!(
        answer["result"]["protocolVersion"], "2025-11-25",
        "{answer}"
    );
    client.with("mcp-session-id", response.header("mcp-session-id"))
}

async fn post(client: &Client, method: &str, params: &Value) -> Response {
    let message = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params});
    client
        .send(Method::POST, "/mcp", &message.to_string())
        .await
}

async fn call(client: &Client, tool: &str, arguments: Value) -> Value {
    let params = json!({"name": tool, "arguments": arguments});
    let response = post(client, "tools/call", &params).await;
    assert_eq!(response.status, 200, "{}", response.body);
    response.json()["result"].clone()
}

/// The error of a result.
fn error_of(result: &Value) -> Value {
    let text = result["content"][1]["text"].as_str().unwrap();
    let document: Value = serde_json::from_str(text).unwrap();
    document["error"].clone()
}

async fn names_of_tools(client: &Client) -> Vec<String> {
    let tools = post(client, "tools/list", &json!({})).await.json();
    let tools = tools["result"]["tools"].as_array().unwrap();
    let names = tools.iter().map(|tool| tool["name"].as_str().unwrap());
    names.map(str::to_owned).collect()
}

#[tokio::test]
async fn agents_call_tools_with_a_token() {
    let service = start_default().await;
    let client = session(&service.client).await;
    let user = call(&client, "retrieve_user", json!({"user_id": "ada.lovelace"})).await;
    assert_eq!(user["structuredContent"]["name"]["first_name"], "Ada");
    let without = client.with("authorization", "Bearer wrong");
    let response = post(&without, "tools/list", &json!({})).await;
    assert_eq!(response.problem(401)["code"], "unauthenticated");
    assert_eq!(response.header("www-authenticate"), "Bearer");
    let metrics = service.client.get("/metrics").await.body;
    let line = r#"stytch_calls_total{operation="retrieve-user",credential="emulator",code="ok"} 1"#;
    assert!(metrics.contains(line), "{metrics}");
}

#[tokio::test]
async fn a_token_limits_credentials_and_tools() {
    let emulator = Emulator::start(([127, 0, 0, 1], 0).into(), Options::default());
    let emulator = emulator.await.unwrap();
    let sources =
        ["one", "other"].map(|name| Source::Fixed(name.to_owned(), credential(&emulator)));
    let token = Token::random().unwrap();
    let id = token.expose().split('_').nth(1).unwrap();
    let hash = BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(token.expose()));
    let mut file = tempfile::NamedTempFile::new().unwrap();
    let tokens = json!({"version": 1, "tokens": [{
        "id": id,
        "name": "agent",
        "sha256": hash,
        "credentials": ["one"],
        "operations": ["retrieve-user"],
    }]});
    write!(file, "{tokens}").unwrap();
    let mut settings = Settings::default();
    settings.tokens = Some(TokenSource::File(file.path().to_owned()));
    let service = Service::new(PLUGIN.clone(), &DESCRIPTION, sources.into(), settings, None);
    let listening = service.unwrap().bind().await.unwrap();
    let client = Client::new(&listening, token.expose());
    tokio::spawn(listening.run(std::future::pending()));
    let client = agent(&client);
    assert_eq!(
        names_of_tools(&client).await,
        ["retrieve_user", "list_credentials"]
    );
    let listed = call(&client, "list_credentials", json!({})).await;
    let credentials = &listed["structuredContent"]["credentials"];
    assert_eq!(credentials.as_array().unwrap().len(), 1, "{credentials}");
    let error = call(
        &client,
        "retrieve_user",
        json!({"credential": "other", "user_id": "ada.lovelace"}),
    );
    let error = error.await;
    assert_eq!(error_of(&error)["code"], "unknown_credential");
    let tool = post(&client, "tools/call", &json!({"name": "search_users"})).await;
    assert_eq!(tool.json()["error"]["code"], -32602, "{}", tool.body);
}

#[tokio::test]
async fn the_operators_limits_hold_and_there_may_be_no_tools() {
    let mut settings = Settings::default();
    let mut tools = stytch_mcp::Settings::default();
    tools.max_results = NonZeroU32::new(3).unwrap();
    tools.hide = Some(Fields::parse("emails").unwrap());
    settings.mcp = Some(tools);
    let service = start(Options::default(), settings).await;
    let client = agent(&service.client);
    let page = call(&client, "search_users", json!({})).await;
    let users = page["structuredContent"]["results"].as_array().unwrap();
    assert_eq!(users.len(), 3);
    assert!(users.iter().all(|user| user.get("emails").is_none()));
    let mut settings = Settings::default();
    settings.mcp = None;
    let service = start(Options::default(), settings).await;
    let response = post(&agent(&service.client), "tools/list", &json!({})).await;
    assert_eq!(response.problem(400)["code"], "unknown_route");
}

#[tokio::test]
async fn web_pages_of_other_origins_get_nothing() {
    let service = start_default().await;
    let client = agent(&service.client);
    for (origin, status) in [
        ("http://localhost:1234", 200),
        ("http://127.0.0.1", 200),
        ("https://evil.example", 403),
        ("null", 403),
    ] {
        let response = post(&client.with("origin", origin), "tools/list", &json!({})).await;
        assert_eq!(response.status, status, "{origin} {}", response.body);
    }
    let rebound = client.with("host", "evil.example");
    assert_eq!(post(&rebound, "tools/list", &json!({})).await.status, 421);
}

#[tokio::test]
async fn malformed_messages_get_their_errors() {
    let service = start_default().await;
    let client = agent(&service.client);
    for (body, code, id) in [
        ("", -32700, json!(null)),
        ("{", -32700, json!(null)),
        ("[]", -32600, json!(null)),
        (r#"{"jsonrpc":"2.0","id":7}"#, -32600, json!(7)),
        (
            r#"{"jsonrpc":"2.0","id":{},"method":"ping"}"#,
            -32600,
            json!(null),
        ),
    ] {
        let response = client.send(Method::POST, "/mcp", body).await;
        assert_eq!(response.status, 400, "{body}");
        let error = response.json();
        assert_eq!(
            (&error["error"]["code"], &error["id"]),
            (&json!(code), &id),
            "{body}"
        );
    }
    let wrong = r#"{"jsonrpc":"2.0","id":7,"method":"tools/call","params":7}"#;
    let error = client.send(Method::POST, "/mcp", wrong).await.json();
    assert_eq!(
        (&error["error"]["code"], &error["id"]),
        (&json!(-32602), &json!(7))
    );
    let large = " ".repeat(8 << 20) + "{}";
    let response = client.send(Method::POST, "/mcp", &large).await;
    assert_eq!(response.problem(413)["code"], "payload_too_large");
    let other = client.with("content-type", "text/plain");
    assert_eq!(other.send(Method::POST, "/mcp", "{}").await.status, 415);
    // There are no streams but those of responses.
    assert_eq!(client.send(Method::GET, "/mcp", "").await.status, 405);
    for body in [
        r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#,
        r#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":7}"#,
        r#"{"jsonrpc":"2.0","id":7,"result":{}}"#,
    ] {
        let response = client.send(Method::POST, "/mcp", body).await;
        assert_eq!(
            (response.status, &*response.body),
            (StatusCode::ACCEPTED, ""),
            "{body}"
        );
    }
}

#[tokio::test]
async fn progress_is_a_stream() {
    let service = start_default().await;
    let params = json!({
        "name": "search_users",
        "arguments": {"count_all": true},
        "_meta": {"progressToken": "t"},
    });
    let response = post(&agent(&service.client), "tools/call", &params).await;
    assert_eq!(response.header("content-type"), "text/event-stream");
    let data = response
        .body
        .lines()
        .filter_map(|line| line.strip_prefix("data: "));
    let messages: Vec<Value> = data
        .map(|data| serde_json::from_str(data).unwrap())
        .collect();
    assert_eq!(messages.len(), 2, "{}", response.body);
    assert_eq!(messages[0]["method"], "notifications/progress");
    let receipt = &messages[1]["result"]["structuredContent"]["receipt"];
    assert_eq!(receipt["unique_users"], 200);
}

/// Waits until the service makes no call.
async fn until_idle(client: &Client) {
    let start = std::time::Instant::now();
    loop {
        let metrics = client.get("/metrics").await.body;
        if metrics.contains("stytch_calls_in_flight 0\n") {
            return;
        }
        assert!(start.elapsed() < Duration::from_secs(10), "{metrics}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn a_cancelled_call_ends_its_request() {
    let options = Options::default().chaos("stall@headers".parse().unwrap());
    let service = start(options, Settings::default()).await;
    let (one, other) = (
        session(&service.client).await,
        session(&service.client).await,
    );
    let stalled = |client: &Client| {
        let client = client.clone();
        tokio::spawn(async move {
            call(&client, "retrieve_user", json!({"user_id": "ada.lovelace"})).await
        })
    };
    let in_flight = async |count: usize| {
        let line = format!("stytch_calls_in_flight {count}\n");
        while !service.client.get("/metrics").await.body.contains(&line) {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    let cancel = async |client: &Client, id: Value| {
        let message = json!({"jsonrpc": "2.0", "method": "notifications/cancelled",
            "params": {"requestId": id}});
        let response = client
            .send(Method::POST, "/mcp", &message.to_string())
            .await;
        assert_eq!(response.status, 202);
    };
    let (first, second) = (stalled(&one), stalled(&other));
    in_flight(2).await;
    // Neither another request nor that of another session, nor without a session.
    cancel(&one, json!(2)).await;
    cancel(&one, json!("1")).await;
    cancel(&agent(&service.client), json!(1)).await;
    in_flight(2).await;
    // Both have the ID 1.
    cancel(&one, json!(1)).await;
    let cancelled = first.await.unwrap();
    assert_eq!(error_of(&cancelled)["code"], "cancelled");
    in_flight(1).await;
    // The end of a session is that of its calls.
    assert_eq!(other.send(Method::DELETE, "/mcp", "").await.status, 204);
    second.await.unwrap();
    until_idle(&service.client).await;
    // So is the end of a connection.
    let third = stalled(&agent(&service.client));
    in_flight(1).await;
    third.abort();
    until_idle(&service.client).await;
}

#[tokio::test]
async fn a_busy_service_is_a_result_that_says_when_to_call_again() {
    let options = Options::default().chaos("stall@headers@1".parse().unwrap());
    let mut settings = Settings::default();
    settings.max_calls_per_credential = NonZeroU32::MIN;
    settings.queue_wait = Duration::from_millis(100);
    let service = start(options, settings).await;
    let client = agent(&service.client);
    let stalled = {
        let client = client.clone();
        tokio::spawn(async move { call(&client, "check_credential", json!({})).await })
    };
    let busy = loop {
        let answer = call(&client, "check_credential", json!({})).await;
        if answer["isError"] == true {
            break answer;
        }
    };
    stalled.abort();
    let error = error_of(&busy);
    assert_eq!(
        (&error["code"], &error["retryable"]),
        (&json!("busy"), &json!(true))
    );
    assert_eq!(error["retry_after_ms"], 100);
}

#[tokio::test]
async fn each_call_is_a_line_of_the_log() {
    let (_emulator, client, lines) = logged(Options::default()).await;
    let client = agent(&client);
    for (user, code) in [("ada.lovelace", None), ("nobody", Some("not_found"))] {
        call(&client, "retrieve_user", json!({ "user_id": user })).await;
        let line = lines.recv_timeout(Duration::from_secs(10)).unwrap();
        let line = String::from_utf8(line).unwrap();
        assert!(!line.contains(user), "{line}");
        let line: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(
            (&line["route"], &line["status"]),
            (&json!("/mcp"), &json!(200))
        );
        assert_eq!(line["tool"], "retrieve_user");
        assert_eq!(line["operation"], "retrieve-user");
        assert_eq!(line["credential"], "emulator");
        assert_eq!(line["code"], json!(code), "{line}");
        assert!(line["request_id"].is_string(), "{line}");
    }
}
