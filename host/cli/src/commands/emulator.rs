use crate::args::Emulator as Args;
use crate::failure::Usage;
use crate::streams;
use anyhow::Context;
use std::fs;
use std::io::{self, Write};
use std::net::SocketAddr;
use stytch_emulator::{Chaos, Emulator, Error, Options, PROJECT_ID, SECRET, User};
use stytch_host::text;

/// Serves until the process is interrupted.
pub(super) async fn run(args: Args) -> anyhow::Result<()> {
    let load = match &args.load {
        None => None,
        Some(path) => {
            let named =
                |error: &dyn std::fmt::Display| Usage::new(format!("{}: {error}", path.display()));
            let bytes = fs::read(path).map_err(|error| named(&error))?;
            let text = text::without_mark(&bytes)
                .map_err(|error| Usage::new(format!("{}: it is {error}", path.display())))?;
            Some(User::read_all(text).map_err(|error| named(&error))?)
        }
    };
    let chaos = match &args.chaos {
        None => Chaos::default(),
        Some(spec) => spec
            .parse()
            .map_err(|error| Usage::new(format!("--chaos: {error}")))?,
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
            return Err(Usage::new(format!("{}: {error}", path.display())).into());
        }
        (Err(error), _) => {
            return Err(error).with_context(|| format!("cannot serve on {}", args.listen));
        }
    };
    if !emulator.is_local() {
        warn(emulator.address())?;
    }
    announce(&emulator)?;
    // Until the interrupt that `main` waits for.
    std::future::pending().await
}

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
        "warning: {address} can be reached from other machines, and whoever does may read and \
         change these users: the credential is public; --listen 127.0.0.1:{} keeps it on this one",
        address.port()
    )
}
