use std::io::ErrorKind;

use serde_json::json;

use super::*;
use crate::{
    SECRET, User,
    test_client::{Connection, content_length, request, start, start_with_chaos, status},
};

/// A request whose response does not fit into one packet.
fn search() -> String {
    request("POST", "/v1/users/search", "{}")
}

#[tokio::test]
async fn a_status_fault_sends_the_error_of_stytch_or_of_a_gateway() {
    let emulator = start_with_chaos("429@1,502@2,500@3,retry-after=7s").await;
    let mut connection = Connection::open(&emulator).await;
    for (expected, marks) in [
        (429, ["retry-after: 7\r\n", "too_many_requests"]),
        (502, ["text/html", "502 Bad Gateway"]),
        (500, ["application/json", "internal_server_error"]),
        (200, ["application/json", "results_metadata"]),
    ] {
        connection.send(&search()).await;
        let (headers, body) = connection.read(content_length).await;
        assert_eq!(status(&headers), expected);
        let body = String::from_utf8(body).unwrap();
        let text = headers.to_lowercase() + &body;
        assert!(
            marks.iter().all(|mark| text.contains(mark)),
            "{expected}: {text}"
        );
        assert_eq!(
            headers.contains("retry-after"),
            expected == 429,
            "{headers}"
        );
    }
    assert_eq!((emulator.requests(), emulator.connections()), (4, 1));
}

#[tokio::test]
async fn resets_the_connection_at_each_stage() {
    for (fault, some_bytes) in [
        ("reset@accept", false),
        ("reset@headers", false),
        ("reset@body", true),
    ] {
        let emulator = start_with_chaos(&format!("{fault}@1")).await;
        let mut connection = Connection::open(&emulator).await;
        if fault != "reset@accept" {
            connection.send(&search()).await;
        }
        let (bytes, end) = connection.read_to_end().await;
        assert_eq!(
            end.unwrap_err().kind(),
            ErrorKind::ConnectionReset,
            "{fault}"
        );
        assert_eq!(
            bytes.starts_with(b"HTTP/1.1 200 OK\r\n"),
            some_bytes,
            "{fault}"
        );
        assert_eq!(
            Connection::open(&emulator)
                .await
                .call("GET", "/v1/users/x", "")
                .await
                .0,
            404
        );
        assert_eq!(emulator.connections(), 2, "{fault}");
    }
}

#[tokio::test]
async fn a_truncated_body_is_shorter_than_its_content_length() {
    let emulator = start_with_chaos("truncate").await;
    let mut connection = Connection::open(&emulator).await;
    connection.send(&search()).await;
    let (bytes, end) = connection.read_to_end().await;
    end.unwrap();
    let text = String::from_utf8(bytes).unwrap();
    let (headers, body) = text.split_once("\r\n\r\n").unwrap();
    assert_eq!(body.len(), content_length(&format!("{headers}\r\n")) / 2);
}

#[tokio::test]
async fn garbage_is_not_http_and_closes_the_connection() {
    let emulator = start_with_chaos("garbage").await;
    let mut connection = Connection::open(&emulator).await;
    connection.send(&search()).await;
    let (bytes, end) = connection.read_to_end().await;
    end.unwrap();
    assert!(bytes.starts_with(b"\x00\x01\xfe\xff GARBAGE"), "{bytes:?}");
    assert!(!bytes.windows(5).any(|window| window == b"HTTP/"));
}

#[tokio::test]
async fn a_stall_sends_part_of_the_response_and_then_nothing() {
    let emulator = start_with_chaos("stall@headers@1,stall@body@2").await;
    let mut silent = Connection::open(&emulator).await;
    silent.send(&search()).await;
    // The first request is counted before the second is sent.
    while emulator.requests() < 1 {
        tokio::task::yield_now().await;
    }
    let mut half = Connection::open(&emulator).await;
    half.send(&search()).await;
    let (headers, body) = half.read(|headers| content_length(headers) / 2).await;
    assert_eq!(body.len(), content_length(&headers) / 2);
    // Stopping closes both. Neither receives more data.
    emulator.stop().await;
    assert_eq!(silent.read_to_end().await.0, b"");
    assert_eq!(half.read_to_end().await.0, b"");
}

#[tokio::test]
async fn delays_a_slow_response() {
    let emulator = start_with_chaos("slow=20ms").await;
    let begin = std::time::Instant::now();
    let (status, _) = Connection::open(&emulator)
        .await
        .call("GET", "/v1/users/x", "")
        .await;
    assert_eq!(status, 404);
    assert!(begin.elapsed() >= Duration::from_millis(20));
}

#[tokio::test]
async fn a_cursor_loop_resumes_at_the_first_page() {
    let emulator = start_with_chaos("cursor-loop").await;
    let mut connection = Connection::open(&emulator).await;
    let mut page = async |body: String| {
        let (_, page) = connection.call("POST", "/v1/users/search", &body).await;
        (
            page["results"].clone(),
            page["results_metadata"]["next_cursor"].clone(),
        )
    };
    let (first, cursor) = page(json!({"limit": 2}).to_string()).await;
    let second = page(json!({"limit": 2, "cursor": cursor}).to_string()).await;
    assert_eq!(second, (first, cursor));
}

#[tokio::test]
async fn stopping_or_dropping_frees_the_port_and_closes_connections() {
    let emulator = start(Options::default().users(1)).await;
    let address = emulator.address();
    assert_eq!(emulator.base_url(), format!("http://{address}"));
    let mut idle = Connection::open(&emulator).await;
    assert_eq!(idle.call("GET", "/v1/users/x", "").await.0, 404);
    let taken = Emulator::start(address, Options::default())
        .await
        .unwrap_err();
    assert!(matches!(taken, Error::Listen { address: a, .. } if a == address));
    emulator.stop().await;
    assert_eq!(idle.read_to_end().await.0, b"");
    let again = Emulator::start(address, Options::default().users(1))
        .await
        .unwrap();
    let mut idle = Connection::open(&again).await;
    drop(again);
    assert_eq!(idle.read_to_end().await.0, b"");
}

#[tokio::test]
async fn rejects_a_body_that_is_too_large_or_not_json() {
    let emulator = start(Options::default().users(1)).await;
    let long = format!("{{\"cursor\":\"{}\"}}", "x".repeat(MAX_BODY_BYTES));
    for body in ["{", "[]", "7", "{}{}", long.as_str()] {
        let mut connection = Connection::open(&emulator).await;
        let (status, body) = connection.call("POST", "/v1/users/search", body).await;
        assert_eq!((status, &body["error_type"]), (400, &json!("bad_request")));
    }
    for body in ["", "null", " {} "] {
        let mut connection = Connection::open(&emulator).await;
        assert_eq!(
            connection.call("POST", "/v1/users/search", body).await.0,
            200
        );
    }
}

#[tokio::test]
async fn rejects_requests_without_the_credential_or_over_the_limit() {
    let emulator = start(Options::default().users(1).rate_limit(0)).await;
    let mut connection = Connection::open(&emulator).await;
    let (status, body) = connection.call("GET", "/v1/users/x", "").await;
    assert_eq!(
        (status, &body["error_type"]),
        (429, &json!("too_many_requests"))
    );
    connection
        .send("GET /v1/users/x HTTP/1.1\r\nhost: test\r\n\r\n")
        .await;
    let (headers, body) = connection.read(content_length).await;
    assert!(headers.starts_with("HTTP/1.1 400 "), "{headers}");
    let text = String::from_utf8(body).unwrap();
    assert!(text.contains("invalid_authorization_header") && !text.contains(SECRET));
    let (status, _) = connection.call("GET", "/v1/nothing", "").await;
    assert_eq!(status, 404);
}

#[tokio::test]
async fn serves_loaded_users_unchanged() {
    let users = User::read_all(br#"{"user_id": "user-live-7", "shoe_size": 43}"#).unwrap();
    let emulator = start(Options::default().load(users)).await;
    let mut connection = Connection::open(&emulator).await;
    let (status, user) = connection.call("GET", "/v1/users/user-live-7", "").await;
    assert_eq!((status, &user["shoe_size"]), (200, &json!(43)));
    let (status, error) = connection.call("GET", "/v1/users/user-live-8", "").await;
    assert_eq!(status, 400);
    assert_eq!(error["error_type"], "live_id_used_in_test_environment");
}

#[tokio::test]
async fn searches_many_users_on_a_blocking_thread() {
    let users = (0..50_000).map(|number| User::new(format!("user-test-{number}")));
    let emulator = start(Options::default().load(users.collect())).await;
    let mut connection = Connection::open(&emulator).await;
    let query = json!({"operator": "AND", "operands": [
        {"filter_name": "password_exists", "filter_value": false}]});
    let body = json!({"limit": 3, "query": query}).to_string();
    let (status, page) = connection.call("POST", "/v1/users/search", &body).await;
    assert_eq!(
        (status, &page["results_metadata"]["total"]),
        (200, &json!(50_000))
    );
    assert_eq!(page["results"][2]["user_id"], "user-test-2");
}

#[tokio::test]
async fn rejects_a_request_for_another_host() {
    let emulator = start(Options::default().users(1)).await;
    let address = emulator.address();
    let good = request("GET", "/v1/users/x", "");
    for (host, expected) in [
        (address.to_string(), 404),
        (format!("localhost:{}", address.port()), 404),
        ("test".to_owned(), 404),
        (format!("attacker.example:{}", address.port()), 421),
        ("localhost".to_owned(), 421),
    ] {
        let mut connection = Connection::open(&emulator).await;
        connection
            .send(&good.replace("host: test", &format!("host: {host}")))
            .await;
        let (headers, body) = connection.read(content_length).await;
        assert_eq!(status(&headers), expected, "{host}");
        let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(body["status_code"], expected);
        if expected == 421 {
            let message = body["error_message"].as_str().unwrap();
            assert!(message.contains(&emulator.base_url()), "{message}");
            assert!(!message.contains(&host), "{message}");
        }
    }
    let mut connection = Connection::open(&emulator).await;
    connection.send(&good.replace("host: test\r\n", "")).await;
    let (headers, _) = connection.read(content_length).await;
    assert_eq!(status(&headers), 400);
}
