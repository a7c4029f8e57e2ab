//! Everything that goes wrong on the way to an answer and in it, as tables of
//! rows: what a server does, and what becomes of a call. Each row ends in time,
//! with its own error, and leaves neither a task nor a connection behind.

mod body;
mod connecting;
mod content;
mod head;
mod many;
mod tls;

use crate::{builder, credential, everyone};
use std::fmt::Debug;
use std::time::{Duration, Instant};
use stytch_host::types::Error as PluginError;
use stytch_host::{Error, Plugin, PluginBuilder};
use stytch_testkit::{Answer, ScriptedServer, Step};
use tls::Front;
use tokio::runtime::Handle;

/// A call that ends for another reason than time ends within this, also on a
/// machine that is busy with other tests.
const SOON: Duration = Duration::from_secs(8);

/// Where the bound of a call is what ends it, it is this one.
const DEADLINE: Duration = Duration::from_millis(250);

/// The one place where this suite makes its plugins.
fn plugin(settings: impl FnOnce(PluginBuilder) -> PluginBuilder) -> Plugin {
    settings(builder()).build().unwrap()
}

/// What is to be seen of a server that does this.
struct Row {
    name: &'static str,
    answer: Answer,
    expected: &'static str,
}

/// A row whose server reads the request and answers with these bytes.
fn row(name: &'static str, answer: impl Into<Vec<u8>>, expected: &'static str) -> Row {
    Row {
        name,
        answer: Answer::Bytes(answer.into()),
        expected,
    }
}

/// A row whose server does these things.
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

    /// What becomes of a call, in one word or two.
    async fn outcome(self, plugin: &Plugin, base_url: &str) -> String {
        let credential = credential(base_url);
        match self {
            Self::Search => told(plugin.search_users(&credential, &everyone()).await),
            Self::Retrieve => told(plugin.retrieve_user(&credential, "user-test-1").await),
        }
    }
}

fn told<T>(result: Result<T, Error>) -> String {
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

/// Runs every row, for both operations, over plain HTTP and, once, over TLS.
async fn check(rows: Vec<Row>, settings: impl Fn(PluginBuilder) -> PluginBuilder) {
    let mut wrong = Vec::new();
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
            let begun = Instant::now();
            let outcome = attempt(operation, tls, &answer, &settings).await;
            let took = begun.elapsed();
            if outcome != expected || took > SOON {
                wrong.push(format!(
                    "{name} ({operation:?}, tls: {tls}): {outcome} and not {expected}, in {took:?}"
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// One call of a plugin of its own, and what it leaves behind, if anything.
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
    // None of these servers leaves a connection that could be used again.
    if !settles(|| server.open_connections() == 0).await {
        return format!("{outcome}, and a connection stayed open");
    }
    drop(plugin);
    if !settles(|| Handle::current().metrics().num_alive_tasks() <= tasks).await {
        return format!("{outcome}, and a task went on");
    }
    outcome
}

/// Whether something becomes true, soon.
async fn settles(mut condition: impl FnMut() -> bool) -> bool {
    let begun = Instant::now();
    while !condition() {
        if begun.elapsed() > SOON {
            return false;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    true
}

/// The head of a 200, and what follows.
fn ok(headers: &str, body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\n{headers}\r\n\r\n{body}")
}
