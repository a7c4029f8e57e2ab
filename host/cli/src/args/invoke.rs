use clap::{Args, ValueEnum};

#[derive(Debug, Args)]
#[command(after_help = "\
Input and output are Stytch's own JSON, without status_code. Errors are JSON on
standard error. `stytch-host schema` describes all three.

Examples:
  stytch-host invoke retrieve-user '{\"user_id\":\"my-own-id\"}'
  echo '{\"limit\":10}' | stytch-host invoke search-users -
  stytch-host invoke check")]
pub(crate) struct Invoke {
    /// The operation
    ///
    /// Example: search-users
    #[arg(value_enum)]
    pub(crate) operation: Operation,
    /// Its input: JSON, @FILE, or - for standard input
    ///
    /// Example: '{"limit":10}'
    #[arg(default_value = "{}", value_name = "JSON")]
    pub(crate) input: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Operation {
    RetrieveUser,
    SearchUsers,
    Check,
}

impl Operation {
    /// Its name in the contract.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::RetrieveUser => "retrieve-user",
            Self::SearchUsers => "search-users",
            Self::Check => "check",
        }
    }
}
