//! Listens, serves connections, and stops without cutting requests off.

use crate::bulkhead::{Bulkhead, Queue};
use crate::caller::Caller;
use crate::credentials::{Credentials, Source};
use crate::routes;
use crate::settings::Settings;
use crate::tokens::{Scope, Token, TokenHash};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use stytch_host::Plugin;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::timeout;
use tokio_io_timeout::TimeoutStream;

/// How long the headers of a request may take, from the start of the connection or the end
/// of the request before.
const HEADERS: Duration = Duration::from_secs(60);

/// How long a client may take to receive a part of a response.
const STALLED: Duration = Duration::from_secs(30);

/// How many bytes the headers of a request may have.
const LARGEST_HEADERS: usize = 16 << 10;

/// How many requests of an HTTP/2 connection are in flight at once.
const STREAMS: u32 = 200;

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
    Credentials(#[from] stytch_credentials::Error),
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
    run_token: TokenHash,
    draining: AtomicBool,
}

impl State {
    /// Returns the caller whose token this is.
    pub(crate) fn caller(&self, token: &str) -> Option<Caller> {
        let hash = TokenHash::of(token);
        hash.matches(&self.run_token).then(|| Caller {
            scope: Arc::new(Scope::default()),
        })
    }

    pub(crate) fn is_draining(&self) -> bool {
        self.draining.load(Ordering::Relaxed)
    }
}

/// A service that does not listen yet.
#[derive(Debug)]
pub struct Service {
    state: Arc<State>,
    token: Token,
}

impl Service {
    /// Creates a service that makes the calls of `plugin`. It reads the credentials, which
    /// blocks: a keyring may be locked.
    ///
    /// # Errors
    ///
    /// The credentials cannot be read.
    pub fn new(plugin: Plugin, sources: &[Source], settings: Settings) -> Result<Self, Error> {
        let queue = Queue {
            length: settings.queue_length,
            wait: settings.queue_wait,
        };
        let token = Token::random().map_err(Error::Random)?;
        let state = State {
            plugin,
            credentials: Credentials::read(
                sources,
                settings.max_calls_per_credential.get(),
                queue,
            )?,
            bulkhead: Bulkhead::new(settings.max_calls.get(), queue),
            run_token: TokenHash::of(token.expose()),
            draining: AtomicBool::new(false),
            settings,
        };
        Ok(Self {
            state: Arc::new(state),
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
        if !address.ip().is_loopback() {
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

    /// Returns the token of this run, which permits everything.
    pub fn token(&self) -> &Token {
        &self.service.token
    }

    /// Serves until `stop` completes; then accepts no more connections, and returns when
    /// the requests in flight are done, or after the drain time of the settings.
    pub async fn run(self, stop: impl Future<Output = ()>) {
        let Self {
            service, listener, ..
        } = self;
        let state = service.state;
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
