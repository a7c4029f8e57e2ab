//! A gate before the emulator: it notes each request, and while it is closed it holds
//! searches back, so that they are in flight for as long as a test needs them to be.

use std::collections::BTreeMap;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;

/// What a request begins with when it is a search.
const SEARCH: &str = "POST /v1/users/search";

pub struct Gate {
    address: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    emulator: SocketAddr,
    /// How often each method and path was seen.
    seen: Mutex<BTreeMap<String, usize>>,
    is_open: Mutex<bool>,
    opened: Condvar,
    /// Whose searches were held back.
    held: Mutex<Vec<TcpStream>>,
}

impl Gate {
    /// Starts an open gate. Its threads end with the test process.
    pub fn before(emulator: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared {
            emulator,
            seen: Mutex::default(),
            is_open: Mutex::new(true),
            opened: Condvar::new(),
            held: Mutex::default(),
        });
        let gate = shared.clone();
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let gate = gate.clone();
                // A client that has left is not an error.
                thread::spawn(move || drop(gate.pass(client)));
            }
        });
        Self { address, shared }
    }

    pub fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn close(&self) {
        *self.shared.is_open.lock().unwrap() = false;
    }

    pub fn open(&self) {
        *self.shared.is_open.lock().unwrap() = true;
        // Else the connections would stay open after their responses.
        self.shared.held.lock().unwrap().clear();
        self.shared.opened.notify_all();
    }

    /// How many searches are held back whose client still waits.
    pub fn held(&self) -> usize {
        let held = self.shared.held.lock().unwrap();
        held.iter().filter(|client| is_connected(client)).count()
    }

    /// How often this user was retrieved.
    pub fn retrievals(&self, user_id: &str) -> usize {
        self.shared.seen(&format!("GET /v1/users/{user_id}"))
    }

    /// How many searches there were, those that are held back included.
    pub fn searches(&self) -> usize {
        self.shared.seen(SEARCH)
    }
}

impl Shared {
    fn seen(&self, request: &str) -> usize {
        let seen = self.seen.lock().unwrap();
        seen.get(request).copied().unwrap_or_default()
    }

    /// Passes one request on, and its response back.
    fn pass(&self, mut client: TcpStream) -> io::Result<()> {
        let (head, body) = read_request(&mut client)?;
        let (request, headers) = head.split_once(" HTTP/1.1\r\n").unwrap();
        *self
            .seen
            .lock()
            .unwrap()
            .entry(request.to_owned())
            .or_default() += 1;
        if request == SEARCH {
            let is_open = self.is_open.lock().unwrap();
            if !*is_open {
                self.held.lock().unwrap().push(client.try_clone()?);
            }
            drop(
                self.opened
                    .wait_while(is_open, |is_open| !*is_open)
                    .unwrap(),
            );
        }
        // The emulator answers to its own address, and one request a connection is enough.
        let headers = headers.lines().filter(|line| !is_header(line, "host"));
        let headers: String = headers.map(|line| format!("{line}\r\n")).collect();
        let host = self.emulator;
        let mut emulator = TcpStream::connect(self.emulator)?;
        write!(
            emulator,
            "{request} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n{headers}\r\n"
        )?;
        emulator.write_all(&body)?;
        io::copy(&mut emulator, &mut client)?;
        Ok(())
    }
}

/// Reads a head, without the empty line after it, and as much body as it announces.
fn read_request(client: &mut TcpStream) -> io::Result<(String, Vec<u8>)> {
    let mut bytes = Vec::new();
    while !bytes.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        client.read_exact(&mut byte)?;
        bytes.extend(byte);
    }
    let head = String::from_utf8(bytes).map_err(io::Error::other)?;
    let length = head
        .lines()
        .find(|line| is_header(line, "content-length"))
        .and_then(|line| line.split_once(':')?.1.trim().parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    client.read_exact(&mut body)?;
    Ok((head.trim_end().to_owned(), body))
}

fn is_header(line: &str, name: &str) -> bool {
    let found = line.split_once(':').map_or("", |(found, _)| found);
    found.eq_ignore_ascii_case(name)
}

/// Whether a client that has sent its request has neither left nor got its response.
fn is_connected(client: &TcpStream) -> bool {
    client.set_nonblocking(true).unwrap();
    let peeked = client.peek(&mut [0]);
    client.set_nonblocking(false).unwrap();
    peeked.is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock)
}
