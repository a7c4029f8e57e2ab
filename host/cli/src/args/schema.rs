use super::Operation;
use clap::Args;

#[derive(Debug, Args)]
#[command(after_help = "\
Prints JSON Schema 2020-12 with the component's own titles and descriptions: for the
input, output and errors of invoke, and the fields of a credential; with samples to
try with --emulator. The output is always JSON, for programs.

Examples:
  stytch-host schema
  stytch-host schema search-users --jq .input
  stytch-host schema retrieve-user --jq '.samples[0].input'")]
pub(crate) struct Schema {
    /// The operation; by default all of them
    ///
    /// Example: search-users
    #[arg(value_enum)]
    pub(crate) operation: Option<Operation>,
}
