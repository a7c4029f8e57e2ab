use crate::args::{Emulator as Args, Global};
use crate::error::Usage;
use crate::streams;
use anyhow::Context;
use std::io::{self, Write};
use std::net::SocketAddr;
use stytch_emulator::{Chaos, Emulator, Error, Options, PROJECT_ID, SECRET, User};
use stytch_host::{file, text};

/// The largest file of users, in bytes; a user takes about a thousand.
const LARGEST_LOAD: u64 = 4 << 30;

/// Serves until the process is interrupted.
pub(super) async fn run(global: &Global, args: Args) -> anyhow::Result<()> {
    let load = match &args.load {
        None => None,
        Some(path) => {
            let named = |error: &dyn std::fmt::Display| {
                Usage::new(format!("--load {}: {error}", path.display())).hint(
                    "name a file with a JSON array of users, a page of search results, or one user per line",
                )
            };
            // Reading a pipe may block, which must not delay an interrupt.
            let (from, timeout) = (path.clone(), global.timeout);
            let read = move || file::read(&from, LARGEST_LOAD, timeout);
            let bytes = tokio::task::spawn_blocking(read).await?;
            let bytes = bytes.map_err(|error| named(&error))?;
            if bytes.len() as u64 > LARGEST_LOAD {
                return Err(named(&"it is larger than 4 GiB").into());
            }
            let text = text::without_mark(&bytes)
                .map_err(|error| named(&format_args!("it is {error}")))?;
            Some(User::read_all(text).map_err(|error| named(&error))?)
        }
    };
    let chaos = match &args.chaos {
        None => Chaos::default(),
        Some(spec) if spec.trim().is_empty() => {
            return Err(Usage::new("--chaos is empty").hint(CHAOS_HINT).into());
        }
        Some(spec) => spec
            .parse()
            .map_err(|error| Usage::new(format!("--chaos: {error}")).hint(CHAOS_HINT))?,
    };
    let mut options = Options::default()
        .users(args.users)
        .seed(args.seed)
        .chaos(chaos);
    options.load = load;
    options.allow_hosts = args.allow_host;
    options.rate_limit = args.rate_limit;
    let emulator = match (Emulator::start(args.listen, options).await, &args.load) {
        (Ok(emulator), _) => emulator,
        (Err(error @ Error::Duplicate { .. }), Some(path)) => {
            return Err(Usage::new(format!("--load {}: {error}", path.display()))
                .hint("give each user a unique ID")
                .into());
        }
        (Err(error), _) => {
            return Err(error).with_context(|| format!("cannot serve on {}", args.listen));
        }
    };
    if !emulator.is_local() {
        warn(emulator.address())?;
    }
    announce(&emulator)?;
    // `main` ends this on an interrupt.
    std::future::pending().await
}

const CHAOS_HINT: &str =
    "list faults such as 429@2,slow=200ms (see --help), or leave --chaos out for none";

fn announce(emulator: &Emulator) -> io::Result<()> {
    let lines = format!(
        "export STYTCH_BASE_URL={}\nexport STYTCH_PROJECT_ID={PROJECT_ID}\nexport STYTCH_SECRET={SECRET}\n",
        emulator.base_url()
    );
    streams::print(lines.as_bytes())
}

fn warn(address: SocketAddr) -> io::Result<()> {
    writeln!(
        io::stderr().lock(),
        "warning: {address} can be reached from other machines, where anybody can read and \
         change these users, since the credential is public; use --listen 127.0.0.1:{} to prevent it",
        address.port()
    )
}
