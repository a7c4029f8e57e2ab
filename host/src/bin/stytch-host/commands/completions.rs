use crate::args::{Args, Completions};
use clap::CommandFactory;
use std::io::{self, Write};

/// Written to memory first: a pipe that closes early is no reason to panic.
pub(super) fn run(args: &Completions) -> io::Result<()> {
    let mut command = Args::command();
    let name = command.get_name().to_owned();
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut command, name, &mut script);
    io::stdout().lock().write_all(&script)
}
