//! A call whose future is dropped leaves nothing behind.

use crate::{builder, emulated};
use futures_util::future::join_all;
use std::num::NonZeroU32;
use std::time::Duration;
use stytch_emulator::Options;
use tokio::runtime::Handle;
use tokio::time::{sleep, timeout};

/// How many calls are dropped, and how many of them are in flight at once.
const CALLS: u64 = 1000;
const AT_ONCE: u32 = 50;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_dropped_at_any_moment_leave_nothing_behind() {
    // Slow enough that many are dropped while they wait for a response.
    let options = Options::default().chaos("slow=3ms".parse().unwrap());
    let (stytch, credential) = emulated(options).await;
    // The pool is as large as the number of calls, so a leaked slot would be noticed.
    let pool = NonZeroU32::new(AT_ONCE).unwrap();
    let plugin = builder().pool(pool).build().unwrap();
    let mut random = fastrand::Rng::with_seed(6);
    let (mut ended, mut dropped) = (0, 0);
    for _ in 0..CALLS / u64::from(AT_ONCE) {
        let calls = (0..AT_ONCE).map(|_| {
            let patience = Duration::from_micros(random.u64(0..12_000));
            timeout(patience, plugin.retrieve_user(&credential, "ada.lovelace"))
        });
        for call in join_all(calls).await {
            match call {
                Ok(answer) => {
                    answer.unwrap();
                    ended += 1;
                }
                Err(_) => dropped += 1,
            }
        }
    }
    assert!(dropped > 100, "{dropped} were dropped, {ended} ended");

    // All slots are free again, for as many concurrent calls.
    let calls = (0..AT_ONCE).map(|_| plugin.retrieve_user(&credential, "ada.lovelace"));
    let answers = timeout(Duration::from_secs(30), join_all(calls))
        .await
        .unwrap();
    assert!(answers.iter().all(Result::is_ok));

    // The connections of dropped calls are closed; only those that the plugin keeps for
    // reuse are left.
    assert!(stytch.open_connections() <= AT_ONCE as usize);
    drop(plugin);
    let all_gone = async {
        // Each connection has a task here and in the emulator, which also has one that
        // accepts.
        while stytch.open_connections() > 0 || Handle::current().metrics().num_alive_tasks() > 1 {
            sleep(Duration::from_millis(1)).await;
        }
    };
    let left = || {
        let tasks = Handle::current().metrics().num_alive_tasks();
        format!("{} connections, {tasks} tasks", stytch.open_connections())
    };
    assert!(
        timeout(Duration::from_secs(10), all_gone).await.is_ok(),
        "{}",
        left()
    );
}
