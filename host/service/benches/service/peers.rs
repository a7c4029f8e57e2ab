//! Services that do the same without a sandbox.

use super::load::Target;
use super::{USER, plain};
use axum::Router;
use axum::extract::{Path, State};
use axum::routing::get;
use bytes::Bytes;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use stytch_emulator::{Emulator, PROJECT_ID, SECRET};
use tokio::net::TcpListener;

/// axum, hyper and serde, without tokens, limits and logs. It decodes the user, and sends on
/// the bytes that it received.
pub(crate) async fn plain(emulator: &Emulator) -> Target {
    async fn user(State(client): State<plain::Client>, Path(user_id): Path<String>) -> Bytes {
        let body = client.user_body(&user_id).await;
        let user: plain::User = serde_json::from_slice(&body).unwrap();
        std::hint::black_box(user);
        body
    }
    let router = Router::new()
        .route("/users/{user_id}", get(user))
        .with_state(plain::Client::new(&emulator.base_url()));
    Target {
        name: "plain service",
        url: format!("http://{}/users/{USER}", serve(router).await),
        authorization: String::new(),
    }
}

/// Serves until the runtime ends, and returns the address.
pub(crate) async fn serve(router: Router) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async { axum::serve(listener, router).await });
    address
}

/// A process that ends with this value.
pub(crate) struct Node {
    process: Child,
    pub(crate) target: Target,
}

impl Drop for Node {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Fastify and Stytch's own SDK, if they are installed.
pub(crate) fn node(emulator: &Emulator) -> Option<Node> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/service/node");
    if !std::path::Path::new(folder).join("node_modules").exists() {
        return None;
    }
    let mut process = Command::new("node")
        .arg("server.mjs")
        .current_dir(folder)
        .env("STYTCH_BASE_URL", emulator.base_url())
        .env("STYTCH_PROJECT_ID", PROJECT_ID)
        .env("STYTCH_SECRET", SECRET)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    let stdout = process.stdout.take().unwrap();
    BufReader::new(stdout).read_line(&mut line).unwrap();
    let target = Target {
        name: "Node service",
        url: format!("{}/users/{USER}", line.trim_end()),
        authorization: String::new(),
    };
    Some(Node { process, target })
}
