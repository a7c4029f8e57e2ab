use crate::args::Worker;
use crate::error::Usage;
use std::env::consts::EXE_SUFFIX;
use std::path::PathBuf;
use std::process::{Command, ExitCode};
use std::{env, io};

/// A program of its own, because Temporal's SDK would double the dependencies of this one.
const PROGRAM: &str = "stytch-host-worker";

/// Becomes the worker.
pub(super) fn run(args: &Worker) -> anyhow::Result<ExitCode> {
    let mut worker = Command::new(path());
    worker.args(&args.arguments);
    let usage = match execute(&mut worker) {
        Ok(code) => return Ok(code),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Usage::new(format!(
            "`worker` is a program of its own, {PROGRAM}, which is neither beside this one \
             nor on the PATH"
        ))
        .hint("install it with `cargo install --path host/worker`"),
        Err(error) => Usage::new(format!("{PROGRAM} cannot be started: {error}"))
            .hint("install it again with `cargo install --path host/worker`"),
    };
    Err(usage.into())
}

/// The worker that was installed with this program, or else the one on the PATH.
fn path() -> PathBuf {
    let name = format!("{PROGRAM}{EXE_SUFFIX}");
    let this = env::current_exe().ok();
    let beside = this.map(|this| this.with_file_name(&name));
    beside
        .filter(|path| path.is_file())
        .unwrap_or_else(|| name.into())
}

/// Replaces this process, signal handlers included, so that signals reach the worker.
#[cfg(unix)]
fn execute(worker: &mut Command) -> io::Result<ExitCode> {
    use std::os::unix::process::CommandExt;
    Err(worker.exec())
}

#[cfg(not(unix))]
fn execute(worker: &mut Command) -> io::Result<ExitCode> {
    let code = worker.status()?.code();
    let code = code.and_then(|code| u8::try_from(code).ok());
    Ok(ExitCode::from(code.unwrap_or(1)))
}
