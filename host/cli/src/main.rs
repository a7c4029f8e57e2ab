//! The command line: Stytch users, looked up through the sandbox.
//!
//! Standard output is data; everything else goes to standard error. The exit
//! code tells the class of a failure.

mod access;
mod args;
mod commands;
mod dry_run;
mod error;
mod failure;
mod interrupts;
mod packages;
mod proxy;
mod render;
mod streams;
mod trace;

use args::{Args, Command};
use std::process::ExitCode;

fn main() -> ExitCode {
    packages::keep();
    if render::is_evaluator() {
        return render::evaluate();
    }
    let args = match args::parse() {
        Ok(args) => args,
        Err(error) => return failure::print_usage(&error),
    };
    let style = failure::Style::of(&args);
    trace::start(args.global.verbose, style);
    match run(args) {
        Ok(code) => code,
        Err(error) => failure::end(&error, style),
    }
}

fn run(args: Args) -> anyhow::Result<ExitCode> {
    // A service stops by itself, once what is in flight is done.
    let stops_itself = matches!(args.command, Command::Serve(_));
    if !stops_itself {
        interrupts::watch();
    }
    // Only a server has work for several threads, and a search that reads a page
    // while it prints the one before.
    let mut builder = match &args.command {
        Command::Emulator(_) | Command::Serve(_) => tokio::runtime::Builder::new_multi_thread(),
        Command::SearchUsers(args) if args.is_whole() => {
            tokio::runtime::Builder::new_multi_thread()
        }
        _ => tokio::runtime::Builder::new_current_thread(),
    };
    let runtime = builder.enable_all().build()?;
    let result = runtime.block_on(async {
        interrupts::survive_file_size_limit();
        // In this order, for an interrupt has to find somebody who listens before the
        // command changes anything that an end by the signal itself would leave so.
        tokio::select! {
            biased;
            code = interrupts::interrupted(), if !stops_itself => Ok(ExitCode::from(code)),
            result = commands::run(args) => result,
        }
    });
    // A read of standard input that nobody waits for any more must not hold the
    // end up.
    runtime.shutdown_background();
    result
}
