use super::networked;
use super::token::with_own_hint;
use crate::access::{EMULATOR, VARIABLES, access, selection};
use crate::args::{Global, Serve};
use crate::error::{LISTEN_HINT, Usage};
use crate::failure::Style;
use crate::{interrupts, streams, trace};
use std::path::PathBuf;
use std::sync::Arc;
use std::{env, io};
use stytch_credentials::{Choice, ReadError, Source, Store, shell_word, with_base_url};
use stytch_host::text::with_sources;
use stytch_service::{
    Address, ConsoleOptions, Error, Given, Service, Settings, TokenError, TokenSource, TokenStore,
    Traces,
};

/// Serves until the process is told to stop.
pub(super) async fn run(global: &Global, args: Serve) -> anyhow::Result<()> {
    check(global, &args)?;
    let traces = Traces::of_environment(variable).map_err(|error| {
        Usage::new(with_sources(&error)).hint(
            "export traces with OTLP over HTTP, such as \
             OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4318, or unset the OTEL_* variables",
        )
    })?;
    trace::start(global.verbose, Style::of_output(global), traces.as_ref());
    let (tls, has_console) = (args.tls(), args.has_console());
    let has_tokens_file = args.tokens_file.is_some();
    let emulator = if global.emulator {
        Some(access(global).await?)
    } else {
        None
    };
    let store_is_read = emulator.is_none() && args.credentials_dir.is_none();
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
    settings.console =
        has_console.then(|| console(&sources, store_is_read, args.tls_cert.is_some()));
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
    let explained = |error| explained(error, has_tokens_file);
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
    if args.open
        && let Some(url) = listening.sign_in_url().map_err(explained)?
    {
        let is_quiet = global.quiet;
        // It waits for the program that it starts.
        tokio::task::spawn_blocking(move || open(&url, is_quiet));
    }
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

/// Checks that the flags can be combined.
fn check(global: &Global, args: &Serve) -> Result<(), Usage> {
    if global.credential.is_some() {
        return Err(Usage::new("--credential does not apply to serve")
            .hint("each request names its credential: /v1/credentials/NAME/…"));
    }
    if args.open && !(args.has_console() && matches!(args.listen, Address::Tcp(_))) {
        return Err(
            Usage::new("--open needs the console, at an address and port")
                .hint("leave out --console never, or listen on 127.0.0.1"),
        );
    }
    match args.of_real_service() {
        Some(flag) if global.emulator => Err(Usage::new(format!(
            "{flag} does not apply to the emulator"
        ))
        .hint(
            "leave out --emulator, or the flag: the emulator has one credential, and prints a token",
        )),
        _ => Ok(()),
    }
}

/// Returns a variable that is set and not empty.
fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

/// What the console is told about the credentials.
fn console(sources: &[Source], store_is_read: bool, secure: bool) -> ConsoleOptions {
    let given = sources.iter().filter_map(|source| match source {
        Source::Fixed(name, _) if name == EMULATOR => Some((name.clone(), Given::Emulator)),
        Source::Fixed(name, _) => Some((name.clone(), Given::Variables)),
        _ => None,
    });
    let mut options = ConsoleOptions::default();
    options.given = given.collect();
    options.secure = secure;
    if store_is_read {
        options.store = Store::of_user().map(Arc::new);
    }
    options
}

/// Opens an address in the browser. Where there is none, the address is printed: it is for
/// one use.
fn open(url: &str, is_quiet: bool) {
    match open::that_detached(url) {
        Ok(()) if is_quiet => {}
        Ok(()) => streams::notify("opened the console in the browser"),
        Err(_) => streams::notify(&format!(
            "there is no browser to open; within a minute, open: {url}"
        )),
    }
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

/// `has_tokens_file` is whether the tokens are those of `--tokens-file`.
fn explained(error: Error, has_tokens_file: bool) -> anyhow::Error {
    let hint = match &error {
        #[cfg(unix)]
        Error::Listen {
            address: Address::Unix(_),
            ..
        } => {
            "name a path of at most 107 bytes, in a folder that exists and that you may write to, where there is no other file and nothing else listens"
        }
        Error::Listen { .. } => LISTEN_HINT,
        Error::NoTokens(_) => {
            "create one: stytch-host token create NAME; or listen on 127.0.0.1, which needs none"
        }
        Error::Credentials(ReadError::Folder { .. }) => {
            "name a folder with a folder for each credential, which has the files project-id and secret"
        }
        Error::Tokens(
            TokenError::Read { .. } | TokenError::Malformed { .. } | TokenError::Version { .. },
        ) if has_tokens_file => {
            "name a copy of the file tokens.json that `stytch-host token create` writes"
        }
        Error::Tokens(TokenError::Empty { .. }) => {
            "create a token: stytch-host token create NAME; without --tokens-file, a service without tokens prints one"
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
