//! Hostile components: each ends at its limits with a typed error, and affects nothing
//! else.

mod files;
mod load;
mod requests;

use crate::{builder, credential};
use std::time::{Duration, Instant};
use stytch_host::{Credential, Error, Limit, Plugin, PluginBuilder};
use stytch_testkit::{Answer, ScriptedServer, guest};

/// A plugin of the component in `tests/support/guests/{name}.wat`.
fn hostile(name: &str, builder: PluginBuilder) -> Plugin {
    builder.component_file(guest(name)).build().unwrap()
}

/// A credential for a server that gets no requests.
fn nowhere() -> Credential {
    credential("http://127.0.0.1:1")
}

async fn attack(plugin: &Plugin, credential: &Credential, user_id: &str) -> Error {
    plugin.retrieve_user(credential, user_id).await.unwrap_err()
}

fn authority(server: &ScriptedServer) -> String {
    format!("127.0.0.1:{}", server.port())
}

#[tokio::test]
async fn each_attack_ends_at_its_limit() {
    for (name, limit) in [
        ("loop", Limit::Cpu),
        ("start", Limit::Cpu),
        ("memory", Limit::Memory),
        ("table", Limit::Memory),
        ("stack", Limit::Stack),
        ("handles", Limit::Handles),
        ("flood", Limit::Handles),
        ("headers", Limit::Headers),
        ("result", Limit::Transfer),
    ] {
        let limits = match limit {
            Limit::Cpu => builder().max_cpu_time(Duration::from_millis(100)),
            _ => builder(),
        };
        let plugin = hostile(name, limits);
        // The next call of the same plugin is unaffected.
        for _ in 0..3 {
            let error = attack(&plugin, &nowhere(), "127.0.0.1:1").await;
            assert!(
                matches!(error, Error::Limit(found) if found == limit),
                "{name}: {error:?}"
            );
            assert_eq!(
                (error.code(), error.is_retryable()),
                ("plugin_failed", false)
            );
        }
    }
}

#[tokio::test]
async fn breaking_the_contract_is_a_trap() {
    for (name, expected) in [
        ("trap", "unreachable"),
        ("nonsense", "out of bounds"),
        ("text", "utf-8"),
    ] {
        let plugin = hostile(name, builder());
        for _ in 0..3 {
            let error = attack(&plugin, &nowhere(), "u").await;
            assert!(matches!(error, Error::Trap(_)), "{name}: {error:?}");
            assert!(error.to_string().contains(expected), "{name}: {error}");
        }
    }
}

#[tokio::test]
async fn the_limits_can_be_set() {
    let below_default = [
        ("handles", builder().max_handles(5)),
        ("headers", builder().max_request_header_bytes(100)),
        ("result", builder().max_transfer_bytes(1000)),
        ("stack", builder().max_stack_bytes(1)),
    ];
    for (name, builder) in below_default {
        let error = attack(&hostile(name, builder), &nowhere(), "u").await;
        assert!(matches!(error, Error::Limit(_)), "{name}: {error:?}");
    }
    // Within the limit, the result is passed on.
    let plugin = hostile("result", builder().max_transfer_bytes(300 << 20));
    let error = attack(&plugin, &nowhere(), "u").await;
    assert_eq!(error.code(), "malformed_response");
}

#[tokio::test]
async fn an_endless_loop_ends_at_the_deadline_and_does_not_block_other_tasks() {
    let plugin = hostile("loop", builder().deadline(Duration::from_secs(1)));
    let credential = nowhere();
    let mut call = std::pin::pin!(attack(&plugin, &credential, "u"));
    // On the only thread.
    let mut turns = 0;
    let error = loop {
        tokio::select! {
            error = &mut call => break error,
            () = tokio::time::sleep(Duration::from_millis(1)) => turns += 1,
        }
    };
    assert!(matches!(error, Error::Deadline { .. }), "{error:?}");
    assert!(turns >= 5, "{turns}");
}

#[tokio::test]
async fn waiting_does_not_count_as_cpu_time() {
    let server = ScriptedServer::start(Answer::Stall(Vec::new()));
    let limits = builder()
        .max_cpu_time(Duration::from_millis(100))
        .deadline(Duration::from_millis(600));
    let error = attack(
        &hostile("wait", limits),
        &credential(&server.base_url()),
        &authority(&server),
    )
    .await;
    assert!(matches!(error, Error::Deadline { .. }), "{error:?}");
}

#[tokio::test]
async fn no_request_is_sent_after_the_deadline() {
    let server = ScriptedServer::start(Answer::http("200 OK", &[], "{}"));
    let credential = credential(&server.base_url());
    // With enough time the request is sent, which shows how long it takes.
    let plugin = hostile("late", builder().max_cpu_time(Duration::from_mins(1)));
    let start = Instant::now();
    let patient = {
        let (plugin, credential) = (plugin.clone(), credential.clone());
        let authority = authority(&server);
        tokio::spawn(async move { plugin.retrieve_user(&credential, &authority).await })
    };
    let server = tokio::task::spawn_blocking(move || {
        server.request();
        server
    })
    .await
    .unwrap();
    let takes = start.elapsed();
    patient.abort();

    let plugin = hostile("late", builder().deadline(takes / 4));
    let error = attack(&plugin, &credential, &authority(&server)).await;
    assert!(matches!(error, Error::Deadline { .. }), "{error:?}");
    tokio::time::sleep(takes * 2).await;
    assert_eq!(server.pending_requests(), 0);
}

#[tokio::test]
async fn a_component_can_send_only_one_request_per_call() {
    let server = ScriptedServer::start(Answer::http("200 OK", &[], "{}"));
    let error = attack(
        &hostile("flood", builder()),
        &credential(&server.base_url()),
        &authority(&server),
    )
    .await;
    assert!(matches!(error, Error::Limit(Limit::Handles)), "{error:?}");
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(server.pending_requests() <= 1);
}
