//! One module for each command.

mod check;
mod completions;
mod credential;
mod doctor;
mod emulator;
mod export;
mod filter_names;
mod inspect;
mod invoke;
mod man;
mod mcp;
mod retrieve_user;
mod schema;
mod search_users;
mod serve;
mod token;
mod worker;

use crate::args::{Args, Command, Global, Output};
use crate::error::Usage;
use crate::{proxy, streams};
use std::ffi::OsString;
use std::io::Read;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{env, io};
use stytch_credentials::user_folder;
use stytch_host::{Plugin, PluginBuilder, file, text};

pub(crate) async fn run(args: Args) -> anyhow::Result<ExitCode> {
    let Args {
        mut global,
        command,
    } = args;
    if matches!(command, Command::Invoke(_)) {
        // It is called by programs.
        global.output.get_or_insert(Output::Json);
    }
    if let Command::Emulator(_)
    | Command::Serve(_)
    | Command::Mcp(_)
    | Command::Completions(_)
    | Command::Man(_) = command
    {
        global.printing.refuse()?;
    }
    if global.dry_run && !sends_requests(&command) {
        return Err(Usage::new("--dry-run is for commands that send requests: retrieve-user, search-users, check and invoke").into());
    }
    let global = &global;
    match command {
        Command::RetrieveUser(args) => return retrieve_user::run(global, args).await,
        Command::SearchUsers(args) => search_users::run(global, *args).await?,
        Command::Check => check::run(global).await?,
        Command::Credential(command) => credential::run(global, command).await?,
        Command::Invoke(args) => invoke::run(global, args).await?,
        Command::Inspect(args) => return inspect::run(global, args),
        Command::Schema(args) => schema::run(global, &args)?,
        Command::Export(args) => export::run(global, &args)?,
        Command::Emulator(args) => emulator::run(global, args).await?,
        Command::Serve(args) => serve::run(global, args).await?,
        Command::Mcp(args) => return mcp::run(global, args).await,
        Command::Token(command) => token::run(global, command).await?,
        Command::Worker(args) => return worker::run(&args),
        Command::Doctor => return doctor::run(global).await,
        Command::Completions(args) => completions::run(&args)?,
        Command::Man(args) => man::run(&args)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn sends_requests(command: &Command) -> bool {
    matches!(
        command,
        Command::RetrieveUser(_) | Command::SearchUsers(_) | Command::Check | Command::Invoke(_)
    )
}

/// The plugin that the global flags and the environment describe.
fn plugin(global: &Global) -> anyhow::Result<Plugin> {
    Ok(networked(global)?.build()?)
}

/// The same, with instances pooled for this number of concurrent calls.
fn pooled_plugin(global: &Global, calls: NonZeroU32) -> anyhow::Result<Plugin> {
    let builder = networked(global)?;
    match builder.clone().pool(calls).build() {
        // A pool reserves address space, which `ulimit -v` may not allow.
        Err(stytch_host::Error::Engine(_)) => Ok(builder.build()?),
        built => Ok(built?),
    }
}

fn networked(global: &Global) -> anyhow::Result<PluginBuilder> {
    let mut builder = builder(global);
    // The emulator of --emulator runs on this machine, so it needs no proxy.
    if !global.emulator
        && let Some((proxy, _)) = proxy::from_environment()?
    {
        builder = builder.proxy(proxy);
    }
    Ok(builder)
}

/// The settings that do not concern the proxy.
fn builder(global: &Global) -> PluginBuilder {
    let mut builder = Plugin::builder()
        .deadline(global.timeout)
        .compile_timeout(global.timeout)
        .max_attempts(global.max_attempts);
    if let Some(path) = &global.component {
        builder = builder.component_file(path);
    }
    if global.sealed {
        builder = builder.sealed();
    }
    if let Some(calls) = global.reuse {
        builder = builder.reuse(calls);
    }
    if let Some(path) = &global.ca_cert {
        builder = builder.ca_file(path);
    }
    if let Some(folder) = cache_folder() {
        builder = builder.compilation_cache(folder);
    }
    builder
}

/// The variables for the user's folders (XDG Base Directory Specification).
const FOLDERS: [&str; 2] = ["XDG_CACHE_HOME", "XDG_CONFIG_HOME"];

/// The variables that are ignored because their paths are relative, as the
/// specification requires.
fn ignored_folders() -> Vec<&'static str> {
    let is_relative = |folder: OsString| !folder.is_empty() && Path::new(&folder).is_relative();
    let is_ignored = |name: &&str| env::var_os(name).is_some_and(is_relative);
    FOLDERS.into_iter().filter(is_ignored).collect()
}

/// `$XDG_CACHE_HOME/stytch-host`, by default `~/.cache/stytch-host`.
fn cache_folder() -> Option<PathBuf> {
    user_folder("XDG_CACHE_HOME", ".cache")
}

/// The largest text of an argument, in bytes: twice the largest request.
const LARGEST_TEXT: u64 = 16 << 20;

/// Reads at most one byte beyond the limit, since the input may be endless.
fn read_text(from: impl io::Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    from.take(LARGEST_TEXT + 1).read_to_end(&mut bytes)?;
    bounded(bytes)
}

fn bounded(bytes: Vec<u8>) -> io::Result<Vec<u8>> {
    if bytes.len() as u64 > LARGEST_TEXT {
        let megabytes = LARGEST_TEXT >> 20;
        return Err(io::Error::other(format!(
            "it is larger than {megabytes} MiB"
        )));
    }
    Ok(bytes)
}

/// The text of an argument, which may be `@FILE`, or `-` for standard input.
async fn text_argument(global: &Global, argument: &str) -> anyhow::Result<String> {
    let (name, bytes) = match argument.strip_prefix('@') {
        Some(path) => {
            let (name, path) = (format!("the file {path:?}"), PathBuf::from(path));
            let timeout = global.timeout;
            // On a blocking thread, as below.
            let read = move || file::read(&path, LARGEST_TEXT, timeout).and_then(bounded);
            (name, tokio::task::spawn_blocking(read).await?)
        }
        None if argument == "-" => {
            streams::check_input()?;
            // On a blocking thread, so that an interrupt does not have to wait for it.
            let bytes = tokio::task::spawn_blocking(|| read_text(io::stdin())).await?;
            ("standard input".to_owned(), bytes)
        }
        None => return Ok(argument.to_owned()),
    };
    let bytes = bytes.map_err(|error| {
        Usage::new(format!("{name} cannot be read: {error}")).hint(match error.kind() {
            io::ErrorKind::TimedOut => {
                "make sure that a program writes to it and closes it, or raise --timeout"
            }
            io::ErrorKind::NotFound => "check the path after @",
            _ => "name a readable JSON file, or pass the JSON itself",
        })
    })?;
    let text = text::decode(&bytes);
    let text = text.map_err(|error| Usage::new(format!("{name} is {error}")))?;
    Ok(text.to_owned())
}
