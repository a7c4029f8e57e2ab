use crate::args::{Args, Man};
use crate::error::Usage;
use crate::streams;
use clap::{Command, CommandFactory};
use clap_mangen::Man as Page;
use stytch_credentials::most_similar;

/// Prints the page of the program, or of one of its commands.
pub(super) fn run(args: &Man) -> anyhow::Result<()> {
    let mut program = Args::command();
    // Sets the full names of commands, and adds the global flags to them.
    program.build();
    let command = match &args.command {
        None => program,
        Some(name) => match program.find_subcommand(name) {
            Some(command) => command.clone(),
            None => return Err(unknown(name, &program).into()),
        },
    };
    let mut page = Vec::new();
    Page::new(command).manual("stytch-host").render(&mut page)?;
    Ok(streams::print(&page)?)
}

fn unknown(name: &str, program: &Command) -> Usage {
    let names = program.get_subcommands().map(Command::get_name);
    Usage::new(format!("there is no command {name:?}")).hint(match most_similar(name, names) {
        Some(nearest) => format!("did you mean {nearest}?"),
        None => "stytch-host --help lists them".to_owned(),
    })
}
