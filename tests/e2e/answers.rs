//! What becomes of an answer, or of none.

use crate::{builder, cause, credential, error_of, plugin};
use std::net::TcpListener;
use std::time::{Duration, Instant};
use stytch_host::Error;
use stytch_host::types::TransportCause;
use stytch_testkit::{Answer, ScriptedServer};

const HTML: &str = "<html><body>Bad Gateway</body></html>";

#[tokio::test]
async fn the_status_decides_even_when_the_body_is_html() {
    for (status, code, retryable) in [
        ("400 Bad Request", "rejected", false),
        ("401 Unauthorized", "unauthorized", false),
        ("403 Forbidden", "unauthorized", false),
        ("404 Not Found", "not_found", false),
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
    }
}

#[tokio::test]
async fn retry_after_is_passed_on() {
    let headers = ["retry-after: 7"];
    let body = r#"{"error_type":"too_many_requests"}"#;
    let error = error_of(
        &plugin(),
        Answer::http("429 Too Many Requests", &headers, body),
    )
    .await;
    assert_eq!(error.api_error().unwrap().retry_after_ms, Some(7_000));
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
async fn every_broken_exchange_has_its_cause() {
    let cut = "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"results\"";
    let chunks = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\n{\"re";
    let huge_head = format!("HTTP/1.1 200 OK\r\nx: {}\r\n\r\n", "y".repeat(1 << 20));
    for (answer, expected) in [
        (Answer::Close, TransportCause::Reset),
        (Answer::Bytes(vec![]), TransportCause::Reset),
        (
            Answer::Bytes(b"HTTP/1.1 200 OK\r\ncontent-".to_vec()),
            TransportCause::Reset,
        ),
        (Answer::Bytes(cut.into()), TransportCause::Truncated),
        (Answer::Bytes(chunks.into()), TransportCause::Truncated),
        (
            Answer::Bytes(b"SSH-2.0-OpenSSH_9.2\r\n\r\n".to_vec()),
            TransportCause::Protocol,
        ),
        (
            Answer::Bytes(b"HTTP/1.1 200 OK\r\ncontent-length: x\r\n\r\n".to_vec()),
            TransportCause::Protocol,
        ),
        (Answer::Bytes(huge_head.into()), TransportCause::TooLarge),
    ] {
        let described = match &answer {
            Answer::Close => "close".to_owned(),
            Answer::Bytes(bytes)
            | Answer::Stall(bytes)
            | Answer::Greeting(bytes)
            | Answer::Stale(bytes) => String::from_utf8_lossy(bytes).chars().take(60).collect(),
        };
        let error = error_of(&plugin(), answer).await;
        assert_eq!(cause(&error), expected, "{described}: {error}");
        assert_eq!(error.code(), "unreachable");
    }
}

#[tokio::test]
async fn nothing_listening_is_a_refused_connection() {
    // Bound, its port taken, and closed again.
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
async fn an_answer_larger_than_allowed_is_not_read_to_its_end() {
    let plugin = builder().max_response_bytes(10_000).build().unwrap();
    let body = vec![b' '; 1 << 20];
    let error = error_of(&plugin, Answer::http("200 OK", &[], body)).await;
    assert_eq!(cause(&error), TransportCause::TooLarge);
    assert!(error.to_string().contains("10000 bytes"), "{error}");
}

#[tokio::test]
async fn the_deadline_covers_every_phase() {
    let deadline = Duration::from_millis(300);
    let plugin = builder().deadline(deadline).build().unwrap();
    let head = b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n".to_vec();
    for answer in [
        Answer::Stall(vec![]),
        Answer::Stall(b"HTTP/1.1 2".to_vec()),
        Answer::Stall(head),
    ] {
        let started = Instant::now();
        let error = error_of(&plugin, answer).await;
        assert!(matches!(error, Error::Deadline { .. }), "{error:?}");
        assert_eq!((error.code(), error.is_retryable()), ("unreachable", true));
        assert!(started.elapsed() < Duration::from_secs(5));
    }
}

#[tokio::test]
async fn a_peer_that_never_speaks_tls_is_left_at_the_deadline() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port();
    let plugin = builder()
        .deadline(Duration::from_millis(300))
        .build()
        .unwrap();
    let credential = credential(&format!("https://127.0.0.1:{port}"));
    let error = plugin.check(&credential).await.unwrap_err();
    assert!(matches!(error, Error::Deadline { .. }), "{error:?}");
}

#[tokio::test]
async fn tls_to_a_plain_server_is_a_tls_fault() {
    let plain = b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec();
    let server = ScriptedServer::start(Answer::Greeting(plain));
    let url = server.base_url().replace("http:", "https:");
    let error = plugin().check(&credential(&url)).await.unwrap_err();
    assert_eq!(cause(&error), TransportCause::TlsProtocol, "{error}");
}

#[tokio::test]
async fn a_name_that_does_not_exist_is_a_dns_fault() {
    // RFC 2606: .invalid never resolves.
    let error = plugin()
        .check(&credential("https://stytch.invalid"))
        .await
        .unwrap_err();
    assert_eq!(cause(&error), TransportCause::Dns, "{error}");
}
