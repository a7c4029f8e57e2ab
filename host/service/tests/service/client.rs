//! A client of the service.

use crate::address;
use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client as Hyper;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;
use std::net::SocketAddr;
use stytch_service::Listening;

#[derive(Clone)]
pub(crate) struct Client {
    hyper: Hyper<HttpConnector, Full<Bytes>>,
    pub(crate) address: SocketAddr,
    pub(crate) headers: HeaderMap,
}

pub(crate) struct Response {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Client {
    pub(crate) fn new(listening: &Listening, token: &str) -> Self {
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, format!("Bearer {token}").parse().unwrap());
        Self {
            hyper: Hyper::builder(TokioExecutor::new()).build_http(),
            address: address(listening),
            headers,
        }
    }

    /// The same client with another header.
    pub(crate) fn with(&self, name: &'static str, value: &str) -> Self {
        let mut client = self.clone();
        client.headers.insert(name, value.parse().unwrap());
        client
    }

    /// The header with its token.
    pub(crate) fn authorization(&self) -> &str {
        self.headers[AUTHORIZATION].to_str().unwrap()
    }

    pub(crate) async fn get(&self, path: &str) -> Response {
        self.send(Method::GET, path, "").await
    }

    pub(crate) async fn post_json(&self, path: &str, body: &str) -> Response {
        let client = self.with(CONTENT_TYPE.as_str(), "application/json");
        client.send(Method::POST, path, body).await
    }

    pub(crate) async fn post_lines(&self, path: &str, body: impl AsRef<[u8]>) -> Response {
        let client = self.with(CONTENT_TYPE.as_str(), "application/x-ndjson");
        client.send(Method::POST, path, body).await
    }

    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        body: impl AsRef<[u8]>,
    ) -> Response {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("http://{}{path}", self.address))
            .body(Full::new(Bytes::copy_from_slice(body.as_ref())))
            .unwrap();
        request.headers_mut().extend(self.headers.clone());
        let (parts, body) = self.hyper.request(request).await.unwrap().into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        Response {
            status: parts.status,
            headers: parts.headers,
            body: String::from_utf8(body.into()).unwrap(),
        }
    }
}

impl Response {
    /// The header of this name; empty if there is none.
    pub(crate) fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name);
        value.map_or("", |value| value.to_str().unwrap())
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("not JSON: {}", self.body))
    }

    pub(crate) fn lines(&self) -> Vec<Value> {
        let lines = self.body.lines();
        lines
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    /// The problem document of a response with this status.
    pub(crate) fn problem(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.body);
        assert_eq!(self.header("content-type"), "application/problem+json");
        assert_eq!(self.header("cache-control"), "no-store");
        let problem = self.json();
        assert_eq!(problem["status"], status);
        problem
    }
}
