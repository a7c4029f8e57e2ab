//! `cargo test --test replay`

#![allow(
    dead_code,
    clippy::needless_pass_by_value,
    clippy::result_large_err,
    clippy::struct_field_names,
    clippy::unwrap_used,
    reason = "tests panic, and start no worker; the others are as in the program"
)]

mod activities;
mod stytch;
mod workflows;

use std::fs;
use std::path::Path;
use stytch::{Email, User};
use temporalio_client::WorkflowHistory;
use temporalio_sdk::workflow_replayer::{
    WorkflowReplayError, WorkflowReplayFailure, WorkflowReplayer, WorkflowReplayerOptions,
};
use workflows::{EnrichCase, NightlyAudit, decide};

fn text(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/rust/histories");
    fs::read_to_string(folder.join(format!("{name}.json"))).unwrap()
}

async fn replay(text: &str) -> Result<(), WorkflowReplayError> {
    let options = WorkflowReplayerOptions::new()
        .register_workflow::<EnrichCase>()
        .unwrap()
        .register_workflow::<NightlyAudit>()
        .unwrap()
        .build();
    let history = WorkflowHistory::from_json(text.as_bytes()).unwrap();
    let replayer = WorkflowReplayer::new(options)?;
    replayer.replay_workflow(history).await
}

/// Workflows that run now must go on with the code of today. A change that fails here
/// needs `WorkflowContext::patched`.
#[tokio::test]
async fn histories_of_every_branch_are_replayed() {
    for name in ["audit", "deleted", "locked", "ok", "unknown", "unverified"] {
        let result = replay(&text(name)).await;
        assert!(result.is_ok(), "{name}: {result:?}");
    }
}

#[tokio::test]
async fn another_order_of_steps_is_noticed() {
    let text = text("ok");
    assert!(text.contains("stytch.search_users"));
    let result = replay(&text.replace("stytch.search_users", "write_case")).await;
    let noticed = matches!(
        result,
        Err(WorkflowReplayError::Replay(
            WorkflowReplayFailure::Nondeterminism { .. }
        ))
    );
    assert!(noticed, "{result:?}");
}

fn user(is_locked: bool, verified: &[bool]) -> User {
    let email = |verified: &bool| Email {
        email: Some("ada@example.com".to_owned()),
        verified: Some(*verified),
    };
    User {
        is_locked: Some(is_locked),
        emails: Some(verified.iter().map(email).collect()),
        ..User::default()
    }
}

#[test]
fn each_decision() {
    for (user, decision) in [
        (None, "unknown user"),
        (Some(user(true, &[true])), "locked"),
        (Some(user(false, &[])), "no verified e-mail address"),
        (Some(user(false, &[false])), "no verified e-mail address"),
        (Some(user(false, &[false, true])), "ok"),
    ] {
        assert_eq!(decide(user.as_ref()).unwrap(), decision);
    }
}

#[test]
fn a_member_that_the_worker_leaves_out_is_no_decision() {
    let empty = User::default;
    for user in [
        empty(),
        User {
            is_locked: Some(false),
            ..empty()
        },
        User {
            is_locked: Some(false),
            emails: Some(vec![Email::default()]),
            ..empty()
        },
    ] {
        let failure = decide(Some(&user)).unwrap_err();
        assert!(failure.to_string().contains("--fields"), "{failure}");
    }
}
