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
