//! The command line: Stytch users, looked up through the sandbox.
//!
//! Standard output is for data only; everything else goes to standard error. The exit
//! code identifies the class of a failure.

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
use mimalloc::MiMalloc;
use std::process::ExitCode;

/// A call allocates and frees some hundred kilobytes, for which the allocator of glibc takes a
/// sixth of the processor time of `serve`.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

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
    // A service may export traces, too.
    if !matches!(args.command, Command::Serve(_)) {
        trace::start(args.global.verbose, style, None);
    }
    match run(args) {
        Ok(code) => code,
        Err(error) => failure::end(&error, style),
    }
}

fn run(args: Args) -> anyhow::Result<ExitCode> {
    // Servers end by themselves, when the requests in flight are done or recorded.
    let ends_itself = matches!(args.command, Command::Serve(_) | Command::Mcp(_));
    if !ends_itself {
        interrupts::watch();
    }
    // Only servers, and a search that fetches a page while it prints the previous one,
    // can use several threads.
    let mut builder = match &args.command {
        Command::Emulator(_) | Command::Serve(_) | Command::Mcp(_) => {
            tokio::runtime::Builder::new_multi_thread()
        }
        Command::SearchUsers(args) if args.all_pages() => {
            tokio::runtime::Builder::new_multi_thread()
        }
        _ => tokio::runtime::Builder::new_current_thread(),
    };
    let runtime = builder.enable_all().build()?;
    let result = runtime.block_on(async {
        interrupts::survive_file_size_limit();
        // Biased, so that the interrupt handler is installed before the command changes
        // anything that it has to restore, such as the mode of the terminal.
        tokio::select! {
            biased;
            code = interrupts::interrupted(), if !ends_itself => Ok(ExitCode::from(code)),
            result = commands::run(args) => result,
        }
    });
    // An abandoned read of standard input must not delay the exit.
    runtime.shutdown_background();
    result
}
