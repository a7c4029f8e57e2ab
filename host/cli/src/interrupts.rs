//! Interrupts: the program ends by dropping its work, or, if that takes too long, by
//! force.

use crate::render;
use std::process::exit;
use std::thread;
use std::time::Duration;
use tokio::runtime::Builder;

/// How long running work may take to end by itself. Work that awaits something is
/// dropped at once; work that computes, or is blocked writing, is not.
const GRACE: Duration = Duration::from_millis(250);

/// Waits for an interrupt; returns the conventional exit code, 128 plus the signal.
pub(crate) async fn interrupted() -> u8 {
    #[cfg(unix)]
    if let Ok(mut terminate) = terminated() {
        return tokio::select! {
            _ = tokio::signal::ctrl_c() => 130,
            _ = terminate.recv() => 143,
        };
    }
    // If no handler can be installed, the signal itself ends the process.
    let _ = tokio::signal::ctrl_c().await;
    130
}

#[cfg(unix)]
fn terminated() -> std::io::Result<tokio::signal::unix::Signal> {
    tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())
}

/// Makes a write beyond the file size limit (`ulimit -f`) fail with an error. By default
/// SIGXFSZ would kill the process and leave an incomplete file behind.
pub(crate) fn survive_file_size_limit() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let kind = SignalKind::from_raw(rustix::process::Signal::XFSZ.as_raw());
        // The handler stays installed after this is dropped. If it cannot be installed,
        // the signal keeps its default action.
        drop(signal(kind));
    }
}

/// Exits the process if nothing else reacts to an interrupt within the grace period.
pub(crate) fn watch() {
    thread::spawn(|| {
        // Without this runtime, the main task still handles interrupts.
        let Ok(runtime) = Builder::new_current_thread().enable_io().build() else {
            return;
        };
        let code = runtime.block_on(interrupted());
        thread::sleep(GRACE);
        render::discard();
        exit(code.into());
    });
}
