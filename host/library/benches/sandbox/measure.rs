//! Measures one turn of one client.

use crate::caller::Callers;
use rustix::time::{ClockId, clock_gettime};
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

/// The result of a turn.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Measured {
    /// Calls per second, of all callers together.
    pub(crate) rate: f64,
    /// The median time of a call.
    pub(crate) latency: Duration,
    /// CPU time per call, of the whole process.
    pub(crate) processor: Duration,
}

/// Runs all callers for the duration of a turn.
pub(crate) fn measure(way: &mut Callers, callers: u32, turn: Duration) -> Measured {
    let run = |time: Duration| {
        way.runtime.block_on(async {
            let ends = Instant::now() + time;
            let mut running = JoinSet::new();
            for _ in 0..callers {
                let caller = way.caller();
                running.spawn(async move {
                    let mut times = Vec::new();
                    while Instant::now() < ends {
                        let begun = Instant::now();
                        caller.call().await;
                        times.push(begun.elapsed());
                    }
                    times
                });
            }
            running.join_all().await.concat()
        })
    };
    // Warmed up: connections are established.
    run(turn / 4);
    let (begun, used) = (Instant::now(), processor_time());
    let mut times = run(turn);
    let (elapsed, used) = (begun.elapsed(), processor_time() - used);
    times.sort_unstable();
    let calls = u32::try_from(times.len()).unwrap();
    Measured {
        rate: f64::from(calls) / elapsed.as_secs_f64(),
        latency: times[times.len() / 2],
        processor: used / calls,
    }
}

/// The CPU time of this process so far.
pub(crate) fn processor_time() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(
        u64::try_from(time.tv_sec).unwrap(),
        u32::try_from(time.tv_nsec).unwrap(),
    )
}
