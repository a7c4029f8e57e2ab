//! Follows the files of a service: credentials, tokens and certificates that are new,
//! changed or removed.

use crate::config_errors::Config;
use crate::server::State;
use crate::tls::Tls;
use crate::tokens::{Record, TokenError, TokenSource};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use stytch_credentials::Fingerprint;
use stytch_host::text::with_sources;
use tokio::time::sleep;

/// How often files are looked at for changes.
const PAUSE: Duration = Duration::from_secs(1);

/// Reads files again. What cannot be read stays as it was, and is an error of the
/// configuration until it can.
pub(crate) struct Reloader {
    state: Arc<State>,
    /// Where the tokens are.
    source: Option<TokenSource>,
    /// The token of this run, if it was printed. It stays valid beside those that are stored
    /// later.
    own: Option<Arc<Record>>,
    tokens_read: Mutex<Option<Fingerprint>>,
}

impl Reloader {
    pub(crate) fn new(
        state: Arc<State>,
        source: Option<TokenSource>,
        own: Option<Arc<Record>>,
    ) -> Self {
        Self {
            state,
            source,
            own,
            // The tokens may have changed since the start, so they are read once more.
            tokens_read: Mutex::new(None),
        }
    }

    /// Reads what has changed, for as long as the service runs.
    pub(crate) async fn run(self) {
        let reloader = Arc::new(self);
        let mut pause = PAUSE;
        loop {
            sleep(pause).await;
            let start = Instant::now();
            let reloader = reloader.clone();
            // It fails only if it panics, which the panic hook prints.
            let _ = tokio::task::spawn_blocking(move || reloader.reload()).await;
            // Many thousands of files take a while: no more than a twentieth of the time.
            pause = PAUSE.max(start.elapsed() * 20);
        }
    }

    fn reload(&self) {
        let state = &self.state;
        let credentials = state
            .credentials
            .reload()
            .map_err(|error| with_sources(&error));
        let entries = state.credentials.entries();
        state.bulkheads.retain(|name| entries.contains_key(name));
        let certificate = state.tls.as_ref().map_or(Ok(()), Tls::reload);
        let certificate = certificate.map_err(|error| with_sources(&error));
        let tokens = self.tokens().map_err(|error| with_sources(&error));
        let results = [
            (Config::Credentials, credentials),
            (Config::Certificate, certificate),
            (Config::Tokens, tokens),
        ];
        let failed = results.into_iter().filter_map(|(config, result)| {
            let error = result.err()?;
            Some((config, error))
        });
        let mut errors: BTreeMap<_, _> = failed.collect();
        errors.extend(Config::errors_of(&entries));
        state.config_errors.replace(errors, &state.log);
    }

    fn tokens(&self) -> Result<(), TokenError> {
        let Some(source) = &self.source else {
            return Ok(());
        };
        let now = Some(Fingerprint::of(&source.file()));
        let mut read = self
            .tokens_read
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if *read != now {
            let mut tokens = source.tokens()?;
            tokens.extend(self.own.clone());
            self.state.set_tokens(tokens);
            *read = now;
        }
        Ok(())
    }
}
