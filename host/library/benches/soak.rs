//! Soak test: many concurrent callers against an emulator that fails a fifth of their
//! requests:
//!
//! ```sh
//! cargo bench --bench soak -- 60 200
//! ```
//!
//! The arguments are seconds and callers; `cargo test` runs it for 3 seconds.
//! Prints the outcomes of the calls, their requests, and the memory. Fails if a response
//! was wrong, an error does not match the faults, a call was late, memory grew, a task
//! was left, or there were more than 1.3 requests for each call that sent any.

#![allow(
    clippy::cast_precision_loss,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a measurement that fails panics, and prints its figures"
)]

use std::collections::BTreeMap;
use std::fs;
use std::num::NonZeroU32;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};
use stytch_emulator::{self as emulator, Chaos, Emulator, Options};
use stytch_host::types::{RetrievedUser, SearchPage, SearchRequest, User};
use stytch_host::{Credential, Error, Plugin, Secret};
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::task::JoinSet;

/// Faults for a fifth of all requests.
const CHAOS: &str = "429@4%,503@4%,reset@headers@3%,reset@body@3%,stall@headers@1%,stall@body@1%,\
     truncate@4%";

/// How long a caller waits for a stalled response.
const DEADLINE: Duration = Duration::from_secs(2);

/// How much longer than its deadline a call may take on a busy machine.
const GRACE: Duration = Duration::from_secs(3);

/// How much memory may grow after the first third of the time.
const GROWTH: u64 = 16 << 20;

const MOST_REQUESTS_PER_CALL: f64 = 1.3;

/// The outcome of a call that sends no request because of an earlier `Retry-After`.
const HELD_BACK: &str = "held back";

/// The number of users per page, of 200 in all.
const PAGE: u32 = 5;

fn main() -> ExitCode {
    // Not passed by `cargo test`.
    let is_bench = std::env::args().any(|arg| arg == "--bench");
    let mut numbers = std::env::args().filter_map(|arg| arg.parse::<u32>().ok());
    let seconds = numbers.next().unwrap_or(if is_bench { 60 } else { 3 });
    let callers = numbers.next().and_then(NonZeroU32::new);
    let callers = callers.or(NonZeroU32::new(200)).unwrap();

    // Separate, so that the emulator's tasks are not counted.
    let (servers, runtime) = (multi_thread(), multi_thread());
    let emulator = start(&servers, CHAOS);
    let credential = credential(&emulator);
    let figures = runtime.block_on(async {
        let plugin = Plugin::builder()
            .compilation_cache(concat!(env!("CARGO_TARGET_TMPDIR"), "/compiled"))
            .deadline(DEADLINE)
            .pool(callers)
            .build()
            .unwrap();
        let right = Arc::new(Right::learn(&servers, &plugin).await);
        let mut figures = soak(
            &plugin,
            &credential,
            &right,
            callers,
            Duration::from_secs(seconds.into()),
        )
        .await;
        drop(plugin);
        figures.tasks_left = tasks_left().await;
        figures
    });
    let requests = emulator.requests();
    servers.block_on(emulator.stop());
    let violations = figures.report(requests, callers);
    for violation in &violations {
        println!("VIOLATION: {violation}");
    }
    ExitCode::from(u8::from(!violations.is_empty()))
}

fn multi_thread() -> Runtime {
    Builder::new_multi_thread().enable_all().build().unwrap()
}

fn start(runtime: &Runtime, chaos: &str) -> Emulator {
    let options = Options::default().chaos(chaos.parse::<Chaos>().unwrap());
    runtime
        .block_on(Emulator::start(([127, 0, 0, 1], 0).into(), options))
        .unwrap()
}

fn credential(emulator: &Emulator) -> Credential {
    Credential::new(emulator::PROJECT_ID, Secret::new(emulator::SECRET.into()))
        .with_base_url(&emulator.base_url())
        .unwrap()
}

/// The number of tasks some time after all calls have ended.
async fn tasks_left() -> usize {
    let start = Instant::now();
    let metrics = Handle::current().metrics();
    while metrics.num_alive_tasks() > 0 && start.elapsed() < GRACE {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    metrics.num_alive_tasks()
}

/// The responses of an emulator without faults.
struct Right {
    pages: Vec<(SearchRequest, String)>,
    users: Vec<(String, String)>,
}

impl Right {
    async fn learn(servers: &Runtime, plugin: &Plugin) -> Self {
        let options = Options::default();
        let starting = Emulator::start(([127, 0, 0, 1], 0).into(), options);
        let emulator = servers.spawn(starting).await.unwrap().unwrap();
        let credential = credential(&emulator);
        let mut right = Self {
            pages: Vec::new(),
            users: Vec::new(),
        };
        let mut cursor = None;
        loop {
            let request = SearchRequest {
                query: None,
                limit: Some(PAGE),
                cursor,
            };
            let page = plugin.search_users(&credential, &request).await.unwrap();
            for user in &page.users {
                right.users.push((user.user_id.clone(), of_user(user)));
            }
            right.pages.push((request, of_page(&page)));
            if page.next_cursor.is_none() {
                return right;
            }
            cursor = page.next_cursor;
        }
    }
}

/// The content of a response, without its request ID.
fn of_page(page: &SearchPage) -> String {
    format!("{:?} {:?} {:?}", page.users, page.next_cursor, page.total)
}

fn of_user(user: &User) -> String {
    format!("{user:?}")
}

#[derive(Default)]
struct Figures {
    outcomes: BTreeMap<String, u64>,
    /// The outcomes that are not allowed.
    wrong: BTreeMap<String, u64>,
    longest: Duration,
    /// In bytes, sampled ten times.
    memory: Vec<u64>,
    tasks_left: usize,
    took: Duration,
}

async fn soak(
    plugin: &Plugin,
    credential: &Credential,
    right: &Arc<Right>,
    callers: NonZeroU32,
    time: Duration,
) -> Figures {
    let start = Instant::now();
    let mut tasks = JoinSet::new();
    for number in 0..callers.get() as usize {
        let (plugin, credential, right) = (plugin.clone(), credential.clone(), right.clone());
        tasks.spawn(async move {
            let mut figures = Figures::default();
            let mut turn = number;
            while start.elapsed() < time {
                figures.call(&plugin, &credential, &right, turn).await;
                turn += 1;
            }
            figures
        });
    }
    let mut figures = Figures::default();
    for _ in 0..10 {
        tokio::time::sleep(time / 10).await;
        figures.memory.push(memory());
    }
    while let Some(of_caller) = tasks.join_next().await {
        figures.add(of_caller.unwrap());
    }
    figures.took = start.elapsed();
    figures
}

impl Figures {
    async fn call(&mut self, plugin: &Plugin, credential: &Credential, right: &Right, turn: usize) {
        let start = Instant::now();
        let outcome = if turn.is_multiple_of(2) {
            let (request, expected) = pick(&right.pages, turn);
            let answer = plugin.search_users(credential, request).await;
            answer.map(|page| of_page(&page) == *expected)
        } else {
            let (id, expected) = pick(&right.users, turn);
            let answer = plugin.retrieve_user(credential, id).await;
            answer.map(|RetrievedUser { user, .. }| of_user(&user) == *expected)
        };
        self.longest = self.longest.max(start.elapsed());
        let (outcome_name, fine) = match outcome {
            Ok(true) => ("right".to_owned(), true),
            Ok(false) => ("a wrong answer".to_owned(), false),
            Err(Error::Deadline { .. }) => ("deadline".to_owned(), true),
            Err(error) => {
                let code = error.code();
                let fine = ["rate_limited", "unavailable", "unreachable"].contains(&code);
                let outcome_name = if code == "rate_limited" && error.attempts() == 0 {
                    HELD_BACK.to_owned()
                } else if fine {
                    code.to_owned()
                } else {
                    error.to_string()
                };
                (outcome_name, fine)
            }
        };
        let counts = if fine {
            &mut self.outcomes
        } else {
            &mut self.wrong
        };
        *counts.entry(outcome_name).or_default() += 1;
    }

    fn add(&mut self, other: Self) {
        for (outcome_name, count) in other.outcomes {
            *self.outcomes.entry(outcome_name).or_default() += count;
        }
        for (outcome_name, count) in other.wrong {
            *self.wrong.entry(outcome_name).or_default() += count;
        }
        self.longest = self.longest.max(other.longest);
    }

    /// Prints the figures; returns those that are not allowed.
    fn report(&self, requests: u64, callers: NonZeroU32) -> Vec<String> {
        let calls: u64 = self.outcomes.values().chain(self.wrong.values()).sum();
        let held_back = self.outcomes.get(HELD_BACK).copied().unwrap_or_default();
        let ratio = requests as f64 / (calls - held_back).max(1) as f64;
        let early = self.memory.get(3).copied().unwrap_or_default();
        let late = self.memory.last().copied().unwrap_or_default();
        let megabytes = |bytes: u64| bytes as f64 / 1e6;
        println!("{callers} callers for {:.1?}, chaos {CHAOS}", self.took);
        println!(
            "calls         {calls} ({:.0}/s)",
            calls as f64 / self.took.as_secs_f64()
        );
        for (outcome_name, count) in &self.outcomes {
            println!(
                "  {outcome_name:<12}  {count} ({:.1} %)",
                *count as f64 * 100.0 / calls as f64
            );
        }
        println!("requests      {requests} ({ratio:.3} for each call that was sent)");
        println!("longest call  {:.1?}", self.longest);
        println!(
            "memory        {:.1} MB after a third, {:.1} MB at the end",
            megabytes(early),
            megabytes(late)
        );

        let mut violations: Vec<_> = self
            .wrong
            .iter()
            .map(|(outcome_name, count)| format!("{count} calls ended with {outcome_name}"))
            .collect();
        let mut demand = |fine: bool, what: String| {
            if !fine {
                violations.push(what);
            }
        };
        demand(
            self.outcomes.len() > 3,
            "the faults did not strike".to_owned(),
        );
        demand(
            self.longest < DEADLINE + GRACE,
            format!("a call took {:?}", self.longest),
        );
        demand(late < early + GROWTH, "memory grew".to_owned());
        demand(
            self.tasks_left == 0,
            format!("{} tasks were left", self.tasks_left),
        );
        demand(
            ratio <= MOST_REQUESTS_PER_CALL,
            format!("{ratio:.3} requests for each call that was sent"),
        );
        violations
    }
}

fn pick<T>(of: &[T], turn: usize) -> &T {
    of.get(turn % of.len()).unwrap()
}

/// The resident memory of this process, including the emulator, in bytes.
fn memory() -> u64 {
    // Only Linux has this file; elsewhere memory counts as constant.
    let text = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse().ok());
    kilobytes.map_or(0, |kilobytes: u64| kilobytes * 1024)
}
