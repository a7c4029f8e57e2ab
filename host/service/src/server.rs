//! Listens, serves connections, and stops without cutting requests off.

use crate::access_log::AccessLog;
use crate::bulkhead::{Bulkhead, Queue};
use crate::credentials::{Credentials, ReadError, Source};
use crate::fingerprint::Fingerprint;
use crate::metrics::Metrics;
use crate::settings::Settings;
use crate::tokens::{Record, Scope, Token, TokenError, TokenSource, Tokens};
use crate::{openapi, routes};
use bytes::Bytes;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use jiff::Timestamp;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use stytch_host::Plugin;
use stytch_host::schema::Description;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::timeout;
use tokio_io_timeout::TimeoutStream;

/// How long the headers of a request may take, from the start of the connection or the end
/// of the request before.
const HEADERS: Duration = Duration::from_mins(1);

/// How long a client may take to receive a part of a response.
const STALLED: Duration = Duration::from_secs(30);

/// How many bytes the headers of a request may have.
const LARGEST_HEADERS: usize = 16 << 10;

/// How many requests of an HTTP/2 connection are in flight at once.
const STREAMS: u32 = 200;

/// How often files are looked at for changes.
const RELOAD: Duration = Duration::from_secs(1);

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
        address: SocketAddr,
        /// The cause.
        source: io::Error,
    },
    /// Other machines could reach a service whose token is known to this process alone.
    #[error("listening on {0} lets other machines in, and there is no token for them")]
    NoTokens(SocketAddr),
    /// The credentials cannot be read.
    #[error(transparent)]
    Credentials(#[from] ReadError),
    /// The tokens cannot be read.
    #[error(transparent)]
    Tokens(#[from] TokenError),
    /// The component does not fit the contract.
    #[error("the component cannot be described: {0}")]
    Description(serde_json::Error),
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
    pub(crate) metrics: Metrics,
    pub(crate) access_log: AccessLog,
    /// The `OpenAPI` document.
    pub(crate) openapi: Bytes,
    tokens: RwLock<Arc<Tokens>>,
    draining: AtomicBool,
}

impl State {
    /// Returns the record of a valid token.
    pub(crate) fn token(&self, token: &str) -> Option<Arc<Record>> {
        let tokens = self.tokens.read().unwrap_or_else(PoisonError::into_inner);
        tokens.find(token, Timestamp::now())
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
    source: Option<TokenSource>,
}

impl Service {
    /// Creates a service that makes the calls of `plugin`, whose operations are described by
    /// `description`. Callers have the tokens of `source`; if there are none, a random token
    /// is created. `log` gets a line of JSON for each request. It reads the credentials, which blocks: a keyring may be locked.
    ///
    /// # Errors
    ///
    /// The credentials or the tokens cannot be read, or the description lacks an operation.
    pub fn new(
        plugin: Plugin,
        description: &Description,
        sources: Vec<Source>,
        source: Option<TokenSource>,
        settings: Settings,
        log: Option<Box<dyn Write + Send>>,
    ) -> Result<Self, Error> {
        let mut tokens = match &source {
            Some(source) => source.tokens()?,
            None => Tokens::default(),
        };
        let token = if tokens.is_empty() {
            let token = Token::random().map_err(Error::Random)?;
            tokens = Tokens::new([token.record("this run", Scope::default())]);
            Some(token)
        } else {
            None
        };
        let openapi = openapi::document(description).map_err(Error::Description)?;
        let queue = Queue {
            length: settings.queue_length,
            wait: settings.queue_wait,
        };
        let state = State {
            plugin,
            credentials: Credentials::read(
                sources,
                settings.max_calls_per_credential.get(),
                queue,
            )?,
            bulkhead: Bulkhead::new(settings.max_calls.get(), queue),
            metrics: Metrics::new(),
            access_log: AccessLog::new(log),
            openapi: openapi.to_string().into(),
            tokens: RwLock::new(Arc::new(tokens)),
            draining: AtomicBool::new(false),
            settings,
        };
        Ok(Self {
            state: Arc::new(state),
            source: source.filter(|_| token.is_none()),
            token,
        })
    }

    /// Listens at the address of the settings.
    ///
    /// # Errors
    ///
    /// The address is in use or not one of this machine, or other machines could reach it.
    pub async fn bind(self) -> Result<Listening, Error> {
        let address = self.state.settings.listen;
        if self.token.is_some() && !address.ip().is_loopback() {
            return Err(Error::NoTokens(address));
        }
        let listen = |source| Error::Listen { address, source };
        let listener = TcpListener::bind(address).await.map_err(listen)?;
        let address = listener.local_addr().map_err(listen)?;
        Ok(Listening {
            service: self,
            listener,
            address,
        })
    }
}

/// A service that listens. Connections wait until it [runs](Self::run).
#[derive(Debug)]
pub struct Listening {
    service: Service,
    listener: TcpListener,
    address: SocketAddr,
}

impl Listening {
    /// Returns the address that it listens on.
    pub fn address(&self) -> SocketAddr {
        self.address
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
            service, listener, ..
        } = self;
        let Service { state, source, .. } = service;
        let reload = tokio::spawn(reload(state.clone(), source));
        let router = routes::router(state.clone());
        let limit = usize::try_from(state.settings.max_connections).unwrap_or(usize::MAX);
        let connections = Arc::new(Semaphore::new(limit.min(Semaphore::MAX_PERMITS)));
        let graceful = GracefulShutdown::new();
        let mut stop = std::pin::pin!(stop);
        loop {
            let accept = async {
                // The system's own queue holds those that are one too many.
                let permit = connections.clone().acquire_owned().await;
                (permit, listener.accept().await)
            };
            let (permit, accepted) = tokio::select! {
                biased;
                () = &mut stop => break,
                accepted = accept => accepted,
            };
            let Ok((stream, _)) = accepted else {
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            };
            let service = TowerToHyperService::new(router.clone());
            let builder = builder();
            let connection = builder.serve_connection(TokioIo::new(bounded(stream)), service);
            let connection = graceful.watch(connection.into_owned());
            tokio::spawn(async move {
                // A connection that fails is the client's.
                let _ = connection.await;
                drop(permit);
            });
        }
        state.draining.store(true, Ordering::Relaxed);
        drop(listener);
        let _ = timeout(state.settings.drain, graceful.shutdown()).await;
        reload.abort();
    }
}

/// Notices new, changed and removed credentials and tokens.
async fn reload(state: Arc<State>, source: Option<TokenSource>) {
    let mut read = source
        .as_ref()
        .map(|source| Fingerprint::of(&source.file()));
    loop {
        tokio::time::sleep(RELOAD).await;
        let (state, source) = (state.clone(), source.clone());
        let before = read;
        let task = tokio::task::spawn_blocking(move || {
            // Until it can be read again, the credentials stay as they are.
            let _ = state.credentials.reload();
            let source = source?;
            let now = Some(Fingerprint::of(&source.file()));
            if now != before
                && let Ok(tokens) = source.tokens()
            {
                *state.tokens.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(tokens);
                return now;
            }
            before
        });
        read = task.await.unwrap_or(before);
    }
}

fn builder() -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADERS)
        .max_buf_size(LARGEST_HEADERS);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_header_list_size(u32::try_from(LARGEST_HEADERS).unwrap_or(u32::MAX))
        .max_concurrent_streams(STREAMS)
        .keep_alive_interval(HEADERS);
    builder
}

/// A stream whose writes fail when the client does not read.
fn bounded(stream: TcpStream) -> std::pin::Pin<Box<TimeoutStream<TcpStream>>> {
    // Small responses are sent at once.
    let _ = stream.set_nodelay(true);
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(STALLED));
    Box::pin(stream)
}
