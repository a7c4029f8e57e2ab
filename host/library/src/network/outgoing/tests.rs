//! Tests with requests that a component might create, directly at the host's checks.

use super::*;
use crate::network::{Limits, Roots};
use bytes::Bytes;
use http::{HeaderName, Method};
use http_body_util::Empty;
use std::time::Duration;
use tokio::net::TcpListener;

fn outgoing(origin: &str) -> Outgoing {
    let client = Arc::new(HttpClient::new(Roots::default(), None, &Limits::default()));
    let exchange = Exchange::new("test");
    Outgoing::new(
        origin.parse().unwrap(),
        client,
        &Limits::default(),
        exchange,
        InFlight::default(),
    )
}

fn request(method: Method, uri: &str, headers: &[(HeaderName, &str)]) -> http::Request<WasiBody> {
    let body: Empty<Bytes> = Empty::new();
    let mut request = http::Request::builder().method(method).uri(uri);
    for (name, value) in headers {
        request = request.header(name, *value);
    }
    let body = body.map_err(|never| match never {}).boxed_unsync();
    request.body(body).unwrap()
}

/// Returns the host's reason for not sending a request.
async fn refusal(mut outgoing: Outgoing, request: http::Request<WasiBody>) -> String {
    let result = outgoing.send(request).await;
    assert!(matches!(result, Err(ErrorCode::HttpRequestDenied)));
    outgoing.fault().unwrap().message
}

#[tokio::test]
async fn denied_requests_are_not_dialled() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    let host = (http::header::HOST, "api.stytch.com");
    for (method, path, headers) in [
        (Method::GET, "/v1/sessions", &[][..]),
        (Method::GET, "/v1/users/../sessions", &[]),
        (Method::CONNECT, "/v1/users/a", &[]),
        (Method::TRACE, "/v1/users/a", &[]),
        (Method::GET, "/v1/users/a", &[host]),
    ] {
        let uri = format!("{origin}{path}");
        let text = refusal(outgoing(&origin), request(method, &uri, headers)).await;
        assert!(text.contains("denied"), "{text}");
    }
    let none = tokio::time::timeout(Duration::ZERO, listener.accept()).await;
    assert!(none.is_err(), "something was dialled: {none:?}");
}
