//! The plainest HTTP client: one request on a connection of its own. What it
//! brings is what the server sent, with nothing of this project in between.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

/// Sends one request and gives the answer's body.
pub fn http_call(
    address: SocketAddr,
    method: &str,
    path: &str,
    (user, password): (&str, &str),
    body: &str,
) -> String {
    let pair = BASE64_STANDARD.encode(format!("{user}:{password}"));
    let request = format!(
        "{method} {path} HTTP/1.1\r\nhost: {address}\r\nauthorization: Basic {pair}\r\n\
         content-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
    let mut stream = TcpStream::connect(address).expect("a connection");
    stream
        .write_all(request.as_bytes())
        .expect("a sent request");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    let (_, body) = answer.split_once("\r\n\r\n").expect("a head and a body");
    body.to_owned()
}
