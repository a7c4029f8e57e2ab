//! Connections: their limits, TLS, and the protocols that they speak.

use axum::Router;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;
use std::fmt;
use std::future::pending;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
#[cfg(unix)]
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::SetOnce;
use tokio::time::timeout;
use tokio_io_timeout::TimeoutStream;
use tokio_rustls::TlsAcceptor;
use tokio_util::io::InspectReader;
use tokio_util::sync::CancellationToken;

/// How long the headers of a request may take, from the start of the connection or the end
/// of the request before.
const HEADERS: Duration = Duration::from_mins(1);

/// How many bytes it takes to know the version of HTTP: those of the preface of HTTP/2
/// (RFC 9113, section 3.4). A request with a host has more.
const PREFACE: usize = 24;

/// How long a TLS handshake may take.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// How long a service that stops waits for the first request of a connection, which may
/// be on its way.
const FIRST_REQUEST: Duration = Duration::from_secs(1);

/// How long a client may take to receive a part of a response.
const STALLED: Duration = Duration::from_secs(30);

/// How many bytes the headers of a request may have.
const LARGEST_HEADERS: u32 = 16 << 10;

/// How many requests of an HTTP/2 connection are in flight at once.
const STREAMS: u32 = 200;

/// Where a service listens.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Address {
    /// At an address and port. Port 0 takes a free one.
    Tcp(SocketAddr),
    /// At a Unix socket with this path. An unused socket there is replaced.
    #[cfg(unix)]
    Unix(PathBuf),
}

impl Address {
    /// Whether other machines cannot reach it.
    pub(crate) fn is_local(&self) -> bool {
        match self {
            Self::Tcp(address) => address.ip().is_loopback(),
            #[cfg(unix)]
            Self::Unix(_) => true,
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => address.fmt(formatter),
            #[cfg(unix)]
            Self::Unix(path) => write!(formatter, "unix:{}", path.display()),
        }
    }
}

/// Any stream of bytes.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Send {}

impl<T: AsyncRead + AsyncWrite + Send> Stream for T {}

/// What connections come from.
#[derive(Debug)]
pub(crate) enum Listener {
    Tcp(TcpListener),
    #[cfg(unix)]
    Unix(UnixListener, unix::Socket),
}

impl Listener {
    /// Listens, and returns the address with the port that was taken. A Unix socket gets the
    /// permissions `socket_mode`.
    pub(crate) async fn bind(address: &Address, socket_mode: u32) -> io::Result<(Self, Address)> {
        match address {
            Address::Tcp(address) => {
                let listener = TcpListener::bind(address).await?;
                let address = Address::Tcp(listener.local_addr()?);
                Ok((Self::Tcp(listener), address))
            }
            #[cfg(unix)]
            Address::Unix(path) => {
                unix::remove_unused(path).await?;
                let listener = UnixListener::bind(path)?;
                unix::set_mode(path, socket_mode)?;
                let socket = unix::Socket::at(path)?;
                Ok((Self::Unix(listener, socket), address.clone()))
            }
        }
    }

    pub(crate) async fn accept(&self) -> io::Result<Box<dyn Stream>> {
        Ok(match self {
            Self::Tcp(listener) => tcp(listener.accept().await?.0),
            #[cfg(unix)]
            Self::Unix(listener, _) => Box::new(listener.accept().await?.0),
        })
    }

    /// Stops listening, and returns the connections that clients have made and that were
    /// not accepted yet: they would be reset.
    pub(crate) fn close(self) -> io::Result<Vec<Box<dyn Stream>>> {
        Ok(match self {
            Self::Tcp(listener) => {
                let listener = listener.into_std()?;
                queued(
                    || listener.accept(),
                    |stream| {
                        stream.set_nonblocking(true)?;
                        Ok(tcp(TcpStream::from_std(stream)?))
                    },
                )
            }
            #[cfg(unix)]
            Self::Unix(listener, socket) => {
                socket.remove();
                let listener = listener.into_std()?;
                queued(
                    || listener.accept(),
                    |stream| {
                        stream.set_nonblocking(true)?;
                        Ok(Box::new(UnixStream::from_std(stream)?))
                    },
                )
            }
        })
    }
}

/// The connections that can be accepted without waiting, except those that fail.
fn queued<S, A>(
    accept: impl Fn() -> io::Result<(S, A)>,
    stream: impl Fn(S) -> io::Result<Box<dyn Stream>>,
) -> Vec<Box<dyn Stream>> {
    let accepted = std::iter::from_fn(|| accept().ok());
    accepted
        .filter_map(|(accepted, _)| stream(accepted).ok())
        .collect()
}

fn tcp(stream: TcpStream) -> Box<dyn Stream> {
    // Small responses are sent at once.
    let _ = stream.set_nodelay(true);
    Box::new(stream)
}

#[cfg(unix)]
mod unix {
    use std::fs::{self, Permissions};
    use std::io;
    use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};
    use std::path::{Path, PathBuf};
    use tokio::net::UnixStream;

    /// The file of a socket.
    #[derive(Debug)]
    pub(crate) struct Socket {
        path: PathBuf,
        /// Its device and number.
        file: (u64, u64),
    }

    impl Socket {
        pub(super) fn at(path: &Path) -> io::Result<Self> {
            Ok(Self {
                path: path.to_owned(),
                file: file(path)?,
            })
        }

        /// Removes it, unless another process listens at its path by now.
        pub(super) fn remove(&self) {
            if file(&self.path).is_ok_and(|file| file == self.file) {
                // Otherwise, the next start removes it.
                let _ = fs::remove_file(&self.path);
            }
        }
    }

    fn file(path: &Path) -> io::Result<(u64, u64)> {
        let metadata = fs::symlink_metadata(path)?;
        Ok((metadata.dev(), metadata.ino()))
    }

    /// Removes the socket of a process that has ended.
    pub(super) async fn remove_unused(path: &Path) -> io::Result<()> {
        let is_socket = fs::symlink_metadata(path).is_ok_and(|file| file.file_type().is_socket());
        // Any other error, such as that of a full queue, is of a process that listens.
        let is_unused = is_socket
            && UnixStream::connect(path)
                .await
                .is_err_and(|error| error.kind() == io::ErrorKind::ConnectionRefused);
        if is_unused {
            fs::remove_file(path)?;
        }
        Ok(())
    }

    pub(super) fn set_mode(path: &Path, mode: u32) -> io::Result<()> {
        fs::set_permissions(path, Permissions::from_mode(mode))
    }
}

/// Serves the requests of a connection, until it ends. After `stopping` it ends with the
/// request that is in flight.
pub(crate) async fn serve(
    stream: Box<dyn Stream>,
    tls: Option<TlsAcceptor>,
    router: Router,
    stopping: CancellationToken,
) {
    // Writes fail when the client does not read.
    let mut stream = TimeoutStream::new(Box::into_pin(stream));
    stream.set_write_timeout(Some(STALLED));
    let stream: std::pin::Pin<Box<dyn Stream>> = match tls {
        None => Box::pin(stream),
        Some(tls) => {
            let handshake = timeout(HANDSHAKE, tls.accept(Box::pin(stream)));
            let accepted = tokio::select! {
                biased;
                accepted = handshake => accepted,
                () = stop(&stopping, pending::<()>()) => return,
            };
            match accepted {
                Ok(Ok(stream)) => Box::pin(stream),
                Ok(Err(_)) | Err(_) => return,
            }
        }
    };
    let begun = Arc::new(SetOnce::new());
    let stream = InspectReader::new(stream, {
        let begun = begun.clone();
        let mut received = 0;
        move |bytes: &[u8]| {
            received += bytes.len();
            if received >= PREFACE && !begun.initialized() {
                // Nothing else sets it.
                let _ = begun.set(());
            }
        }
    });
    let service = TowerToHyperService::new(router);
    let builder = builder();
    let mut connection = pin!(builder.serve_connection(TokioIo::new(stream), service));
    tokio::select! {
        // Requests that have arrived are read first.
        biased;
        // A connection that fails is the client's.
        _ = connection.as_mut() => return,
        () = silent(&begun) => return,
        () = stop(&stopping, begun.wait()) => connection.as_mut().graceful_shutdown(),
    }
    let _ = connection.await;
}

/// Completes when a connection is to end: when the service stops, and `request` has begun or
/// will probably not come.
async fn stop<T>(stopping: &CancellationToken, request: impl Future<Output = T>) {
    stopping.cancelled().await;
    let _ = timeout(FIRST_REQUEST, request).await;
}

/// Completes if a client sends nothing. The limit of hyper begins only when the version of
/// HTTP is known.
async fn silent(begun: &SetOnce<()>) {
    if timeout(HEADERS, begun.wait()).await.is_ok() {
        pending::<()>().await;
    }
}

fn builder() -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADERS)
        .max_buf_size(usize::try_from(LARGEST_HEADERS).unwrap_or(usize::MAX));
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_header_list_size(LARGEST_HEADERS)
        .max_concurrent_streams(STREAMS)
        .keep_alive_interval(HEADERS);
    builder
}
