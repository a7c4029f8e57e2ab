//! Limits: calls in flight, the queue, and the end of the service.

use crate::{credential, serve, start, start_default};
use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::time::Duration;
use stytch_credentials::Source;
use stytch_emulator::{Emulator, Options};
use stytch_service::Settings;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;

const USER: &str = "/v1/credentials/emulator/users/ada.lovelace";

#[tokio::test]
async fn calls_beyond_the_limit_wait_and_then_get_503() {
    let options = Options::default().chaos("stall@headers@1,stall@headers@2".parse().unwrap());
    let mut settings = Settings::default();
    settings.max_calls_per_credential = NonZeroU32::new(2).unwrap();
    settings.queue_wait = Duration::from_millis(100);
    let service = start(options, settings).await;
    let slow = service.client.with("request-timeout", "20");
    let stalled = [(); 2].map(|()| {
        let client = slow.clone();
        tokio::spawn(async move { client.get(USER).await.status })
    });
    // Until both are in flight.
    while service.client.get(USER).await.status == 200 {}
    let response = service.client.get(USER).await;
    let problem = response.problem(503);
    assert_eq!(problem["code"], "busy");
    assert_eq!(problem["retryable"], true);
    assert_eq!(response.header("retry-after"), "1");
    for call in stalled {
        call.abort();
        let _ = call.await;
    }
    // The clients that went away have freed their places.
    while service.client.get(USER).await.status != 200 {}
}

#[tokio::test]
async fn a_service_that_stops_finishes_what_is_in_flight() {
    let options = Options::default().chaos("slow=300ms".parse().unwrap());
    let service = start(options, Settings::default()).await;
    let client = service.client.clone();
    let call = tokio::spawn(async move { client.get(USER).await });
    tokio::time::sleep(Duration::from_millis(100)).await;
    service.stop.send(()).unwrap();
    service.ended.await.unwrap();
    assert_eq!(call.await.unwrap().status, 200);
    let refused = TcpStream::connect(service.client.address).await;
    assert!(refused.is_err());
}

#[tokio::test]
async fn a_service_with_idle_connections_stops_at_once() {
    let service = start_default().await;
    assert_eq!(service.client.get(USER).await.status, 200);
    service.stop.send(()).unwrap();
    let ended = tokio::time::timeout(Duration::from_secs(5), service.ended);
    ended.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_connection_that_sends_no_request_is_closed() {
    let service = start_default().await;
    // Without anything to do, the clock goes to the next timer.
    tokio::time::pause();
    for bytes in ["", "PRI * HTTP/2.0", "GET / HT"] {
        let mut stream = TcpStream::connect(service.client.address).await.unwrap();
        stream.write_all(bytes.as_bytes()).await.unwrap();
        let mut received = Vec::new();
        let closed = stream.read_to_end(&mut received);
        let closed = tokio::time::timeout(Duration::from_mins(3), closed).await;
        assert!(closed.is_ok(), "{bytes:?}");
    }
}

#[tokio::test]
async fn a_stalled_credential_does_not_delay_another() {
    let address = SocketAddr::from(([127, 0, 0, 1], 0));
    let stalling = Options::default().chaos("stall@headers".parse().unwrap());
    let stalled = Emulator::start(address, stalling).await.unwrap();
    let other = Emulator::start(address, Options::default()).await.unwrap();
    let sources = vec![
        Source::Fixed("stalled".to_owned(), credential(&stalled)),
        Source::Fixed("other".to_owned(), credential(&other)),
    ];
    let mut settings = Settings::default();
    settings.max_calls = NonZeroU32::new(4).unwrap();
    settings.max_calls_per_credential = NonZeroU32::new(2).unwrap();
    settings.queue_wait = Duration::from_mins(1);
    let client = serve(sources, settings, None).await;

    let waiting: Vec<_> = (0..50)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move { client.get("/v1/credentials/stalled/users/x").await.status })
        })
        .collect();
    // Until as many are in flight and in the queue as there can be.
    loop {
        let metrics = client.get("/metrics").await.body;
        if metrics.contains("stytch_calls_in_flight 2")
            && metrics.contains("stytch_calls_waiting 48")
        {
            break;
        }
    }
    for _ in 0..10 {
        let response = client.get("/v1/credentials/other/users/ada.lovelace").await;
        assert_eq!(response.status, 200, "{}", response.body);
    }
    waiting.iter().for_each(JoinHandle::abort);
}

/// The deadline of a request is that of each page.
#[tokio::test]
async fn a_page_that_is_too_slow_ends_a_search_for_all_users() {
    let options = Options::default().chaos("stall@headers@2".parse().unwrap());
    let service = start(options, Settings::default()).await;
    let client = service.client.with("request-timeout", "2");
    let path = "/v1/credentials/emulator/users/search/all";
    let lines = client.post_json(path, r#"{"limit":50}"#).await.lines();
    assert_eq!(lines.len(), 51);
    assert_eq!(lines[50]["error"]["code"], "unreachable");
    assert!(lines[50]["receipt"]["next_cursor"].is_string());
}
