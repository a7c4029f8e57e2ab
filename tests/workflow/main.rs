//! `host/examples/workflow/` in Obelisk, a workflow engine with a log of its own: the
//! workflow survives a crash in its middle, and retries only what passes with time.
//!
//! Obelisk is a program of its own, which takes long to build, so this is ignored unless
//! asked for: `cargo test --workspace --test workflow -- --ignored`, with `obelisk` 0.38.3
//! on the path. Two servers need `PostgreSQL`, too, which the test starts itself.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test that fails panics"
)]

mod engine;
#[cfg(unix)]
mod postgres;
mod readme;
mod stytch;
#[cfg(unix)]
mod two_servers;

use engine::Example;
use serde_json::json;
use stytch::{RETRIEVE, SEARCH, error, line, page, user};
use stytch_emulator::{Emulator, Options};
use stytch_testkit::{Answer, ScriptedServer};

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs obelisk on the path"]
async fn a_workflow_survives_a_crash_and_retries_what_passes() {
    let stytch = Emulator::start(([127, 0, 0, 1], 0).into(), Options::default())
        .await
        .unwrap();
    tokio::task::block_in_place(|| story(&stytch));
}

fn story(stytch: &Emulator) {
    let locked = "user-test-0900511e-7edf-4d4b-adff-27737b1bc91d";
    let elsewhere = ScriptedServer::start(page(stytch));
    let location = format!("location: {}/v1/users/a", elsewhere.base_url());
    let server = ScriptedServer::start_with(vec![
        user(stytch, "ada.lovelace"),
        Answer::Stall(Vec::new()),
        Answer::http("503 Service Unavailable", &[], ""),
        page(stytch),
        error("429 Too Many Requests", "too_many_requests"),
        Answer::Stall(Vec::new()),
        user(stytch, "ada.lovelace"),
        page(stytch),
        user(stytch, "nobody"),
        user(stytch, locked),
        page(stytch),
        error("401 Unauthorized", "unauthorized_credentials"),
        Answer::http("307 Temporary Redirect", &[location.as_str()], ""),
    ]);
    let example = Example::new("workflow");
    let mut engine = example
        .server("one", "server.toml", &server.base_url())
        .with_deployment();

    // The engine dies while the second activity waits for its answer.
    engine.start();
    let ada = engine.submit("ada.lovelace");
    assert_eq!(line(&server.request()), RETRIEVE);
    assert_eq!(line(&server.request()), SEARCH);
    engine.kill();
    assert_eq!(example.filed("ada.lovelace"), None);

    // Another process goes on from its log: what ended is not asked again; what did not
    // is, and once more for the status that passes.
    engine.start();
    let case = engine.result(&ada)["ok"].clone();
    assert_eq!(line(&server.request()), SEARCH);
    assert_eq!(line(&server.request()), SEARCH);
    assert_eq!(server.pending_requests(), 0);
    assert_eq!(case["verdict"], "clear", "{case}");
    assert_eq!(case["verified_emails"], json!(["ada@example.com"]));
    assert_eq!(case["same_domain"], 200);
    assert_eq!(example.filed("ada.lovelace"), Some(case));

    // A 429 passes, and so does a request that nobody responds to.
    let again = engine.result(&engine.submit("ada.lovelace"))["ok"].clone();
    for request in [RETRIEVE, RETRIEVE, RETRIEVE, SEARCH] {
        assert_eq!(line(&server.request()), request);
    }
    assert_eq!(server.pending_requests(), 0);
    assert_eq!(again["verdict"], "clear", "{again}");

    // Nobody: an answer like any other, and nothing to try again.
    let nobody = engine.result(&engine.submit("nobody"))["ok"].clone();
    assert_eq!(line(&server.request()), "GET /v1/users/nobody HTTP/1.1");
    assert_eq!(server.pending_requests(), 0);
    assert_eq!(nobody["verdict"], "unknown-user", "{nobody}");
    assert_eq!(example.filed("nobody"), Some(nobody));

    // A locked account.
    let held = engine.result(&engine.submit(locked))["ok"].clone();
    assert!(line(&server.request()).starts_with("GET "));
    assert_eq!(line(&server.request()), SEARCH);
    assert_eq!(held["verdict"], "review-lock", "{held}");
    assert_eq!(example.filed(locked), Some(held));

    // A refused credential does not pass: one request, an error, and no case.
    let refused = engine.result(&engine.submit("grace_hopper"));
    assert!(line(&server.request()).starts_with("GET "));
    assert_eq!(server.pending_requests(), 0);
    let reason = "the user was not retrieved: the credential was refused";
    assert_eq!(refused["error"], reason, "{refused}");
    assert_eq!(example.filed("grace_hopper"), None);

    // A redirect is not followed.
    let redirected = engine.result(&engine.submit("alan.turing"));
    assert!(line(&server.request()).starts_with("GET "));
    assert_eq!(elsewhere.pending_requests(), 0);
    let reason = "the user was not retrieved: the response is malformed";
    assert_eq!(redirected["error"], reason, "{redirected}");
}
