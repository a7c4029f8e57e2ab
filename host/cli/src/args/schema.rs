use super::Operation;
use clap::Args;

#[derive(Debug, Args)]
#[command(after_help = "\
JSON Schema 2020-12, with the titles and descriptions that the component has along:
what invoke takes, prints and fails with; the fields of a credential; and samples to
try with --emulator. It is for programs, and always JSON.

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
