use crate::args::{Args, Completions};
use crate::streams;
use clap::CommandFactory;

/// Written to memory first, because `clap_complete` panics if writing fails.
pub(super) fn run(args: &Completions) -> anyhow::Result<()> {
    let mut command = Args::command();
    let name = command.get_name().to_owned();
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut command, name, &mut script);
    // clap_complete 4.6.11 escapes the hyphen of the program's name inconsistently for
    // bash, which would break the completion of commands.
    let script = String::from_utf8(script)?.replace("stytch__subcmd__host", "stytch__host");
    Ok(streams::print(script.as_bytes())?)
}
