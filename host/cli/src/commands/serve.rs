use super::networked;
use super::token::with_own_hint;
use crate::access::{VARIABLES, access, selection};
use crate::args::{Global, Serve};
use crate::error::{LISTEN_HINT, Usage};
use crate::failure::Style;
use crate::{interrupts, streams, trace};
use std::path::PathBuf;
use std::{env, io};
use stytch_credentials::{Choice, ReadError, Source, Store, shell_word, with_base_url};
use stytch_host::text::with_sources;
use stytch_service::{
    Address, Error, Service, Settings, TokenError, TokenSource, TokenStore, Traces,
};

/// Serves until the process is told to stop.
pub(super) async fn run(global: &Global, args: Serve) -> anyhow::Result<()> {
    if global.credential.is_some() {
        return Err(Usage::new("--credential does not apply to serve")
            .hint("each request names its credential: /v1/credentials/NAME/…")
            .into());
    }
    let traces = Traces::of_environment(variable).map_err(|error| {
        Usage::new(with_sources(&error)).hint(
            "export traces with OTLP over HTTP, such as \
             OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4318, or unset the OTEL_* variables",
        )
    })?;
    trace::start(global.verbose, Style::of_output(global), traces.as_ref());
    let tls = args.tls();
    let emulator = if global.emulator {
        Some(access(global).await?)
    } else {
        None
    };
    let sources = match &emulator {
        Some(access) => vec![Source::Fixed(
            access.served_name().to_owned(),
            access.credential.clone(),
        )],
        None => sources(global, args.credentials_dir)?,
    };
    let mut settings = Settings::default();
    (settings.listen, settings.tls) = (args.listen, tls);
    settings.socket_mode = args.socket_mode;
    // A token of a real service is not for an emulator.
    settings.tokens = if global.emulator {
        None
    } else {
        match args.tokens_file {
            Some(path) => Some(TokenSource::File(path)),
            None => TokenStore::of_user().map(TokenSource::Store),
        }
    };
    settings.host_names = args.allow_host;
    settings.max_calls = args.max_calls;
    settings.max_calls_per_credential = args.max_calls_per_credential;
    settings.drain = args.drain;
    settings.mcp = (!args.no_mcp).then(|| {
        let mut mcp = stytch_mcp::Settings::default();
        (mcp.max_results, mcp.hide) = (args.mcp_max_results, args.mcp_hide);
        mcp
    });
    let log: Option<Box<dyn io::Write + Send>> = if global.quiet {
        None
    } else {
        Some(Box::new(io::stderr()))
    };
    let builder = networked(global)?.pool(args.max_calls);
    let (plugin, description) = (builder.clone().build()?, builder.describe()?);
    // On a thread of its own: a keyring may wait for the user.
    let service = tokio::task::spawn_blocking(move || {
        Service::new(plugin, &description, sources, settings, log)
    });
    let service = service.await?.map_err(explained)?;
    let listening = service.bind().await.map_err(explained)?;
    let address = match (listening.url(), listening.address()) {
        (Some(url), _) => format!("export STYTCH_HOST_URL={url}\n"),
        #[cfg(unix)]
        (None, Address::Unix(path)) => {
            let path = path.display().to_string();
            format!("export STYTCH_HOST_SOCKET={}\n", shell_word(&path))
        }
        (None, _) => String::new(),
    };
    let token = listening.token().map(|token| {
        let token = token.expose();
        format!("export STYTCH_HOST_TOKEN={token}\n")
    });
    let lines = address + &token.unwrap_or_default();
    streams::print(lines.as_bytes())?;
    listening
        .run(async {
            interrupts::interrupted().await;
            // The next one ends the process.
            interrupts::watch();
        })
        .await;
    if let Some(traces) = traces {
        tokio::task::spawn_blocking(|| traces.shutdown()).await?;
    }
    Ok(())
}

/// Returns a variable that is set and not empty.
fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

fn sources(global: &Global, folder: Option<PathBuf>) -> anyhow::Result<Vec<Source>> {
    let mut sources = Vec::new();
    if let Choice::Variables(credential) = selection(global).choose(|name| env::var_os(name))? {
        let base_url = selection(global).base_url(|name| env::var_os(name))?;
        let credential = with_base_url(credential, base_url)?;
        sources.push(Source::Fixed(VARIABLES.to_owned(), credential));
    }
    if let Some(folder) = folder {
        sources.push(Source::Folder(folder));
        return Ok(sources);
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
        Error::Listen { .. } => LISTEN_HINT,
        Error::NoTokens(_) => {
            "create one: stytch-host token create NAME; or listen on 127.0.0.1, which needs none"
        }
        Error::Credentials(ReadError::Folder { .. }) => {
            "name a folder with a folder for each credential, which has the files project-id and secret"
        }
        Error::Tokens(TokenError::Read { .. }) => {
            "name a copy of the file tokens.json that `stytch-host token create` writes"
        }
        Error::Tls(_) => {
            "give --tls-cert and --tls-key PEM files of a certificate chain and its private key"
        }
        _ => {
            return match error {
                Error::Credentials(ReadError::Store(error)) => error.into(),
                Error::Tokens(error) => with_own_hint(error),
                error => error.into(),
            };
        }
    };
    Usage::new(with_sources(&error)).hint(hint).into()
}
