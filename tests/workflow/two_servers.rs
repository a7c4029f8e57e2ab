//! Two servers that share a database: when one crashes, the other takes over.

use super::engine::{Example, Server};
use super::postgres::{Postgres, USER};
use super::stytch::{RETRIEVE, SEARCH, line, page, user};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::json;
use std::time::Instant;
use stytch_emulator::{Emulator, Options, PROJECT_ID};
use stytch_testkit::{Answer, ScriptedServer};

/// The secrets of the servers, by which Stytch can tell them apart.
const SECRETS: [&str; 2] = ["secret-test-of-the-first", "secret-test-of-the-second"];

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs obelisk on the path, and PostgreSQL"]
async fn a_workflow_survives_the_crash_of_its_server_while_another_lives() {
    let stytch = Emulator::start(([127, 0, 0, 1], 0).into(), Options::default())
        .await
        .unwrap();
    tokio::task::block_in_place(|| story(&stytch));
}

fn story(stytch: &Emulator) {
    let stalled = ScriptedServer::start_with(vec![
        user(stytch, "ada.lovelace"),
        Answer::Stall(Vec::new()),
        page(stytch),
    ]);
    let postgres = Postgres::start();
    let example = Example::new("workflow-two-servers");
    let server = |name, secret| {
        example
            .server(name, "server-postgres.toml", &stalled.base_url())
            .with("STYTCH_SECRET", secret)
            .with("POSTGRES_HOST", postgres.host())
            .with("POSTGRES_USER", USER)
            .with("POSTGRES_PASSWORD", "not asked for")
            .with("POSTGRES_DATABASE", "obelisk")
    };
    let mut servers = [
        server("first", SECRETS[0]).with_deployment(),
        server("second", SECRETS[1]),
    ];
    servers.iter_mut().for_each(Server::start);

    // The server whose search waits for its response dies.
    let ada = servers[0].submit("ada.lovelace");
    assert_eq!(line(&stalled.request()), RETRIEVE);
    let search = stalled.request();
    assert_eq!(line(&search), SEARCH);
    let (holder, other) = match SECRETS.map(|secret| is_from(&search, secret)) {
        [true, false] => (0, 1),
        [false, true] => (1, 0),
        _ => panic!("it is from neither: {search}"),
    };
    assert_eq!(example.filed("ada.lovelace"), None);
    servers[holder].kill();
    let killed = Instant::now();

    // The other finishes: it repeats the search, and nothing that had ended.
    let case = servers[other].result(&ada)["ok"].clone();
    println!("finished {:?} after the crash", killed.elapsed());
    let search = stalled.request();
    assert_eq!(line(&search), SEARCH);
    assert!(is_from(&search, SECRETS[other]), "{search}");
    assert_eq!(stalled.pending_requests(), 0);
    assert_eq!(case["verdict"], "clear", "{case}");
    assert_eq!(case["verified_emails"], json!(["ada@example.com"]));
    assert_eq!(example.filed("ada.lovelace"), Some(case));
}

/// Whether a request has the credential with this secret.
fn is_from(request: &str, secret: &str) -> bool {
    request.contains(&BASE64_STANDARD.encode(format!("{PROJECT_ID}:{secret}")))
}
