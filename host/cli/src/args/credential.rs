//! The arguments of `credential`.

use clap::{Args as ClapArgs, Subcommand, ValueEnum};

const LIST_HELP: &str = "\
Examples:
  stytch-host credential list
  stytch-host credential list --output json";

#[derive(Debug, Subcommand)]
#[command(after_help = "\
A command takes its credential from, in this order: --emulator, --credential NAME,
the variables STYTCH_PROJECT_ID and STYTCH_SECRET, the default credential.

Examples:
  stytch-host credential add acme-test --project-id project-test-…
  stytch-host --credential acme-test search-users --status active
  stytch-host credential list")]
pub(crate) enum CredentialCommand {
    /// Test a credential and store it under a name
    Add(AddCredential),
    /// Show the stored credentials, without their secrets
    #[command(after_help = LIST_HELP)]
    List,
    /// Ask Stytch whether it accepts a stored credential
    Test(TestCredential),
    /// Remove a credential and its secret
    Remove(RemoveCredential),
    /// Set or show the credential that is used when none is named
    Default(DefaultCredential),
}

#[derive(Debug, ClapArgs)]
#[command(after_help = "\
The secret is never an argument. The command prompts for it on the terminal, without
echo, or reads the first line of standard input. --base-url is stored, too.

Examples:
  stytch-host credential add acme-test --project-id project-test-…
  pass show stytch/live | stytch-host credential add acme-live --project-id project-live-…
  stytch-host credential add acme-test --project-id project-test-… --replace")]
pub(crate) struct AddCredential {
    /// The name: letters, digits, hyphens, underscores and dots, at most 64
    ///
    /// Example: acme-test
    pub(crate) name: String,

    /// Catches a secret that was given as an argument.
    #[arg(hide = true)]
    pub(crate) misplaced: Vec<String>,

    /// The project's ID; without it, the command prompts for it on a terminal
    ///
    /// Example: --project-id project-test-…
    #[arg(long, value_name = "ID")]
    pub(crate) project_id: Option<String>,

    /// Store it without asking Stytch whether it is valid
    ///
    /// Example: --no-test
    #[arg(long)]
    pub(crate) no_test: bool,

    /// Make it the default credential, as the first one always is
    ///
    /// Example: --default
    #[arg(long)]
    pub(crate) default: bool,

    /// Replace the credential of this name
    ///
    /// Example: --replace
    #[arg(long)]
    pub(crate) replace: bool,

    /// Where to keep the secret
    ///
    /// Example: --store file
    #[arg(long, value_enum, value_name = "STORE", default_value = "auto")]
    pub(crate) store: StoreChoice,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum StoreChoice {
    /// In the system's keyring if there is one, else in the file
    Auto,
    /// In the system's keyring
    Keyring,
    /// In a file that only this user can read
    File,
}

impl From<StoreChoice> for stytch_credentials::StoreChoice {
    fn from(choice: StoreChoice) -> Self {
        match choice {
            StoreChoice::Auto => Self::Auto,
            StoreChoice::Keyring => Self::Keyring,
            StoreChoice::File => Self::File,
        }
    }
}

#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Examples:
  stytch-host credential test
  stytch-host credential test acme-live --output json")]
pub(crate) struct TestCredential {
    /// Which one; by default that of --credential, or the default credential
    ///
    /// Example: acme-live
    pub(crate) name: Option<String>,
}

#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Example:
  stytch-host credential remove acme-test")]
pub(crate) struct RemoveCredential {
    /// Which one
    ///
    /// Example: acme-test
    pub(crate) name: String,
}

#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Examples:
  stytch-host credential default
  stytch-host credential default acme-live")]
pub(crate) struct DefaultCredential {
    /// The one to choose; without it, the default is printed
    ///
    /// Example: acme-live
    pub(crate) name: Option<String>,
}
