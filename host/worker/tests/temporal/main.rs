//! Workers with Temporal's own server and the emulator. They need Python 3 and its package
//! registry, from which the server comes.

#![allow(
    clippy::expect_used,
    clippy::format_collect,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::too_many_lines,
    clippy::unwrap_used,
    reason = "tests panic, and start a server for several cases"
)]

#[allow(dead_code, reason = "the benchmark uses the rest")]
mod caller;
mod limits;
mod processes;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use processes::{Temporal, wait_for};
use serde_json::{Value, json};
use std::fs;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, UNIX_EPOCH};
use stytch_emulator::{Emulator, Options, PROJECT_ID, SECRET};

async fn stytch(options: Options) -> Emulator {
    let listen = ([127, 0, 0, 1], 0).into();
    Emulator::start(listen, options).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn activities_return_stytchs_json_and_failures_name_nobody() {
    let stytch = stytch(Options::default()).await;
    let server = Temporal::start();
    server.add_credential("acme", &stytch);
    let worker = server.worker(&[]);

    let input = json!({"credential": "acme", "user_id": "ada.lovelace"});
    let user = server
        .execute("stytch.retrieve_user", "stytch.acme", &input)
        .unwrap();
    assert_eq!(user["external_id"], "ada.lovelace");
    assert!(user["request_id"].is_string());
    let input = json!({"credential": "acme", "limit": 2});
    let page = server
        .execute("stytch.search_users", "stytch.acme.search", &input)
        .unwrap();
    assert_eq!(page["results"].as_array().unwrap().len(), 2);
    assert_eq!(page["results_metadata"]["total"], 200);
    let input = json!({"credential": "acme"});
    let report = server
        .execute("stytch.check", "stytch.acme.search", &input)
        .unwrap();
    assert_eq!(report["environment"], "test");

    server.add_credential("revoked", &stytch);
    let secret = server.folder.path().join("credentials/revoked/secret");
    fs::write(secret, "secret-test-revoked=").unwrap();
    let worker = [worker, server.worker(&["--credential", "revoked"])];

    let person = "grace.hopper@example.com";
    for (activity, queue, input, code) in [
        (
            "retrieve_user",
            "stytch.revoked",
            json!({"credential": "revoked", "user_id": "ada.lovelace"}),
            "unauthorized",
        ),
        (
            "retrieve_user",
            "stytch.acme",
            json!({"credential": "acme", "user_id": "nobody"}),
            "not_found",
        ),
        (
            "retrieve_user",
            "stytch.acme",
            json!({"credential": person, "user_id": "u"}),
            "unknown_credential",
        ),
        (
            "retrieve_user",
            "stytch.acme",
            json!({"credential": "acme", "user_id": [person]}),
            "invalid_input",
        ),
        (
            "retrieve_user",
            "stytch.acme",
            json!({"credential": "acme", "user_id": person}),
            "invalid_input",
        ),
        (
            "search_users",
            "stytch.acme",
            json!({"credential": "acme"}),
            "wrong_task_queue",
        ),
        (
            "search_users",
            "stytch.acme.search",
            json!({"credential": "acme", "limit": 5000}),
            "invalid_input",
        ),
        (
            "search_users",
            "stytch.acme.search",
            json!({"credential": "acme", "query": person}),
            "invalid_input",
        ),
    ] {
        let failure = server
            .execute(&format!("stytch.{activity}"), queue, &input)
            .unwrap_err();
        let info = &failure["applicationFailureInfo"];
        assert_eq!(info["type"], code, "{failure}");
        assert_eq!(info["nonRetryable"], true, "{failure}");
        assert!(!failure.to_string().contains("grace"), "{failure}");
    }
    for worker in worker {
        let (is_success, log) = worker.terminate();
        assert!(is_success && log.contains("stopped"), "{log}");
        for secret in ["grace", "ada", "secret-test", PROJECT_ID, SECRET] {
            assert!(!log.contains(secret), "{log}");
        }
    }
    // It is there that histories are.
    assert!(server.has_stored("ada.lovelace"));
    for form in [
        SECRET.to_owned(),
        "secret-test-revoked".to_owned(),
        PROJECT_ID.to_owned(),
        BASE64_STANDARD.encode(SECRET),
        BASE64_STANDARD.encode(format!("{PROJECT_ID}:{SECRET}")),
        SECRET.replace('=', "%3D"),
        SECRET.bytes().map(|byte| format!("{byte:02x}")).collect(),
    ] {
        assert!(!server.has_stored(&form), "{form}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_decides_which_members_get_into_a_history() {
    let stytch = stytch(Options::default()).await;
    let server = Temporal::start();
    server.add_credential("acme", &stytch);
    let _worker = server.worker(&["--fields", "user_id,emails.verified"]);
    let input = json!({"credential": "acme", "user_id": "ada.lovelace"});
    let user = server
        .execute("stytch.retrieve_user", "stytch.acme", &input)
        .unwrap();
    let names: Vec<_> = user.as_object().unwrap().keys().collect();
    assert_eq!(names, ["emails", "request_id", "user_id"]);
    assert_eq!(user["emails"][0].as_object().unwrap().len(), 1, "{user}");
    let input = json!({"credential": "acme", "limit": 1});
    let page = server
        .execute("stytch.search_users", "stytch.acme.search", &input)
        .unwrap();
    assert_eq!(page["results"][0].as_object().unwrap().len(), 2, "{page}");
    assert!(
        page["results_metadata"]["next_cursor"].is_string(),
        "{page}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_for_all_users_resumes_with_another_worker_and_misses_none() {
    let stytch = stytch(Options::default().users(20_000)).await;
    let server = Temporal::start();
    server.add_credential("acme", &stytch);
    let folder = server.folder.path().join("exports");
    let destination = folder.to_str().unwrap().to_owned();
    let arguments = [
        "--destination",
        &destination,
        "--pages-per-minute",
        "3000",
        "--searches-per-minute",
        "6000",
    ];
    let search = |file: &str, server: &Temporal| {
        let input = json!({"credential": "acme", "file": file, "limit": 100});
        server.begin("stytch.search_all", "stytch.acme.search-all", &input)
    };
    let mut worker = server.worker(&arguments);
    let undisturbed = search("undisturbed.jsonl", &server);
    let undisturbed = server.result(&undisturbed).unwrap();
    let id = search("disturbed.jsonl", &server);
    let partial = folder.join("acme/disturbed.jsonl.partial");
    let size = || fs::metadata(&partial).map_or(0, |file| file.len());
    for part in 1..=3 {
        wait_for("progress", || (size() > part * 2_500_000).then_some(()));
        worker.kill();
        worker = server.worker(&arguments);
    }
    let disturbed = server.result(&id).unwrap();
    for member in [
        "pages",
        "users",
        "unique_users",
        "complete",
        "total_at_start",
        "total_at_end",
    ] {
        assert_eq!(
            disturbed["receipt"][member], undisturbed["receipt"][member],
            "{member}"
        );
    }
    assert_eq!(disturbed["receipt"]["users"], 20_000);
    let read = |file: &str| fs::read(folder.join("acme").join(file)).unwrap();
    assert!(read("disturbed.jsonl") == read("undisturbed.jsonl"));
    assert_eq!(size(), 0, "no partial file is left");
    let requests = stytch.requests();
    assert!(
        requests < 200 + 400,
        "it did not start again each time: {requests}"
    );
}

/// The minutes of the emulator's clock in the test below.
static MINUTE: AtomicU64 = AtomicU64::new(0);

#[tokio::test(flavor = "multi_thread")]
async fn a_429_pauses_all_workers_until_stytch_takes_requests_again() {
    let options = Options::default()
        .rate_limit(3)
        .clock(|| UNIX_EPOCH + Duration::from_mins(MINUTE.load(Ordering::Relaxed)))
        .chaos("retry-after=10s".parse().unwrap());
    let stytch = stytch(options).await;
    let server = Temporal::start();
    server.add_credential("acme", &stytch);
    let workers = [server.worker(&[]), server.worker(&[])];
    let input = json!({"credential": "acme", "limit": 1});
    let ids: Vec<_> = (0..8)
        .map(|_| server.begin("stytch.search_users", "stytch.acme.search", &input))
        .collect();
    wait_for("pause", || {
        let config = server.task_queue_config("stytch.acme.search");
        config.contains("Stytch's response was 429").then_some(())
    });
    // Calls that were in flight when the pause began.
    tokio::time::sleep(Duration::from_secs(1)).await;
    let requests = stytch.requests();
    assert!((4..=6).contains(&requests), "{requests}");
    // The workers that know of the pause are gone; another one ends it when it is time.
    drop(workers);
    let _worker = server.worker(&[]);
    assert_eq!(stytch.requests(), requests);
    // A minute has room for three searches, and two are left for the last one.
    MINUTE.store(1, Ordering::Relaxed);
    wait_for("requests", || {
        (stytch.requests() >= requests + 3).then_some(())
    });
    MINUTE.store(2, Ordering::Relaxed);
    for id in ids {
        let page = server.result(&id).unwrap();
        assert_eq!(page["results"].as_array().unwrap().len(), 1);
    }
    assert!(
        !server
            .task_queue_config("stytch.acme.search")
            .contains("429")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_stops_hands_its_calls_to_another() {
    let stalled = stytch(Options::default().chaos("stall@headers".parse().unwrap())).await;
    let server = Temporal::start();
    server.add_credential("acme", &stalled);
    let worker = server.worker(&["--drain", "0.5"]);
    let input = json!({"credential": "acme", "user_id": "ada.lovelace"});
    let id = server.begin("stytch.retrieve_user", "stytch.acme", &input);
    wait_for("request", || (stalled.requests() > 0).then_some(()));
    let healthy = stytch(Options::default()).await;
    let (is_success, log) = worker.terminate();
    assert!(is_success && log.contains("worker_stopping"), "{log}");
    server.add_credential("acme", &healthy);
    let _worker = server.worker(&[]);
    let user: Value = server.result(&id).unwrap();
    assert_eq!(user["external_id"], "ada.lovelace");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_credential_whose_stytch_hangs_does_not_delay_the_others() {
    let stalled = stytch(Options::default().chaos("stall@headers".parse().unwrap())).await;
    let healthy = stytch(Options::default()).await;
    let server = Temporal::start();
    server.add_credential("stalled", &stalled);
    server.add_credential("healthy", &healthy);
    let worker = server.worker(&["--max-calls", "2"]);
    let input = json!({"credential": "stalled", "user_id": "ada.lovelace"});
    for _ in 0..4 {
        server.begin("stytch.retrieve_user", "stytch.stalled", &input);
    }
    // As many as the credential may have in flight.
    wait_for("requests", || (stalled.requests() >= 2).then_some(()));
    let input = json!({"credential": "healthy", "user_id": "ada.lovelace"});
    let user = server
        .execute("stytch.retrieve_user", "stytch.healthy", &input)
        .unwrap();
    assert_eq!(user["external_id"], "ada.lovelace");
    // It did not wait until one of the others had timed out.
    let log = worker.log();
    assert!(!log.contains("unreachable"), "{log}");
    assert_eq!(stalled.requests(), 2);
}
