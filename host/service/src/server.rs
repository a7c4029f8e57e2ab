//! Listens, serves connections, and stops without cutting requests off.

use crate::bulkhead::{Bulkhead, Permit, Queue};
use crate::bulkheads::Bulkheads;
use crate::config_errors::{Config, ConfigErrors};
use crate::connection::{self, Address, Listener, Stream};
use crate::line_log::LineLog;
use crate::metrics::Metrics;
use crate::problem::{Problem, Refusal};
use crate::reload::Reloader;
use crate::routes::{self, Mcp};
use crate::settings::Settings;
use crate::tls::{Tls, TlsError};
use crate::tokens::{Record, Scope, Token, TokenError, TokenSource, Tokens};
use crate::{openapi, reference};
use axum::Router;
use bytes::Bytes;
use jiff::Timestamp;
use std::fmt;
use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use stytch_console::Console;
use stytch_credentials::{Credentials, ReadError, Source};
use stytch_host::Plugin;
use stytch_host::schema::Description;
use stytch_mcp::Catalog;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

/// The wait after `accept` failed, which it does when there are too many open files.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Why a service could not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The address is in use, or not one of this machine.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address.
        address: Address,
        /// The cause.
        source: io::Error,
    },
    /// Other machines could reach a service whose token is known to this process alone.
    #[error("listening on {0} lets other machines in, and there is no token for them")]
    NoTokens(Address),
    /// The certificate or its key cannot be used.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The credentials cannot be read.
    #[error(transparent)]
    Credentials(#[from] ReadError),
    /// The tokens cannot be read.
    #[error(transparent)]
    Tokens(#[from] TokenError),
    /// The component does not fit the contract.
    #[error("the component cannot be described: {0}")]
    Description(serde_json::Error),
    /// There is no console of this component.
    #[error("the component has no console: {0}")]
    Console(stytch_console::Error),
    /// There are no random numbers for a token.
    #[error("the system has no random numbers: {0}")]
    Random(getrandom::Error),
}

/// What all requests share.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) plugin: Plugin,
    pub(crate) settings: Settings,
    pub(crate) credentials: Credentials,
    pub(crate) bulkhead: Bulkhead,
    /// Those of the credentials.
    pub(crate) bulkheads: Bulkheads,
    pub(crate) metrics: Metrics,
    pub(crate) log: LineLog,
    /// The tools of agents, unless there are none.
    pub(crate) mcp: Option<Mcp>,
    /// The `OpenAPI` document.
    pub(crate) openapi: Bytes,
    /// The page that renders it.
    pub(crate) page: Bytes,
    pub(crate) console: Option<Arc<Console>>,
    /// Who started the service.
    pub(crate) operator: Arc<Record>,
    /// What could not be read.
    pub(crate) config_errors: ConfigErrors,
    pub(crate) tls: Option<Tls>,
    tokens: RwLock<Arc<Tokens>>,
    draining: AtomicBool,
}

impl State {
    /// Returns the record of a valid token.
    pub(crate) fn token(&self, token: &str) -> Option<Arc<Record>> {
        let tokens = self.tokens.read().unwrap_or_else(PoisonError::into_inner);
        tokens.find(token, Timestamp::now())
    }

    /// Returns what is known now of a token that was found before, if it is still valid.
    /// Who started the service stays.
    pub(crate) fn current(&self, record: &Arc<Record>) -> Option<Arc<Record>> {
        if Arc::ptr_eq(record, &self.operator) {
            return Some(record.clone());
        }
        let tokens = self.tokens.read().unwrap_or_else(PoisonError::into_inner);
        tokens.current(record, Timestamp::now())
    }

    pub(crate) fn set_tokens(&self, tokens: Tokens) {
        *self.tokens.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(tokens);
    }

    /// Waits in the queue for the service's permit of a call.
    pub(crate) async fn enter(&self) -> Result<Permit, Problem> {
        let permit = self.bulkhead.enter().await;
        permit.map_err(|_| self.busy("in this service"))
    }

    /// The problem of a call that has waited in a queue for too long.
    pub(crate) fn busy(&self, place: &str) -> Problem {
        let detail = format!("too many calls are in flight {place}; try again later");
        Problem::refused(Refusal::Busy, detail).retryable_after(self.settings.queue_wait)
    }

    pub(crate) fn is_draining(&self) -> bool {
        self.draining.load(Ordering::Relaxed)
    }
}

/// A service that does not listen yet.
#[derive(Debug)]
pub struct Service {
    state: Arc<State>,
    /// The token of this run, if none is stored.
    token: Option<Token>,
    /// Where to look for new and revoked tokens.
    source: Option<TokenSource>,
}

impl Service {
    /// Creates a service that makes the calls of `plugin`, whose operations are described by
    /// `description`. `log` gets a line of JSON for each request. Reading the credentials
    /// blocks: a keyring may be locked.
    ///
    /// # Errors
    ///
    /// The credentials, the tokens or the certificate cannot be read, or the description
    /// lacks an operation.
    pub fn new(
        plugin: Plugin,
        description: &Description,
        credentials: Vec<Source>,
        settings: Settings,
        log: Option<Box<dyn Write + Send>>,
    ) -> Result<Self, Error> {
        let source = settings.tokens.clone();
        let mut tokens = match &source {
            Some(source) => source.tokens()?,
            None => Tokens::default(),
        };
        let run = Token::random().map_err(Error::Random)?;
        let scope = Scope {
            manage_credentials: true,
            ..Scope::default()
        };
        // With stored tokens, nobody gets the one of this run.
        let operator = Arc::new(run.record("this run", scope));
        let token = match &source {
            _ if !tokens.is_empty() => None,
            // Whoever names a file expects that its tokens are needed.
            Some(TokenSource::File(file)) => {
                return Err(TokenError::Empty { file: file.clone() }.into());
            }
            Some(TokenSource::Store(_)) | None => {
                tokens.extend([operator.clone()]);
                Some(run)
            }
        };
        let console = settings.console.clone();
        let console = console.map(|options| Console::new(description, options));
        let openapi = openapi::document(description).map_err(Error::Description)?;
        let mcp = settings.mcp.clone();
        let mcp = mcp.map(|settings| Catalog::new(description, settings));
        let mcp = mcp.transpose().map_err(Error::Description)?;
        let queue = Queue {
            length: settings.queue_length,
            wait: settings.queue_wait,
        };
        let state = State {
            plugin,
            credentials: Credentials::read(credentials)?,
            bulkhead: Bulkhead::new(settings.max_calls.get(), queue),
            bulkheads: Bulkheads::new(settings.max_calls_per_credential.get(), queue),
            metrics: Metrics::new(),
            log: LineLog::new(log),
            config_errors: ConfigErrors::default(),
            mcp: mcp.map(Mcp::new),
            page: reference::page(&openapi).into(),
            openapi: openapi.to_string().into(),
            console: console.transpose().map_err(Error::Console)?.map(Arc::new),
            operator,
            tls: settings.tls.clone().map(Tls::read).transpose()?,
            tokens: RwLock::new(Arc::new(tokens)),
            draining: AtomicBool::new(false),
            settings,
        };
        let errors = Config::errors_of(&state.credentials.entries()).collect();
        state.config_errors.replace(errors, &state.log);
        Ok(Self {
            state: Arc::new(state),
            source,
            token,
        })
    }

    /// Listens at the address of the settings.
    ///
    /// # Errors
    ///
    /// The address is in use or not one of this machine, or other machines could reach it
    /// and there are no stored tokens.
    pub async fn bind(self) -> Result<Listening, Error> {
        let address = &self.state.settings.listen;
        if self.token.is_some() && !address.is_local() {
            return Err(Error::NoTokens(address.clone()));
        }
        let tls = self.state.tls.as_ref().map(Tls::acceptor).transpose()?;
        let bound = Listener::bind(address, self.state.settings.socket_mode).await;
        let (listener, address) = bound.map_err(|source| Error::Listen {
            address: address.clone(),
            source,
        })?;
        Ok(Listening {
            service: self,
            listener,
            address,
            tls,
        })
    }
}

/// A service that listens. Connections wait until it [runs](Self::run).
pub struct Listening {
    service: Service,
    listener: Listener,
    address: Address,
    tls: Option<TlsAcceptor>,
}

impl Listening {
    /// Returns the address that it listens at.
    pub fn address(&self) -> &Address {
        &self.address
    }

    /// Returns its URL, such as `https://127.0.0.1:4011`; `None` for a Unix socket.
    pub fn url(&self) -> Option<String> {
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        match &self.address {
            Address::Tcp(address) => Some(format!("{scheme}://{address}")),
            #[cfg(unix)]
            Address::Unix(_) => None,
        }
    }

    /// Returns an address of the console that signs in whoever started the service, once and
    /// within a minute; `None` if there is no console that a browser can reach.
    ///
    /// # Errors
    ///
    /// The system has no random numbers.
    pub fn sign_in_url(&self) -> Result<Option<String>, Error> {
        let (Some(url), Some(console)) = (self.url(), &self.service.state.console) else {
            return Ok(None);
        };
        let path = console.sign_in_path().map_err(Error::Console)?;
        Ok(Some(url + &path))
    }

    /// Returns the token of this run, which permits everything; `None` if there are stored
    /// ones.
    pub fn token(&self) -> Option<&Token> {
        self.service.token.as_ref()
    }

    /// Serves until `stop` completes; then accepts no more connections, and returns when
    /// the requests in flight are done, or after the drain time of the settings.
    pub async fn run(self, stop: impl Future<Output = ()>) {
        let Self {
            service:
                Service {
                    state,
                    source,
                    token,
                },
            listener,
            tls,
            ..
        } = self;
        let own = token.map(|_| state.operator.clone());
        let reload = tokio::spawn(Reloader::new(state.clone(), source, own).run());
        let limit = usize::try_from(state.settings.max_connections).unwrap_or(usize::MAX);
        let permits = Arc::new(Semaphore::new(limit.min(Semaphore::MAX_PERMITS)));
        let mut connections = Connections {
            router: routes::router(state.clone()),
            tls,
            stopping: CancellationToken::new(),
            tasks: JoinSet::new(),
        };
        let mut stop = std::pin::pin!(stop);
        loop {
            let accept = async {
                // The system's own queue holds those that are one too many.
                let permit = permits.clone().acquire_owned().await;
                (permit, listener.accept().await)
            };
            let (permit, accepted) = tokio::select! {
                biased;
                () = &mut stop => break,
                accepted = accept => accepted,
            };
            match (permit, accepted) {
                (Ok(permit), Ok(stream)) => connections.serve(stream, permit),
                _ => tokio::time::sleep(ACCEPT_PAUSE).await,
            }
        }
        state.draining.store(true, Ordering::Relaxed);
        // Clients that have connected expect a response.
        for stream in listener.close().unwrap_or_default() {
            if let Ok(permit) = permits.clone().try_acquire_owned() {
                connections.serve(stream, permit);
            }
        }
        connections.end(state.settings.drain).await;
        reload.abort();
        let flush = move || state.log.flush();
        let _ = tokio::task::spawn_blocking(flush).await;
    }
}

impl fmt::Debug for Listening {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Listening")
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

/// The connections of a service.
struct Connections {
    router: Router,
    tls: Option<TlsAcceptor>,
    stopping: CancellationToken,
    tasks: JoinSet<()>,
}

impl Connections {
    /// Serves a connection, which holds `permit` until it ends.
    fn serve(&mut self, stream: Box<dyn Stream>, permit: OwnedSemaphorePermit) {
        let (router, tls) = (self.router.clone(), self.tls.clone());
        let serve = connection::serve(stream, tls, router, self.stopping.clone());
        self.tasks.spawn(async move {
            serve.await;
            drop(permit);
        });
        // Forgets those that have ended.
        while self.tasks.try_join_next().is_some() {}
    }

    /// Ends the connections when their requests are done, or after `drain`.
    async fn end(mut self, drain: Duration) {
        self.stopping.cancel();
        let ended = async { while self.tasks.join_next().await.is_some() {} };
        let _ = timeout(drain, ended).await;
        // What is cut off is logged, too.
        self.tasks.shutdown().await;
    }
}
