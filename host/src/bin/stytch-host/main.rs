//! The command line: Stytch users, looked up through the sandbox.
//!
//! Standard output is data; everything else goes to standard error. The exit
//! code tells the class of a failure.

mod args;
mod commands;
mod credentials;
mod dry_run;
mod failure;
mod interrupts;
mod packages;
mod proxy;
mod render;
mod suggest;
mod trace;

use args::{Args, Command};
use clap::Parser;
use failure::Failure;
use std::io;
use std::process::ExitCode;

fn main() -> ExitCode {
    packages::keep();
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(error) => return failure::print_usage(&error),
    };
    let style = failure::Style::of(&args);
    trace::start(args.global.verbose, style);
    match run(args) {
        Ok(code) => code,
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => Failure::of(&error).print(style),
    }
}

fn run(args: Args) -> anyhow::Result<ExitCode> {
    interrupts::watch();
    // Only a server has work for several threads, and a search that reads a page
    // while it prints the one before.
    let mut builder = match &args.command {
        Command::Emulator(_) => tokio::runtime::Builder::new_multi_thread(),
        Command::SearchUsers(args) if args.is_whole() => {
            tokio::runtime::Builder::new_multi_thread()
        }
        _ => tokio::runtime::Builder::new_current_thread(),
    };
    let runtime = builder.enable_all().build()?;
    let result = runtime.block_on(async {
        interrupts::survive_file_size_limit();
        tokio::select! {
            result = commands::run(args) => result,
            code = interrupts::interrupted() => Ok(ExitCode::from(code)),
        }
    });
    // A read of standard input that nobody waits for any more must not hold the
    // end up.
    runtime.shutdown_background();
    result
}

/// Whoever read the output has had enough of it (`| head`).
fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let io = error.root_cause().downcast_ref::<io::Error>();
    io.is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}
