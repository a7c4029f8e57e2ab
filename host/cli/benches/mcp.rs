//! The tools of agents over standard input and output: how soon the first answer is there,
//! what a call of a tool takes besides the library's call, and how large a page is:
//!
//! ```sh
//! cargo bench --bench mcp
//! ```

#![allow(
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a measurement that fails panics, and prints its figures"
)]

use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Lines, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};
use stytch_emulator::{Emulator, Options, PROJECT_ID, SECRET};
use stytch_host::{Credential, Plugin, Secret};

const STARTS: usize = 21;
const CALLS: usize = 1000;

struct Server {
    child: Child,
    input: ChildStdin,
    output: Lines<BufReader<ChildStdout>>,
}

impl Server {
    fn start(base_url: &str, cache: &Path) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_stytch-host"))
            .args(["-q", "mcp", "--max-results", "1000"])
            .env_clear()
            .env("XDG_CACHE_HOME", cache)
            .env("STYTCH_PROJECT_ID", PROJECT_ID)
            .env("STYTCH_SECRET", SECRET)
            .env("STYTCH_BASE_URL", base_url)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        Self {
            input: child.stdin.take().unwrap(),
            output: BufReader::new(child.stdout.take().unwrap()).lines(),
            child,
        }
    }

    /// The text of the response to a request.
    fn request(&mut self, method: &str, params: &Value) -> String {
        let request = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params});
        self.input
            .write_all(format!("{request}\n").as_bytes())
            .unwrap();
        self.output.next().unwrap().unwrap()
    }

    fn initialize(&mut self) {
        let params = json!({
            "protocolVersion": "2025-11-25",
            "capabilities": {},
            "clientInfo": {"name": "bench", "version": "1"},
        });
        assert!(self.request("initialize", &params).contains("2025-11-25"));
    }

    fn call(&mut self, tool: &str, arguments: &Value) -> String {
        self.request("tools/call", &json!({"name": tool, "arguments": arguments}))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

#[tokio::main]
async fn main() {
    let cache = tempfile::tempdir().unwrap();
    let options = Options::default().users(1000);
    let emulator = Emulator::start(([127, 0, 0, 1], 0).into(), options);
    let emulator = emulator.await.unwrap();
    let base_url = emulator.base_url();
    let (mut first, mut listed) = (Vec::new(), Vec::new());
    // The first one compiles the component, and is not measured.
    for number in 0..=STARTS {
        let start = Instant::now();
        let mut server = Server::start(&base_url, cache.path());
        server.initialize();
        let initialized = start.elapsed();
        server.request("tools/list", &json!({}));
        if number > 0 {
            first.push(initialized);
            listed.push(start.elapsed());
        }
    }
    println!(
        "first answer {:.1} ms, list of tools {:.1} ms after the start",
        median(first).as_secs_f64() * 1e3,
        median(listed).as_secs_f64() * 1e3
    );

    let credential = Credential::new(PROJECT_ID, Secret::new(SECRET.to_owned()))
        .with_base_url(&base_url)
        .unwrap();
    let plugin = Plugin::builder().sealed().build().unwrap();
    let mut server = Server::start(&base_url, cache.path());
    server.initialize();
    let (mut library, mut tool) = (Vec::new(), Vec::new());
    for number in 0..CALLS + 50 {
        let start = Instant::now();
        let user = plugin.retrieve_user(&credential, "ada.lovelace").await;
        let of_library = start.elapsed();
        assert!(user.is_ok());
        let start = Instant::now();
        let answer = server.call("retrieve_user", &json!({"user_id": "ada.lovelace"}));
        let of_tool = start.elapsed();
        assert!(answer.contains("Ada"));
        if number >= 50 {
            library.push(of_library);
            tool.push(of_tool);
        }
    }
    let (library, tool) = (median(library), median(tool));
    println!(
        "a call: library {:.3} ms, tool {:.3} ms, which is {:.3} ms more and {:.2} times",
        library.as_secs_f64() * 1e3,
        tool.as_secs_f64() * 1e3,
        tool.saturating_sub(library).as_secs_f64() * 1e3,
        tool.as_secs_f64() / library.as_secs_f64()
    );

    let fields = json!(["user_id", "status", "name.first_name"]);
    let start = Instant::now();
    let page = server.call("search_users", &json!({"limit": 1000, "fields": fields}));
    println!(
        "1,000 users with three members: {} bytes in {:.1} ms",
        page.len(),
        start.elapsed().as_secs_f64() * 1e3
    );
}
