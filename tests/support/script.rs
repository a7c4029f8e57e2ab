//! A raw-socket server: it reads one request a connection and answers with
//! bytes, so that a test can send what no HTTP library would.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

/// What the server does with a connection.
#[derive(Clone)]
pub enum Answer {
    /// Sends these bytes and closes.
    Bytes(Vec<u8>),
    /// Sends these bytes and then nothing, keeping the connection open until the
    /// client leaves.
    Stall(Vec<u8>),
    /// Sends these bytes without waiting for a request, and closes.
    Greeting(Vec<u8>),
    /// Closes at once, without reading.
    Close,
}

impl Answer {
    /// A well-formed answer.
    pub fn http(status: &str, headers: &[&str], body: impl AsRef<[u8]>) -> Self {
        let body = body.as_ref();
        let mut bytes = format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\n", body.len());
        for header in headers {
            bytes.push_str(header);
            bytes.push_str("\r\n");
        }
        bytes.push_str("\r\n");
        let mut bytes = bytes.into_bytes();
        bytes.extend_from_slice(body);
        Self::Bytes(bytes)
    }
}

/// Answers connections until the test ends.
pub struct ScriptedServer {
    address: std::net::SocketAddr,
    requests: Receiver<String>,
}

impl ScriptedServer {
    /// Gives the same answer to every connection.
    pub fn start(answer: Answer) -> Self {
        Self::start_with(vec![answer])
    }

    /// Gives these answers, one for each connection, and the last one to all
    /// that follow.
    ///
    /// # Panics
    ///
    /// When there is none.
    pub fn start_with(mut answers: Vec<Answer>) -> Self {
        let last = answers.pop().expect("an answer");
        let mut answers = answers.into_iter();
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        let (sender, requests) = channel();
        // Ends with the test process: it only ever blocks in `accept`.
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let answer = answers.next().unwrap_or_else(|| last.clone());
                let sender = sender.clone();
                thread::spawn(move || {
                    let mut stream = stream;
                    match answer {
                        Answer::Close => {}
                        Answer::Greeting(bytes) => finish(&mut stream, &bytes),
                        Answer::Bytes(bytes) => {
                            let _ = sender.send(read_request(&mut stream));
                            finish(&mut stream, &bytes);
                        }
                        Answer::Stall(bytes) => {
                            let _ = sender.send(read_request(&mut stream));
                            let _ = stream.write_all(&bytes);
                            let _ = stream.read(&mut [0]);
                        }
                    }
                });
            }
        });
        Self { address, requests }
    }

    pub fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// The next request, whole, as it was sent.
    pub fn request(&self) -> String {
        self.requests
            .recv_timeout(Duration::from_secs(10))
            .expect("a request arrived")
    }

    /// How many requests came that were not looked at.
    pub fn pending_requests(&self) -> usize {
        self.requests.try_iter().count()
    }
}

/// Sends the last bytes. What the client still sends is read: left unread, it
/// would turn the close into a reset.
fn finish(stream: &mut TcpStream, bytes: &[u8]) {
    let _ = stream.write_all(bytes);
    let _ = stream.shutdown(Shutdown::Write);
    let _ = stream.read_to_end(&mut Vec::new());
}

/// Reads a head, and as much body as it announces.
fn read_request(stream: &mut TcpStream) -> String {
    let _ = stream.set_read_timeout(Some(Duration::from_secs(10)));
    let mut bytes = Vec::new();
    let mut chunk = [0; 4096];
    loop {
        let head_end = bytes.windows(4).position(|window| window == b"\r\n\r\n");
        if let Some((head, body)) = head_end.and_then(|end| bytes.split_at_checked(end + 4)) {
            let announced = String::from_utf8_lossy(head)
                .lines()
                .filter_map(|line| line.split_once(':'))
                .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
                .and_then(|(_, value)| value.trim().parse().ok())
                .unwrap_or(0);
            if body.len() >= announced {
                return String::from_utf8_lossy(&bytes).into_owned();
            }
        }
        match stream.read(&mut chunk) {
            Ok(0) | Err(_) => return String::from_utf8_lossy(&bytes).into_owned(),
            Ok(count) => bytes.extend(chunk.iter().take(count)),
        }
    }
}
