//! A thousand concurrent calls, eight in ten of them hostile.

use super::{hostile, nowhere};
use crate::{builder, credential};
use std::io::Read;
use std::net::TcpListener;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};
use stytch_emulator::{self as emulator, Emulator};
use stytch_host::{Credential, Error, PluginBuilder, Secret};
use tokio::runtime::{Builder, Runtime};

/// The number of calls of each kind.
const CALLS: u32 = 100;
const GOOD_CALLS: u32 = 200;

fn runtime() -> Runtime {
    Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap()
}

fn pooled(calls: u32) -> PluginBuilder {
    builder().pool(NonZeroU32::new(calls).unwrap())
}

/// A server that never responds, and counts its connections.
struct Silence {
    authority: String,
    connected: Arc<AtomicUsize>,
}

impl Silence {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let authority = listener.local_addr().unwrap().to_string();
        let connected = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&connected);
        // Ends with the test process: it only ever blocks in `accept`.
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (mut stream, count) = (stream.unwrap(), Arc::clone(&count));
                count.fetch_add(1, Ordering::SeqCst);
                thread::spawn(move || {
                    let _ = stream.read_to_end(&mut Vec::new());
                    count.fetch_sub(1, Ordering::SeqCst);
                });
            }
        });
        Self {
            authority,
            connected,
        }
    }

    fn connected(&self) -> usize {
        self.connected.load(Ordering::SeqCst)
    }
}

/// Waits until the count is zero.
fn wait_for_none(what: &str, count: impl Fn() -> usize) {
    let until = Instant::now() + Duration::from_secs(20);
    while count() > 0 {
        assert!(Instant::now() < until, "{} {what} are left", count());
        thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn well_behaved_calls_succeed_alongside_eight_hundred_hostile_ones() {
    let servers = runtime();
    let options = emulator::Options::default();
    let stytch = servers
        .block_on(Emulator::start(([127, 0, 0, 1], 0).into(), options))
        .unwrap();
    let silence = Silence::start();
    let calls = runtime();

    let mut hostile_calls = Vec::new();
    for name in [
        "loop", "start", "memory", "stack", "handles", "headers", "trap", "wait",
    ] {
        // Touched memory is really allocated on this machine.
        let limits = pooled(CALLS)
            .max_memory_bytes(2 << 20)
            .deadline(Duration::from_secs(5));
        let plugin = hostile(name, limits);
        let credential = match name {
            "wait" => credential(&format!("http://{}", silence.authority)),
            _ => nowhere(),
        };
        for _ in 0..CALLS {
            let (plugin, credential) = (plugin.clone(), credential.clone());
            let authority = silence.authority.clone();
            hostile_calls.push(calls.spawn(async move {
                let error = plugin.retrieve_user(&credential, &authority).await;
                (name, error.unwrap_err())
            }));
        }
    }

    let good = pooled(GOOD_CALLS).build().unwrap();
    let secret = Secret::new(emulator::SECRET.to_owned());
    let known = Credential::new(emulator::PROJECT_ID, secret)
        .with_base_url(&stytch.base_url())
        .unwrap();
    let good_calls: Vec<_> = (0..GOOD_CALLS)
        .map(|_| {
            let (good, known) = (good.clone(), known.clone());
            calls.spawn(async move {
                for _ in 0..5 {
                    good.check(&known).await?;
                }
                Ok::<_, Error>(())
            })
        })
        .collect();

    calls.block_on(async {
        for call in good_calls {
            call.await.unwrap().unwrap();
        }
        for call in hostile_calls {
            let (name, error) = call.await.unwrap();
            let expected = match name {
                "loop" | "start" | "wait" => {
                    matches!(error, Error::Deadline { .. } | Error::Limit(_))
                }
                "trap" => matches!(error, Error::Trap(_)),
                _ => matches!(error, Error::Limit(_)),
            };
            assert!(expected, "{name}: {error:?}");
        }
    });

    wait_for_none("connections", || silence.connected());
    drop(good);
    wait_for_none("tasks", || calls.metrics().num_alive_tasks());
}
