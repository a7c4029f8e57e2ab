//! The service with three nodes of Restate on this machine: what survives what.
//!
//! They need Node's package registry, from which Restate comes, and a minute or two, so they
//! are ignored unless asked for:
//! `cargo test --manifest-path host/examples/restate/Cargo.toml -- --ignored --test-threads 1`.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "tests panic"
)]

mod cluster;
mod gate;

use cluster::{Cluster, wait_for};
use gate::Gate;
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use stytch_emulator::{Emulator, Options, PROJECT_ID, SECRET};

/// Investigations at a time.
const COUNT: usize = 20;

async fn stytch(chaos: &str) -> Emulator {
    let options = Options::default().chaos(chaos.parse().unwrap());
    let listen = ([127, 0, 0, 1], 0).into();
    Emulator::start(listen, options).await.unwrap()
}

/// The IDs of different users whose e-mail address is verified, so that an investigation
/// has both of its steps.
fn user_ids(cluster: &Cluster) -> Vec<String> {
    let query = json!({"operator": "AND", "operands": [
        {"filter_name": "email_verified", "filter_value": true},
    ]});
    let (status, page) = cluster.call("search_users", &json!({"limit": 1000, "query": query}));
    assert_eq!(status, 200, "{page}");
    let users = page["results"].as_array().unwrap();
    let ids = users.iter().map(|user| user["user_id"].as_str().unwrap());
    ids.take(COUNT).map(str::to_owned).collect()
}

/// Begins an investigation of each user, and waits until all of them are in their second
/// step.
fn begin(cluster: &Cluster, gate: &Gate, user_ids: &[String]) -> Vec<String> {
    gate.close();
    let invocations = user_ids.iter().enumerate().map(|(number, user_id)| {
        cluster.begin(number, "investigate", &json!({"user_id": user_id}))
    });
    let invocations = invocations.collect();
    wait_for("search for each user", || {
        (gate.held() == user_ids.len()).then_some(())
    });
    invocations
}

/// Waits until all investigations are finished; none may have repeated its first step.
fn finish(cluster: &Cluster, gate: &Gate, user_ids: &[String], invocations: &[String]) {
    gate.open();
    for (user_id, invocation) in user_ids.iter().zip(invocations) {
        let case = cluster.result(invocation);
        assert_eq!(case["user_id"], *user_id, "{case}");
        assert!(case["same_domain"].as_u64().unwrap() > 0, "{case}");
        assert_eq!(gate.retrievals(user_id), 1, "{user_id}");
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs npm and its package registry"]
async fn invocations_survive_the_crash_of_a_node_and_repeat_no_finished_step() {
    let stytch = stytch("").await;
    let gate = Gate::before(stytch.address());
    let mut cluster = Cluster::start();
    let _service = cluster.serve(&gate.base_url(), SECRET);
    cluster.register();
    let user_ids = user_ids(&cluster);
    let before = gate.searches();
    let invocations = begin(&cluster, &gate, &user_ids);

    let led = cluster.kill_leader();
    let killed = Instant::now();
    assert!(led >= 2, "it led {led} of 4 partitions");
    let (status, user) = cluster.call("retrieve_user", &json!({"user_id": "ada.lovelace"}));
    assert_eq!(status, 200, "{user}");
    println!("a node that led {led} of 4 partitions was killed");
    println!("the next call: after {:?}", killed.elapsed());
    finish(&cluster, &gate, &user_ids, &invocations);
    println!(
        "{COUNT} investigations: finished after {:?}",
        killed.elapsed()
    );
    let searches = gate.searches() - before;
    println!("{searches} searches for {COUNT} users");
    assert!(searches >= COUNT);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs npm and its package registry"]
async fn invocations_survive_the_crash_and_the_stop_of_the_service() {
    let stytch = stytch("").await;
    let gate = Gate::before(stytch.address());
    let cluster = Cluster::start();
    let service = cluster.serve(&gate.base_url(), SECRET);
    cluster.register();
    let user_ids = user_ids(&cluster);
    let (crash, stop) = user_ids.split_at(COUNT / 2);

    let invocations = begin(&cluster, &gate, crash);
    service.kill();
    let service = cluster.serve(&gate.base_url(), SECRET);
    let restarted = Instant::now();
    finish(&cluster, &gate, crash, &invocations);
    println!("after the crash: finished in {:?}", restarted.elapsed());

    let invocations = begin(&cluster, &gate, stop);
    let status = service.terminate();
    assert!(status.success(), "{status}");
    let _service = cluster.serve(&gate.base_url(), SECRET);
    let restarted = Instant::now();
    finish(&cluster, &gate, stop, &invocations);
    println!("after the stop: finished in {:?}", restarted.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs npm and its package registry"]
async fn what_passes_is_retried_what_does_not_is_not_and_no_failure_is_about_people() {
    let stytch = stytch("429@1,503@2,stall@headers@3").await;
    let cluster = Cluster::start();
    let service = cluster.serve(&stytch.base_url(), SECRET);
    cluster.register();

    let start = Instant::now();
    let (status, case) = cluster.call("investigate", &json!({"user_id": "ada.lovelace"}));
    assert_eq!(status, 200, "{case}");
    assert_eq!(case["verdict"], "clear");
    // Three that failed, and one for each step.
    assert_eq!(stytch.requests(), 5);
    assert!(start.elapsed() >= Duration::from_secs(10), "the deadline");
    println!(
        "429, 503, no response: finished after {:?}",
        start.elapsed()
    );

    let (status, case) = cluster.call("investigate", &json!({"user_id": "nobody"}));
    assert_eq!((status, &case["verdict"]), (200, &json!("unknown-user")));
    let (status, user) = cluster.call("retrieve_user", &json!({"user_id": "ada.lovelace"}));
    assert_eq!(
        (status, &user["external_id"]),
        (200, &json!("ada.lovelace"))
    );
    assert_eq!(stytch.requests(), 7);

    let person = "grace.hopper@example.com";
    let fails = |handler: &str, input: Value, status: u16, code: &str, requests: u64| {
        let before = stytch.requests();
        let (actual, failure) = cluster.call(handler, &input);
        assert_eq!(actual, status, "{failure}");
        let text = failure["message"].as_str().unwrap();
        assert!(text.starts_with(code), "{text}");
        assert!(!failure.to_string().contains("grace"), "{failure}");
        assert_eq!(stytch.requests() - before, requests, "{text}");
    };
    fails(
        "retrieve_user",
        json!({"user_id": "nobody"}),
        404,
        "not_found",
        1,
    );
    fails(
        "retrieve_user",
        json!({"user_id": person}),
        400,
        "invalid_input",
        0,
    );
    fails(
        "retrieve_user",
        json!({"user_id": [person]}),
        400,
        "invalid_input",
        0,
    );
    fails(
        "search_users",
        json!({"query": person}),
        400,
        "invalid_input",
        0,
    );
    drop(service);
    let wrong = "secret-test-of-last-year";
    let _service = cluster.serve(&stytch.base_url(), wrong);
    fails(
        "retrieve_user",
        json!({"user_id": "nobody"}),
        502,
        "unauthorized",
        1,
    );

    // What people can read: the journals, which have the inputs, and the logs, which have
    // not. Neither has a secret.
    let journals = cluster.journals();
    assert!(journals.contains("ada.lovelace"), "{journals}");
    let logs = cluster.logs();
    assert!(logs.contains("rate_limited: status 429"), "{logs}");
    for person in ["ada.lovelace", "grace.hopper", "example.com"] {
        assert!(!logs.contains(person), "{person}");
    }
    for secret in [SECRET, wrong, PROJECT_ID] {
        assert!(!journals.contains(secret) && !logs.contains(secret));
    }
}
