//! A client for tests that sees every byte: no HTTP library stands between it and the emulator.

use std::{io, net::SocketAddr};

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::{Chaos, Emulator, Options, PROJECT_ID, SECRET};

/// An emulator on a free port, which serves the name that [`request`] asks for.
pub(super) async fn start(options: Options) -> Emulator {
    let options = options.allow_host("test");
    Emulator::start(SocketAddr::from(([127, 0, 0, 1], 0)), options)
        .await
        .unwrap()
}

/// An emulator of a few users that rehearses faults.
pub(super) async fn start_with(chaos: &str) -> Emulator {
    let chaos: Chaos = chaos.parse().unwrap();
    start(Options::default().users(30).chaos(chaos)).await
}

/// The text of a request with the right credential.
pub(super) fn request(method: &str, target: &str, body: &str) -> String {
    let token = STANDARD.encode(format!("{PROJECT_ID}:{SECRET}"));
    format!(
        "{method} {target} HTTP/1.1\r\nhost: test\r\nauthorization: Basic {token}\r\n\
         content-length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// A connection that is kept alive.
pub(super) struct Connection(TcpStream);

impl Connection {
    pub(super) async fn open(emulator: &Emulator) -> Self {
        Self(TcpStream::connect(emulator.address()).await.unwrap())
    }

    pub(super) async fn send(&mut self, text: &str) {
        self.0.write_all(text.as_bytes()).await.unwrap();
    }

    /// Everything until the other side closes, and how it closed.
    pub(super) async fn read_to_end(&mut self) -> (Vec<u8>, io::Result<()>) {
        let mut bytes = Vec::new();
        let end = self.0.read_to_end(&mut bytes).await;
        (bytes, end.map(|_| ()))
    }

    /// The head of an answer, and as many bytes of its body as are asked for.
    pub(super) async fn read(&mut self, length: impl Fn(&str) -> usize) -> (String, Vec<u8>) {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(self.0.read_u8().await.unwrap());
        }
        let head = String::from_utf8(head).unwrap();
        let mut body = vec![0; length(&head)];
        self.0.read_exact(&mut body).await.unwrap();
        (head, body)
    }

    /// One exchange: the status and the JSON body.
    pub(super) async fn call(&mut self, method: &str, target: &str, body: &str) -> (u16, Value) {
        self.send(&request(method, target, body)).await;
        let (head, body) = self.read(content_length).await;
        (status(&head), serde_json::from_slice(&body).unwrap())
    }
}

pub(super) fn status(head: &str) -> u16 {
    head.split(' ').nth(1).unwrap().parse().unwrap()
}

pub(super) fn content_length(head: &str) -> usize {
    let lower = head.to_lowercase();
    let (_, rest) = lower.split_once("content-length: ").unwrap();
    rest.split("\r\n").next().unwrap().parse().unwrap()
}
