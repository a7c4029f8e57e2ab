//! A test client without an HTTP library, so that tests see every byte.

use std::{io, net::SocketAddr};

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::{Chaos, Emulator, Options, PROJECT_ID, SECRET};

/// Starts an emulator on a free port that allows the host name of [`request`].
pub(super) async fn start(options: Options) -> Emulator {
    let options = options.allow_host("test");
    Emulator::start(SocketAddr::from(([127, 0, 0, 1], 0)), options)
        .await
        .unwrap()
}

/// Starts an emulator with a few users and injected faults.
pub(super) async fn start_with_chaos(chaos: &str) -> Emulator {
    let chaos: Chaos = chaos.parse().unwrap();
    start(Options::default().users(30).chaos(chaos)).await
}

/// Returns the text of a request with the correct credential.
pub(super) fn request(method: &str, target: &str, body: &str) -> String {
    let token = STANDARD.encode(format!("{PROJECT_ID}:{SECRET}"));
    format!(
        "{method} {target} HTTP/1.1\r\nhost: test\r\nauthorization: Basic {token}\r\n\
         content-length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// A persistent connection.
pub(super) struct Connection(TcpStream);

impl Connection {
    pub(super) async fn open(emulator: &Emulator) -> Self {
        Self(TcpStream::connect(emulator.address()).await.unwrap())
    }

    pub(super) async fn send(&mut self, text: &str) {
        self.0.write_all(text.as_bytes()).await.unwrap();
    }

    /// Reads until the peer closes the connection, and returns the bytes and how it closed.
    pub(super) async fn read_to_end(&mut self) -> (Vec<u8>, io::Result<()>) {
        let mut bytes = Vec::new();
        let end = self.0.read_to_end(&mut bytes).await;
        (bytes, end.map(|_| ()))
    }

    /// Reads the headers of a response, and as many bytes of its body as `length` returns.
    pub(super) async fn read(&mut self, length: impl Fn(&str) -> usize) -> (String, Vec<u8>) {
        let mut headers = Vec::new();
        while !headers.ends_with(b"\r\n\r\n") {
            headers.push(self.0.read_u8().await.unwrap());
        }
        let headers = String::from_utf8(headers).unwrap();
        let mut body = vec![0; length(&headers)];
        self.0.read_exact(&mut body).await.unwrap();
        (headers, body)
    }

    /// Sends a request, and returns the status and JSON body of the response.
    pub(super) async fn call(&mut self, method: &str, target: &str, body: &str) -> (u16, Value) {
        self.send(&request(method, target, body)).await;
        let (headers, body) = self.read(content_length).await;
        (status(&headers), serde_json::from_slice(&body).unwrap())
    }
}

pub(super) fn status(headers: &str) -> u16 {
    headers.split(' ').nth(1).unwrap().parse().unwrap()
}

pub(super) fn content_length(headers: &str) -> usize {
    let lower = headers.to_lowercase();
    let (_, rest) = lower.split_once("content-length: ").unwrap();
    rest.split("\r\n").next().unwrap().parse().unwrap()
}
