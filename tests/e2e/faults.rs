//! Faults before and within responses, as tables of server behaviour and the expected
//! outcome. Each call ends promptly with its own error, and leaves neither a task nor a
//! connection behind.

mod body;
mod connection;
mod content;
mod headers;
mod multiple_calls;
mod tls;

use crate::{builder, credential, everyone};
use std::fmt::Debug;
use std::time::{Duration, Instant};
use stytch_host::types::Error as PluginError;
use stytch_host::{Error, Plugin, PluginBuilder};
use stytch_testkit::{Answer, ScriptedServer, Step};
use tls::Front;
use tokio::runtime::Handle;

/// The time within which a call without a timeout must end, even on a machine that is
/// busy with other tests.
const SOON: Duration = Duration::from_secs(8);

/// The deadline of calls that are expected to time out.
const DEADLINE: Duration = Duration::from_millis(250);

/// Every plugin of this suite is built here.
fn plugin(settings: impl FnOnce(PluginBuilder) -> PluginBuilder) -> Plugin {
    settings(builder()).build().unwrap()
}

/// The expected outcome for a misbehaving server.
struct Row {
    name: &'static str,
    answer: Answer,
    expected: &'static str,
}

/// A row whose server reads the request and sends these bytes.
fn row(name: &'static str, answer: impl Into<Vec<u8>>, expected: &'static str) -> Row {
    Row {
        name,
        answer: Answer::Bytes(answer.into()),
        expected,
    }
}

/// A row whose server performs these steps.
fn steps(name: &'static str, steps: Vec<Step>, expected: &'static str) -> Row {
    Row {
        name,
        answer: Answer::Steps(steps),
        expected,
    }
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Operation {
    Search,
    Retrieve,
}

impl Operation {
    const BOTH: [Self; 2] = [Self::Search, Self::Retrieve];

    /// The outcome of a call, in one or two words.
    async fn outcome(self, plugin: &Plugin, base_url: &str) -> String {
        let credential = credential(base_url);
        match self {
            Self::Search => describe(plugin.search_users(&credential, &everyone()).await),
            Self::Retrieve => describe(plugin.retrieve_user(&credential, "user-test-1").await),
        }
    }
}

fn describe<T>(result: Result<T, Error>) -> String {
    match result {
        Ok(_) => "ok".to_owned(),
        Err(Error::Deadline { .. }) => "deadline".to_owned(),
        Err(Error::Plugin {
            error: PluginError::Unreachable(problem),
            ..
        }) => format!("{:?}", problem.cause).replace("TransportCause::", ""),
        Err(error) => error.code().to_owned(),
    }
}

/// Runs every row for both operations over plain HTTP, and for one over TLS.
async fn check(rows: Vec<Row>, settings: impl Fn(PluginBuilder) -> PluginBuilder) {
    let mut failures = Vec::new();
    for Row {
        name,
        answer,
        expected,
    } in rows
    {
        for (operation, tls) in [
            (Operation::Search, false),
            (Operation::Search, true),
            (Operation::Retrieve, false),
        ] {
            let start = Instant::now();
            let outcome = attempt(operation, tls, &answer, &settings).await;
            let took = start.elapsed();
            if outcome != expected || took > SOON {
                failures.push(format!(
                    "{name} ({operation:?}, tls: {tls}): {outcome} instead of {expected}, in {took:?}"
                ));
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// Makes one call with its own plugin, and reports anything that it leaves behind.
async fn attempt(
    operation: Operation,
    tls: bool,
    answer: &Answer,
    settings: impl Fn(PluginBuilder) -> PluginBuilder,
) -> String {
    let server = ScriptedServer::start(answer.clone());
    let front = if tls {
        Some(Front::start(server.port()).await)
    } else {
        None
    };
    let tasks = Handle::current().metrics().num_alive_tasks();
    let plugin = plugin(|builder| match &front {
        Some(front) => settings(builder.ca_file(front.ca_file())),
        None => settings(builder),
    });
    let base_url = front
        .as_ref()
        .map_or_else(|| server.base_url(), Front::base_url);
    let outcome = operation.outcome(&plugin, &base_url).await;
    // None of these connections can be reused.
    if !settles(|| server.open_connections() == 0).await {
        return format!("{outcome}, and a connection stayed open");
    }
    drop(plugin);
    if !settles(|| Handle::current().metrics().num_alive_tasks() <= tasks).await {
        return format!("{outcome}, and a task kept running");
    }
    outcome
}

/// Waits for a condition; returns whether it became true.
async fn settles(mut condition: impl FnMut() -> bool) -> bool {
    let start = Instant::now();
    while !condition() {
        if start.elapsed() > SOON {
            return false;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    true
}

/// A 200 response.
fn ok(headers: &str, body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\n{headers}\r\n\r\n{body}")
}
