use super::networked;
use crate::access::{access, selection};
use crate::args::{Global, Serve};
use crate::error::Usage;
use crate::{interrupts, streams};
use std::env;
use stytch_credentials::{Choice, Store, with_base_url};
use stytch_service::{Error, Service, Settings, Source};

/// The name of the credential of the emulator.
const EMULATOR: &str = "emulator";
/// The name of the credential of the environment variables.
const VARIABLES: &str = "env";

/// Serves until the process is told to stop.
pub(super) async fn run(global: &Global, args: Serve) -> anyhow::Result<()> {
    if global.credential.is_some() {
        return Err(Usage::new("--credential does not apply to serve")
            .hint("each request names its credential: /v1/credentials/NAME/…")
            .into());
    }
    let emulator = match global.emulator {
        true => Some(access(global).await?),
        false => None,
    };
    let sources = match &emulator {
        Some(access) => vec![Source::Fixed(
            EMULATOR.to_owned(),
            access.credential.clone(),
        )],
        None => sources(global)?,
    };
    let mut settings = Settings::default();
    settings.listen = args.listen;
    settings.host_names = args.allow_host;
    settings.max_calls = args.max_calls;
    settings.max_calls_per_credential = args.max_calls_per_credential;
    settings.deadline = global.timeout;
    settings.drain = args.drain;
    let plugin = networked(global)?.pool(args.max_calls).build()?;
    // On a thread of its own: a keyring may wait for the user.
    let service = tokio::task::spawn_blocking(move || Service::new(plugin, &sources, settings));
    let listening = service.await??.bind().await.map_err(explained)?;
    let lines = format!(
        "export STYTCH_HOST_URL=http://{}\nexport STYTCH_HOST_TOKEN={}\n",
        listening.address(),
        listening.token().expose()
    );
    streams::print(lines.as_bytes())?;
    listening
        .run(async {
            interrupts::interrupted().await;
            // The next one ends the process.
            interrupts::watch();
        })
        .await;
    Ok(())
}

fn sources(global: &Global) -> anyhow::Result<Vec<Source>> {
    let mut sources = Vec::new();
    if let Choice::Variables(credential) = selection(global).choose(|name| env::var_os(name))? {
        let base_url = selection(global).base_url(|name| env::var_os(name))?;
        let credential = with_base_url(credential, base_url)?;
        sources.push(Source::Fixed(VARIABLES.to_owned(), credential));
    }
    match Store::of_user() {
        Some(store) => sources.push(Source::Store(store)),
        None if sources.is_empty() => return Err(stytch_credentials::Error::NoFolder.into()),
        None => {}
    }
    Ok(sources)
}

fn explained(error: Error) -> anyhow::Error {
    let hint = match &error {
        Error::Listen { .. } => {
            "name an address of this machine and a free port with --listen; port 0 takes any free one"
        }
        Error::NoTokens(_) => "listen on 127.0.0.1, and let a proxy that knows its clients in front",
        _ => return error.into(),
    };
    Usage::new(format!("{:#}", anyhow::Error::new(error)))
        .hint(hint)
        .into()
}
