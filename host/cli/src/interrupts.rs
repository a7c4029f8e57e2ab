//! An interrupt ends the program: by dropping what it does, or, where it does not
//! come to that in good time, by force.

use crate::render;
use std::process::exit;
use std::thread;
use std::time::Duration;
use tokio::runtime::Builder;

/// How long what runs may take to end by itself. What waits is dropped at once;
/// what computes, or writes to a reader that does not read, is not.
const GRACE: Duration = Duration::from_millis(250);

/// Completes with the exit code, as shells have it: 128 and the signal.
pub(crate) async fn interrupted() -> u8 {
    #[cfg(unix)]
    if let Ok(mut terminate) = terminated() {
        return tokio::select! {
            _ = tokio::signal::ctrl_c() => 130,
            _ = terminate.recv() => 143,
        };
    }
    // When it cannot be listened to, the signal ends the process by itself.
    let _ = tokio::signal::ctrl_c().await;
    130
}

#[cfg(unix)]
fn terminated() -> std::io::Result<tokio::signal::unix::Signal> {
    tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())
}

/// Lets a write beyond the limit on the size of files (`ulimit -f`) fail as any other
/// write does, where the signal would end the process and leave half a file behind.
pub(crate) fn survive_file_size_limit() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let kind = SignalKind::from_raw(rustix::process::Signal::XFSZ.as_raw());
        // It is handled until the process ends, also when nobody listens. Where it
        // cannot be, it does what it always did.
        drop(signal(kind));
    }
}

/// Ends the process after an interrupt that nothing else reacts to.
pub(crate) fn watch() {
    thread::spawn(|| {
        // Without a runtime, interrupts are still waited for elsewhere.
        let Ok(runtime) = Builder::new_current_thread().enable_io().build() else {
            return;
        };
        let code = runtime.block_on(interrupted());
        thread::sleep(GRACE);
        render::discard();
        exit(code.into());
    });
}
