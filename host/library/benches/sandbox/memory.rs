//! The memory of a call while it waits for its response.

use crate::arguments::Arguments;
use rustix::process::{Resource, getrlimit, setrlimit};
use std::fs;
use std::net::TcpListener;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use stytch_emulator::{PROJECT_ID, SECRET};
use stytch_host::{Credential, Secret};
use tokio::runtime::Builder;
use tokio::task::JoinSet;

/// The number of calls in flight, and the bytes that each of them used. Pages that calls
/// share, such as those of the component's constants, count once.
pub(crate) fn in_flight(arguments: &Arguments) -> (u32, u64) {
    let calls = allowed(arguments.in_flight);
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let base_url = format!("http://{}", listener.local_addr().unwrap());
    let connected = Arc::new(AtomicU32::new(0));
    accept(listener, Arc::clone(&connected));

    let runtime = Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let plugin = arguments
            .builder()
            .pool(NonZeroU32::new(calls).unwrap())
            .response_timeout(Duration::from_mins(1))
            .attempt_timeout(Duration::from_mins(1))
            .build()
            .unwrap();
        let credential = Credential::new(PROJECT_ID, Secret::new(SECRET.into()))
            .with_base_url(&base_url)
            .unwrap();
        let before = proportional();
        let mut waiting = JoinSet::new();
        for _ in 0..calls {
            let (plugin, credential) = (plugin.clone(), credential.clone());
            waiting.spawn(async move { plugin.retrieve_user(&credential, "nobody").await });
        }
        while connected.load(Ordering::Relaxed) < calls {
            assert_eq!(waiting.len(), calls as usize);
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        // Requests are sent once the connections are established.
        tokio::time::sleep(Duration::from_millis(500)).await;
        (calls, (proportional() - before) / u64::from(calls))
    })
}

/// Accepts connections and never responds; its memory is the kernel's.
fn accept(listener: TcpListener, connected: Arc<AtomicU32>) {
    std::thread::spawn(move || {
        let mut streams = Vec::new();
        for stream in listener.incoming() {
            streams.push(stream.unwrap());
            connected.fetch_add(1, Ordering::Relaxed);
        }
    });
}

/// The possible number of calls: each connection is two open files of this process, whose
/// number is limited.
fn allowed(calls: u32) -> u32 {
    const OWN: u64 = 100;
    let mut limit = getrlimit(Resource::Nofile);
    let files = limit.maximum.unwrap_or(u64::MAX);
    limit.current = Some(files.min(u64::from(calls) * 2 + OWN));
    setrlimit(Resource::Nofile, limit).unwrap();
    calls.min(u32::try_from((files - OWN) / 2).unwrap_or(u32::MAX))
}

/// The proportional set size of this process, in bytes; see `proc_pid_smaps(5)`.
fn proportional() -> u64 {
    let rollup = fs::read_to_string("/proc/self/smaps_rollup").unwrap();
    let line = rollup
        .lines()
        .find_map(|line| line.strip_prefix("Pss:"))
        .unwrap();
    let kilobytes: u64 = line.trim().trim_end_matches(" kB").parse().unwrap();
    kilobytes * 1024
}
