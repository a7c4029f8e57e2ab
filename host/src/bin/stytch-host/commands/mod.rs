//! One module a command.

mod check;
mod credential;
mod emulator;
mod export;
mod inspect;
mod invoke;
mod retrieve_user;
mod search_users;

use crate::args::{Args, Command, Global};
use crate::failure::Usage;
use std::io::Read;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::process::ExitCode;
use std::{env, fs, io};
use stytch_host::{Plugin, PluginBuilder};

pub(crate) async fn run(args: Args) -> anyhow::Result<ExitCode> {
    let global = args.global;
    if let Command::Export(_) | Command::Emulator(_) = args.command {
        global.printing.refuse()?;
    }
    match args.command {
        Command::RetrieveUser(args) => return retrieve_user::run(&global, args).await,
        Command::SearchUsers(args) => search_users::run(&global, *args).await?,
        Command::Check => check::run(&global).await?,
        Command::Credential(command) => credential::run(&global, command).await?,
        Command::Invoke(args) => invoke::run(&global, args).await?,
        Command::Inspect(args) => inspect::run(&global, args)?,
        Command::Export(args) => export::run(&args)?,
        Command::Emulator(args) => emulator::run(args).await?,
    }
    Ok(ExitCode::SUCCESS)
}

/// The plugin that the global flags describe.
fn plugin(global: &Global) -> Result<Plugin, stytch_host::Error> {
    builder(global).build()
}

/// The same for many calls, of which so many are made at once.
fn pooled_plugin(global: &Global, calls: NonZeroU32) -> Result<Plugin, stytch_host::Error> {
    builder(global).pool(calls).build()
}

fn builder(global: &Global) -> PluginBuilder {
    let mut builder = Plugin::builder().deadline(global.timeout);
    if let Some(path) = &global.component {
        builder = builder.component_file(path);
    }
    if let Some(path) = &global.ca_cert {
        builder = builder.ca_file(path);
    }
    if let Some(folder) = cache_folder() {
        builder = builder.compilation_cache(folder);
    }
    builder
}

/// `$XDG_CACHE_HOME/stytch-host`, by default `~/.cache/stytch-host`.
fn cache_folder() -> Option<PathBuf> {
    let xdg = env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let base = match xdg.filter(|folder| folder.is_absolute()) {
        Some(folder) => folder,
        None => env::home_dir()?.join(".cache"),
    };
    base.is_absolute().then(|| base.join("stytch-host"))
}

/// The text of an argument that may be given as `@FILE`, or as `-` for standard
/// input.
async fn text_argument(argument: &str) -> anyhow::Result<String> {
    let (name, bytes) = match argument.strip_prefix('@') {
        Some(path) => (format!("the file {path:?}"), fs::read(path)),
        None if argument == "-" => {
            // On a thread of its own, so that an interrupt is not waited for.
            let read = || {
                let mut bytes = Vec::new();
                io::stdin().read_to_end(&mut bytes).map(|_| bytes)
            };
            let bytes = tokio::task::spawn_blocking(read).await?;
            ("standard input".to_owned(), bytes)
        }
        None => return Ok(argument.to_owned()),
    };
    let bytes = bytes.map_err(|error| Usage::new(format!("{name} cannot be read: {error}")))?;
    let text = String::from_utf8(bytes);
    Ok(text.map_err(|_| Usage::new(format!("{name} is not UTF-8 text")))?)
}
