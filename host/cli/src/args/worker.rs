use clap::Args as ClapArgs;
use std::ffi::OsString;

#[derive(Debug, ClapArgs)]
#[command(after_help = "\
This is a program of its own, stytch-host-worker, which `cargo install --path
host/worker` installs. It is looked for beside this program, then on the PATH, and
reads all the arguments itself: `stytch-host worker --help` lists its flags.

Examples:
  stytch-host worker --emulator
  stytch-host worker --credential acme-test --fields user_id,status
  stytch-host worker --address temporal.internal:7233 --destination /srv/exports")]
pub(crate) struct Worker {
    /// The arguments of stytch-host-worker
    ///
    /// Example: --emulator
    #[arg(
        value_name = "ARGS",
        trailing_var_arg = true,
        allow_hyphen_values = true
    )]
    pub(crate) arguments: Vec<OsString>,
}
