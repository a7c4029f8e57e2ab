//! A raw-socket server: it reads one request a connection and answers with
//! bytes, so that a test can send what no HTTP library would.

use socket2::SockRef;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
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
    /// Sends these bytes, and closes when another request comes, as a server does
    /// that gives an idle connection up at that moment.
    Stale(Vec<u8>),
    /// Closes at once, without reading.
    Close,
    /// Does one thing after the other. After the last one the connection is
    /// closed as it is: a reset where the client sent what was not read.
    Steps(Vec<Step>),
}

/// One thing that a server does.
#[derive(Clone)]
pub enum Step {
    /// Reads a head, and as much body as it announces.
    Request,
    /// Sends these bytes.
    Send(Vec<u8>),
    /// Sends these bytes so many times, as long as the client takes them.
    Repeat(Vec<u8>, u64),
    /// Sends these bytes one by one with a pause after each, as long as the
    /// client takes them.
    Drip(Vec<u8>, Duration),
    /// Sends nothing until the client leaves.
    Stall,
    /// Tells the client that there is no more, and waits until it leaves.
    Finish,
    /// Resets the connection.
    Reset,
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

    fn steps(self) -> Vec<Step> {
        match self {
            Self::Bytes(bytes) => vec![Step::Request, Step::Send(bytes), Step::Finish],
            Self::Stall(bytes) => vec![Step::Request, Step::Send(bytes), Step::Stall],
            Self::Greeting(bytes) => vec![Step::Send(bytes), Step::Finish],
            Self::Stale(bytes) => vec![Step::Request, Step::Send(bytes), Step::Request],
            Self::Close => vec![],
            Self::Steps(steps) => steps,
        }
    }
}

/// Answers connections until the test ends.
pub struct ScriptedServer {
    address: std::net::SocketAddr,
    requests: Receiver<String>,
    open: Arc<AtomicUsize>,
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
        let open = Arc::new(AtomicUsize::new(0));
        let counter = open.clone();
        // Ends with the test process: it only ever blocks in `accept`.
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let answer = answers.next().unwrap_or_else(|| last.clone());
                let (sender, counter) = (sender.clone(), counter.clone());
                counter.fetch_add(1, Ordering::SeqCst);
                thread::spawn(move || {
                    let mut stream = stream;
                    for step in answer.steps() {
                        match step {
                            Step::Request => drop(sender.send(read_request(&mut stream))),
                            other => other.take(&mut stream),
                        }
                    }
                    drop(stream);
                    counter.fetch_sub(1, Ordering::SeqCst);
                });
            }
        });
        Self {
            address,
            requests,
            open,
        }
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

    /// How many connections there are now.
    pub fn open_connections(&self) -> usize {
        self.open.load(Ordering::SeqCst)
    }
}

impl Step {
    /// What fails is not looked at: the client may have left.
    fn take(self, stream: &mut TcpStream) {
        match self {
            Self::Request => drop(read_request(stream)),
            Self::Send(bytes) => drop(stream.write_all(&bytes)),
            Self::Repeat(bytes, times) => {
                // Many small pieces at a time.
                let at_once = (1 << 16) / bytes.len().max(1) as u64 + 1;
                let mut left = times;
                while left > 0 {
                    let now = at_once.min(left);
                    let piece = bytes.repeat(usize::try_from(now).unwrap_or(1));
                    if stream.write_all(&piece).is_err() {
                        break;
                    }
                    left -= now;
                }
            }
            Self::Drip(bytes, pause) => {
                for byte in bytes {
                    if stream.write_all(&[byte]).is_err() {
                        break;
                    }
                    thread::sleep(pause);
                }
            }
            Self::Stall => until_it_leaves(stream),
            // What the client still sends is read: left unread, it would turn the
            // close into a reset.
            Self::Finish => {
                let _ = stream.shutdown(Shutdown::Write);
                until_it_leaves(stream);
            }
            Self::Reset => {
                let _ = SockRef::from(&*stream).set_linger(Some(Duration::ZERO));
            }
        }
    }
}

fn until_it_leaves(stream: &mut TcpStream) {
    let _ = stream.set_read_timeout(None);
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
