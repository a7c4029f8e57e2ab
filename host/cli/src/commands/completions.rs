use crate::args::{Args, Completions};
use crate::streams;
use clap::CommandFactory;

/// Written to memory first: a pipe that closes early is no reason to panic.
pub(super) fn run(args: &Completions) -> anyhow::Result<()> {
    let mut command = Args::command();
    let name = command.get_name().to_owned();
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut command, name, &mut script);
    // For bash, clap_complete 4.6.11 writes the hyphen of the program's name in
    // two ways, so that no command would be found.
    let script = String::from_utf8(script)?.replace("stytch__subcmd__host", "stytch__host");
    Ok(streams::print(script.as_bytes())?)
}
