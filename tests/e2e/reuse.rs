//! Instances that are reused for several calls.

use crate::{builder, credential, emulated};
use std::num::NonZeroU32;
use stytch_emulator::Options;
use stytch_host::types::{self, SearchRequest};
use stytch_host::{Credential, Error, Plugin, PluginBuilder, Secret};
use stytch_testkit::guest;
use tokio::task::JoinSet;

fn calls(calls: u32) -> NonZeroU32 {
    NonZeroU32::new(calls).unwrap()
}

/// A plugin of a component that counts its calls.
fn counting(builder: PluginBuilder) -> Plugin {
    builder.component_file(guest("remember")).build().unwrap()
}

/// Makes a call; returns its number within its instance.
async fn count(plugin: &Plugin, credential: &Credential) -> u16 {
    match plugin.retrieve_user(credential, "count").await {
        Err(Error::Plugin {
            error: types::Error::NotFound(api),
            ..
        }) => api.status,
        other => panic!("{other:?}"),
    }
}

async fn counts(plugin: &Plugin, credential: &Credential, times: usize) -> Vec<u16> {
    let mut counts = Vec::new();
    for _ in 0..times {
        counts.push(count(plugin, credential).await);
    }
    counts
}

#[tokio::test]
async fn by_default_each_call_has_a_fresh_instance() {
    for plugin in [counting(builder()), counting(builder().pool(calls(1)))] {
        let credential = credential("http://127.0.0.1:1");
        assert_eq!(counts(&plugin, &credential, 3).await, [1, 1, 1]);
    }
}

#[tokio::test]
async fn an_instance_is_replaced_after_its_number_of_calls() {
    for builder in [builder(), builder().pool(calls(1))] {
        let plugin = counting(builder.reuse(calls(3)));
        let credential = credential("http://127.0.0.1:1");
        assert_eq!(counts(&plugin, &credential, 7).await, [1, 2, 3, 1, 2, 3, 1]);
    }
}

#[tokio::test]
async fn an_instance_serves_one_credential() {
    let plugin = counting(builder().reuse(calls(10)));
    let one = credential("http://127.0.0.1:1");
    let secret = |secret: &str| Secret::new(secret.to_owned());
    let others = [
        Credential::new("project-test-1", secret("secret-test-2")),
        Credential::new("project-test-2", secret("secret-test-1")),
    ];
    let others = others.map(|other| other.with_base_url("http://127.0.0.1:1").unwrap());
    let elsewhere = credential("http://127.0.0.1:2");
    assert_eq!(counts(&plugin, &one, 2).await, [1, 2]);
    for other in others.iter().chain([&elsewhere]) {
        assert_eq!(count(&plugin, other).await, 1, "{other:?}");
    }
    assert_eq!(count(&plugin, &one).await, 3);
    // One that has the secret does not serve a call that seals it.
    let sealed = plugin.with_seal();
    assert_eq!(counts(&sealed, &one, 2).await, [1, 2]);
    assert_eq!(count(&plugin, &one).await, 4);
}

#[tokio::test]
async fn an_instance_is_dropped_after_its_own_error() {
    let plugin = counting(builder().reuse(calls(10)));
    let credential = credential("http://127.0.0.1:1");
    assert_eq!(counts(&plugin, &credential, 2).await, [1, 2]);
    let error = plugin.retrieve_user(&credential, "x").await.unwrap_err();
    assert_eq!(error.code(), "malformed_response");
    assert_eq!(count(&plugin, &credential).await, 1);
    // A trap.
    plugin.check(&credential).await.unwrap_err();
    assert_eq!(count(&plugin, &credential).await, 1);
}

#[tokio::test]
async fn more_credentials_than_instances_take_turns() {
    let plugin = counting(builder().pool(calls(2)).reuse(calls(10)));
    let credential = |number: usize| credential(&format!("http://127.0.0.1:{number}"));
    for round in 0..3 {
        for number in 1..=20 {
            assert_eq!(count(&plugin, &credential(number)).await, 1, "{round}");
        }
    }
    // The instances of the last two are still there.
    assert_eq!(count(&plugin, &credential(20)).await, 2);
    assert_eq!(count(&plugin, &credential(19)).await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_call_gets_its_own_response() {
    let (_emulator, credential) = emulated(Options::default()).await;
    let plugin = builder().pool(calls(8)).reuse(calls(50)).build().unwrap();
    let page = |limit| SearchRequest {
        query: None,
        limit: Some(limit),
        cursor: None,
    };
    let users = plugin.search_users(&credential, &page(200)).await.unwrap();
    let mut running = JoinSet::new();
    for (number, user) in users.users.into_iter().enumerate() {
        let (plugin, credential) = (plugin.clone(), credential.clone());
        running.spawn(async move {
            let found = plugin.retrieve_user(&credential, &user.user_id).await;
            assert_eq!(
                serde_json::to_string(&found.unwrap().user).unwrap(),
                serde_json::to_string(&user).unwrap()
            );
            let nobody = plugin.retrieve_user(&credential, "nobody").await;
            assert!(nobody.unwrap_err().is_not_found());
            let limit = u32::try_from(number % 150 + 1).unwrap();
            let found = plugin.search_users(&credential, &page(limit)).await;
            assert_eq!(found.unwrap().users.len(), limit as usize);
        });
    }
    running.join_all().await;
}
