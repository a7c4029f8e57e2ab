//! How responses become results. Malformed ones are in `faults`.

use crate::{builder, cause, credential, error_of, plugin};
use std::net::TcpListener;
use stytch_host::types::TransportCause;
use stytch_testkit::{Answer, ScriptedServer};

const HTML: &str = "<html><body>Bad Gateway</body></html>";

#[tokio::test]
async fn the_status_determines_the_error_even_with_an_html_body() {
    for (status, code, retryable) in [
        ("400 Bad Request", "rejected", false),
        ("401 Unauthorized", "rejected", false),
        ("403 Forbidden", "rejected", false),
        ("404 Not Found", "rejected", false),
        ("408 Request Timeout", "rejected", true),
        ("418 Teapot", "rejected", false),
        ("429 Too Many Requests", "rate_limited", true),
        ("500 Internal Server Error", "unavailable", true),
        ("501 Not Implemented", "unavailable", false),
        ("502 Bad Gateway", "unavailable", true),
        ("503 Service Unavailable", "unavailable", true),
        ("302 Found", "malformed_response", false),
    ] {
        let error = error_of(
            &plugin(),
            Answer::http(status, &["location: /elsewhere"], HTML),
        )
        .await;
        assert_eq!(
            (error.code(), error.is_retryable()),
            (code, retryable),
            "{status}"
        );
        if let Some(api) = error.api_error() {
            assert!(status.starts_with(&api.status.to_string()));
            assert_eq!(api.error_type, None);
        }
        if code == "rejected" {
            let message = error.to_string();
            assert!(message.starts_with("something other than Stytch's API responded (status "));
        }
    }
}

#[tokio::test]
async fn unknown_members_of_a_page_pass_through_the_component() {
    let body = r#"{"warnings":["w"],"results":[{"user_id":"u","name":{"first_name":"\ud83d"}}],
        "results_metadata":{"total":1,"next_cursor":null,"page_size":10}}"#;
    let server = ScriptedServer::start(Answer::http("200 OK", &[], body));
    let credential = credential(&server.base_url());
    let page = plugin()
        .search_users(&credential, &crate::everyone())
        .await
        .unwrap();
    assert_eq!(page.extra.as_deref(), Some(r#"{"warnings":["w"]}"#));
    let metadata = page.results_metadata_extra.as_deref();
    assert_eq!(metadata, Some(r#"{"page_size":10}"#));
    let name = page.users[0].name.as_ref().unwrap();
    assert_eq!(name.first_name.as_deref(), Some("\u{fffd}"));
}

#[tokio::test]
async fn retry_after_is_returned() {
    let headers = ["retry-after: 7"];
    let body = r#"{"error_type":"too_many_requests"}"#;
    let error = error_of(
        &plugin(),
        Answer::http("429 Too Many Requests", &headers, body),
    )
    .await;
    assert_eq!(error.api_error().unwrap().retry_after_ms, Some(7_000));
}

/// The component has no clock, so the host converts it to seconds by the server's clock.
#[tokio::test]
async fn retry_after_can_be_a_date_in_three_formats() {
    for (until, expected) in [
        ("Sun, 06 Nov 1994 08:50:37 GMT", 60_000),
        ("Sunday, 06-Nov-94 08:50:37 GMT", 60_000),
        ("Sun Nov  6 08:50:37 1994", 60_000),
        ("Sat, 05 Nov 1994 08:49:37 GMT", 0),
    ] {
        let until = format!("retry-after: {until}");
        let headers = ["date: Sun, 06 Nov 1994 08:49:37 GMT", &until];
        let answer = Answer::http("503 Service Unavailable", &headers, "{}");
        let error = error_of(&plugin(), answer).await;
        let delay = error.api_error().unwrap().retry_after_ms;
        assert_eq!(delay, Some(expected), "{until}");
    }
}

#[tokio::test]
async fn a_2xx_that_is_no_page_is_malformed() {
    for body in [
        "",
        "{}",
        HTML,
        "[1]",
        r#"{"results":"#,
        r#"{"results":[{}]}"#,
    ] {
        let error = error_of(&plugin(), Answer::http("200 OK", &[], body)).await;
        assert_eq!(error.code(), "malformed_response", "{body}");
    }
}

#[tokio::test]
async fn nothing_listening_is_a_refused_connection() {
    // Bind a free port, and close it again.
    let port = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let credential = credential(&format!("http://127.0.0.1:{port}"));
    let error = plugin().check(&credential).await.unwrap_err();
    assert_eq!(cause(&error), TransportCause::Connect);
    assert!(error.to_string().contains("refused"), "{error}");
}

#[tokio::test]
async fn a_response_over_the_size_limit_is_not_read_completely() {
    let plugin = builder().max_response_bytes(10_000).build().unwrap();
    let body = vec![b' '; 1 << 20];
    let error = error_of(&plugin, Answer::http("200 OK", &[], body)).await;
    assert_eq!(cause(&error), TransportCause::TooLarge);
    assert!(error.to_string().contains("10000 bytes"), "{error}");
}
