//! Retries with the real component. The policy itself is tested in the library.

use crate::{builder, cause, credential, error_of, everyone, plugin};
use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::OnceLock;
use std::thread;
use std::time::{Duration, Instant};
use stytch_host::types::TransportCause;
use stytch_host::{Error, Plugin};
use stytch_testkit::{Answer, ScriptedServer};

const BUSY: &str = r#"{"error_type":"too_many_requests"}"#;
const LOCKED: &str = r#"{"error_type":"user_lock_limit_reached"}"#;

fn found() -> Answer {
    Answer::http("200 OK", &[], r#"{"user_id":"u","results":[]}"#)
}

fn status(status: &str) -> Answer {
    Answer::http(status, &[], "{}")
}

fn limited(retry_after: &str) -> Answer {
    let header = format!("retry-after: {retry_after}");
    Answer::http("429 Too Many Requests", &[&header], BUSY)
}

/// A plugin with the default retries.
fn retrying() -> Plugin {
    static PLUGIN: OnceLock<Plugin> = OnceLock::new();
    let build = || builder().max_attempts(3).build().unwrap();
    PLUGIN.get_or_init(build).clone()
}

/// The result of a call that gets these responses, and the number of its requests.
async fn outcome(answers: Vec<Answer>) -> (Result<(), Error>, usize) {
    let server = ScriptedServer::start_with(answers);
    let credential = credential(&server.base_url());
    let result = retrying().retrieve_user(&credential, "u").await;
    (result.map(drop), server.pending_requests())
}

#[tokio::test]
async fn a_transient_fault_is_retried() {
    for answers in [
        vec![status("503 Service Unavailable"), found()],
        vec![status("500 Oops"), found()],
        vec![status("408 Request Timeout"), found()],
        // As from a proxy.
        vec![
            Answer::http("429 Too Many Requests", &[], "<html>slower</html>"),
            found(),
        ],
        vec![Answer::Bytes(vec![]), found()],
        vec![Answer::Bytes(vec![]), Answer::Bytes(vec![]), found()],
    ] {
        let attempts = answers.len();
        let (result, requests) = outcome(answers).await;
        result.unwrap();
        assert_eq!(requests, attempts);
    }
}

#[tokio::test]
async fn an_error_that_is_not_transient_is_not_retried() {
    for answer in [
        status("400 Bad Request"),
        status("401 Unauthorized"),
        status("404 Not Found"),
        status("501 Not Implemented"),
        Answer::http("429 Too Many Requests", &[], LOCKED),
        Answer::Bytes(b"SSH-2.0-OpenSSH_9.2\r\n\r\n".to_vec()),
        Answer::http("200 OK", &[], "{"),
    ] {
        let (result, requests) = outcome(vec![answer, found()]).await;
        assert_eq!((result.unwrap_err().attempts(), requests), (1, 1));
    }
}

#[tokio::test]
async fn a_permanent_failure_reports_its_attempts() {
    let (result, requests) = outcome(vec![Answer::Bytes(vec![])]).await;
    let error = result.unwrap_err();
    assert_eq!((error.attempts(), requests), (3, 3));
    assert!(
        error.to_string().ends_with(" (after 3 attempts)"),
        "{error}"
    );
}

#[tokio::test]
async fn retry_after_delays_the_retry() {
    let started = Instant::now();
    let (result, requests) = outcome(vec![limited("1"), found()]).await;
    result.unwrap();
    assert_eq!(requests, 2);
    assert!(started.elapsed() >= Duration::from_secs(1));
}

#[tokio::test]
async fn a_call_does_not_wait_beyond_its_deadline() {
    let server = ScriptedServer::start(limited("3600"));
    let credential = credential(&server.base_url());
    let started = Instant::now();
    let error = retrying().check(&credential).await.unwrap_err();
    assert_eq!((error.code(), error.attempts()), ("rate_limited", 1));
    assert_eq!(error.retry_after(), Some(Duration::from_hours(1)));
    // The next search knows this without a request; other operations are unaffected.
    let search = retrying().search_users(&credential, &everyone()).await;
    let error = search.unwrap_err();
    assert_eq!((error.code(), error.attempts()), ("rate_limited", 0));
    assert_eq!(server.pending_requests(), 1);
    let retrieval = retrying().retrieve_user(&credential, "u").await;
    assert_eq!(retrieval.unwrap_err().attempts(), 1);
    assert!(started.elapsed() < Duration::from_secs(10));
}

#[tokio::test]
async fn a_connection_closed_by_the_server_is_replaced() {
    let Answer::Bytes(first) = found() else {
        unreachable!()
    };
    let stale = || ScriptedServer::start_with(vec![Answer::Stale(first.clone()), found()]);
    // One attempt suffices: a stale connection does not count as an attempt.
    let server = stale();
    let credential = credential(&server.base_url());
    plugin().retrieve_user(&credential, "u").await.unwrap();
    plugin().retrieve_user(&credential, "u").await.unwrap();
    assert_eq!(server.pending_requests(), 3);

    let server = stale();
    let credential = crate::credential(&server.base_url());
    plugin()
        .search_users(&credential, &everyone())
        .await
        .unwrap();
    plugin()
        .search_users(&credential, &everyone())
        .await
        .unwrap();
    let bodies = [server.request(), server.request(), server.request()];
    assert_eq!(bodies[1], bodies[2], "it is the same request");
}

#[tokio::test]
async fn a_failed_new_connection_counts_as_an_attempt() {
    let error = error_of(&plugin(), Answer::Bytes(vec![])).await;
    assert_eq!(
        (cause(&error), error.attempts()),
        (TransportCause::Reset, 1)
    );
    // Also if it replaced a stale one.
    let Answer::Bytes(first) = found() else {
        unreachable!()
    };
    let server = ScriptedServer::start_with(vec![Answer::Stale(first), Answer::Bytes(vec![])]);
    let credential = credential(&server.base_url());
    plugin().retrieve_user(&credential, "u").await.unwrap();
    let error = plugin().retrieve_user(&credential, "u").await.unwrap_err();
    assert_eq!(
        (cause(&error), error.attempts()),
        (TransportCause::Reset, 1)
    );
    assert_eq!(server.pending_requests(), 3);
}

#[tokio::test]
async fn nothing_is_decompressed() {
    let headers = ["content-encoding: gzip"];
    let gzip = b"\x1f\x8b\x08\0\0\0\0\0\0\x03\xab\xae\x05\0\x43\xbf\xa6\xa3\x02\0\0\0";
    let error = error_of(&plugin(), Answer::http("200 OK", &headers, gzip)).await;
    assert_eq!(error.code(), "malformed_response");
    // The status still counts.
    let error = error_of(&plugin(), Answer::http("404 Not Found", &headers, gzip)).await;
    assert_eq!(error.code(), "rejected");
}

#[tokio::test]
async fn headers_are_limited() {
    let plugin = builder().max_header_bytes(1000).build().unwrap();
    for (size, is_refused) in [(500, false), (1000, true)] {
        let header = format!("x: {}", "y".repeat(size));
        let error = error_of(&plugin, Answer::http("404 Not Found", &[&header], "{}")).await;
        assert_eq!(error.code() == "unreachable", is_refused, "{error}");
    }
}

#[tokio::test]
async fn requests_are_limited() {
    let plugin = builder().max_request_bytes(1).build().unwrap();
    let server = ScriptedServer::start(found());
    let credential = credential(&server.base_url());
    let search = plugin.search_users(&credential, &everyone()).await;
    let error = search.unwrap_err();
    assert!(error.to_string().contains("larger than 1 bytes"), "{error}");
    assert_eq!((error.attempts(), error.is_retryable()), (0, false));
    assert_eq!(server.pending_requests(), 0);
}

#[tokio::test]
async fn a_slowly_dripping_response_times_out() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let _ = stream.read(&mut [0; 4096]);
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n");
        // Until the client leaves.
        while stream.write_all(b" ").is_ok() {
            thread::sleep(Duration::from_millis(5));
        }
    });
    let plugin = builder()
        .min_throughput(10_000, Duration::from_millis(200))
        .build()
        .unwrap();
    let credential = credential(&format!("http://{address}"));
    let error = plugin.check(&credential).await.unwrap_err();
    assert_eq!(cause(&error), TransportCause::IdleTimeout);
    assert!(error.to_string().contains("too slow"), "{error}");
}

#[tokio::test]
async fn an_attempt_has_its_own_timeout() {
    let plugin = builder()
        .max_attempts(2)
        .attempt_timeout(Duration::from_millis(200))
        .build()
        .unwrap();
    let error = error_of(&plugin, Answer::Stall(vec![])).await;
    let Error::Deadline { after, attempts } = error else {
        panic!("{error:?}");
    };
    assert_eq!((after, attempts), (Duration::from_millis(200), 2));
}
