//! A workflow platform that runs steps for many tenants: one plugin, a credential per
//! tenant, a limit on concurrency, and a decision for each class of failure.
//!
//! ```text
//! cargo run --release -p stytch-host --example embed
//! ```

#![expect(clippy::print_stdout, reason = "it is a program")]

use futures_util::{StreamExt, stream};
use std::error::Error;
use std::num::NonZeroU32;
use std::time::Duration;
use stytch_emulator::{self as emulator, Emulator, Options};
use stytch_host::json::search_request_from_json;
use stytch_host::{Credential, ErrorKind, Plugin, Secret};
use tokio_util::sync::CancellationToken;

/// The number of concurrent steps, for which the pool reserves memory.
const CONCURRENCY: NonZeroU32 = NonZeroU32::new(32).expect("it is not 0");

/// An operation in a workflow.
enum Step {
    RetrieveUser(&'static str),
    /// The request is Stytch's JSON.
    SearchUsers(&'static str),
}

/// A step of a tenant's workflow, which can be cancelled.
struct Run<'a> {
    tenant: &'static str,
    credential: &'a Credential,
    step: Step,
    cancelled: CancellationToken,
}

/// How a workflow continues after a step.
#[derive(Debug, PartialEq)]
enum Next {
    /// It continues with this number of users.
    GoOn(usize),
    /// It continues without the user, who does not exist.
    NoSuchUser,
    /// The step is queued again for later.
    Later(Option<Duration>),
    /// All steps of the tenant wait until somebody fixes the credential.
    PauseTenant,
    /// The workflow fails: the same step would fail again.
    Fail(String),
    Cancelled,
}

/// The plugin has already retried transient failures.
fn decide(error: &stytch_host::Error) -> Next {
    match error.kind() {
        ErrorKind::NotFound => Next::NoSuchUser,
        ErrorKind::Unauthorized | ErrorKind::Misconfigured => Next::PauseTenant,
        _ if error.is_retryable() => Next::Later(error.retry_after()),
        kind => Next::Fail(format!("{kind}: {error}")),
    }
}

async fn call(plugin: &Plugin, run: &Run<'_>) -> Next {
    let answer = match &run.step {
        Step::RetrieveUser(id) => {
            let answer = plugin.retrieve_user(run.credential, id).await;
            answer.map(|_| 1)
        }
        Step::SearchUsers(json) => match search_request_from_json(json) {
            Ok(request) => {
                let answer = plugin.search_users(run.credential, &request).await;
                answer.map(|page| page.users.len())
            }
            Err(error) => return Next::Fail(format!("invalid_input: {error}")),
        },
    };
    match answer {
        Ok(users) => Next::GoOn(users),
        Err(error) => decide(&error),
    }
}

/// Runs a step. Cancelling it drops the call, together with its instance and request.
async fn run(plugin: &Plugin, run: Run<'_>) -> (&'static str, Next) {
    let next = tokio::select! {
        () = run.cancelled.cancelled() => Next::Cancelled,
        next = call(plugin, &run) => next,
    };
    (run.tenant, next)
}

/// An emulator as the tenant's Stytch, and the credential for it.
async fn tenant(chaos: &str, secret: &str) -> Result<(Emulator, Credential), Box<dyn Error>> {
    let options = Options::default().chaos(chaos.parse()?);
    let stytch = Emulator::start(([127, 0, 0, 1], 0).into(), options).await?;
    let credential = Credential::new(emulator::PROJECT_ID, Secret::new(secret.to_owned()))
        .with_base_url(&stytch.base_url())?;
    Ok((stytch, credential))
}

/// The outcomes of the steps of some tenants, in order.
async fn platform() -> Result<Vec<(&'static str, Next)>, Box<dyn Error>> {
    let plugin = Plugin::builder()
        .pool(CONCURRENCY)
        .deadline(Duration::from_secs(20))
        .build()?;

    let (_acme, acme) = tenant("", emulator::SECRET).await?;
    // Only the first request fails.
    let (_busy, busy) = tenant("503@1", emulator::SECRET).await?;
    // Rate limited for longer than the deadline of a call.
    let (_limited, limited) = tenant("429,retry-after=60s", emulator::SECRET).await?;
    let (_revoked, revoked) = tenant("", "secret-test-of-last-year").await?;
    // Never responds.
    let (_silent, silent) = tenant("stall@headers", emulator::SECRET).await?;

    let never = CancellationToken::new();
    let by_its_user = CancellationToken::new();
    let step = |tenant, credential, step| Run {
        tenant,
        credential,
        step,
        cancelled: never.clone(),
    };
    let runs = vec![
        step("acme", &acme, Step::RetrieveUser("ada.lovelace")),
        step("acme", &acme, Step::RetrieveUser("nobody")),
        step("acme", &acme, Step::RetrieveUser("../sessions")),
        step("acme", &acme, Step::SearchUsers(r#"{"limit": 25}"#)),
        step("acme", &acme, Step::SearchUsers(r#"{"limit": "25"}"#)),
        step("busy", &busy, Step::RetrieveUser("ada.lovelace")),
        step("limited", &limited, Step::RetrieveUser("ada.lovelace")),
        step("revoked", &revoked, Step::RetrieveUser("ada.lovelace")),
        Run {
            cancelled: by_its_user.clone(),
            ..step("silent", &silent, Step::RetrieveUser("ada.lovelace"))
        },
    ];
    let cancel = async {
        tokio::time::sleep(Duration::from_millis(500)).await;
        by_its_user.cancel();
    };
    let steps = stream::iter(runs)
        .map(|step| run(&plugin, step))
        .buffered(CONCURRENCY.get() as usize)
        .collect();
    let (results, ()) = tokio::join!(steps, cancel);
    Ok(results)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    for (tenant, next) in platform().await? {
        println!("{tenant:8} {next:?}");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn each_class_of_failure_has_its_consequence() {
        let results = platform().await.unwrap();
        let tenants = results.iter().map(|(tenant, _)| *tenant);
        let expected = "acme acme acme acme acme busy limited revoked silent";
        assert_eq!(tenants.collect::<Vec<_>>().join(" "), expected);
        let mut results = results.into_iter().map(|(_, next)| next);
        let mut next = || results.next().unwrap();
        assert_eq!(next(), Next::GoOn(1));
        assert_eq!(next(), Next::NoSuchUser);
        assert!(matches!(next(), Next::Fail(why) if why.starts_with("invalid_input: ")));
        assert_eq!(next(), Next::GoOn(25));
        assert!(matches!(next(), Next::Fail(why) if why.starts_with("invalid_input: ")));
        assert_eq!(next(), Next::GoOn(1));
        assert_eq!(next(), Next::Later(Some(Duration::from_mins(1))));
        assert_eq!(next(), Next::PauseTenant);
        assert_eq!(next(), Next::Cancelled);
    }
}
