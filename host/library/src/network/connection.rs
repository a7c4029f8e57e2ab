//! A connection that tracks whether it received a response, and fails after too many
//! interim responses (status 1xx).

use super::interim::{HeadersCounter, MAX_INTERIM};
use hyper::rt::{Read, ReadBuf, ReadBufCursor, Write};
use hyper_util::client::legacy::connect::{CaptureConnection, Connected, Connection};
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::task::{Context, Poll, ready};

/// The size of the read buffer for HTTP/2: the common frame size.
const BUFFER: usize = 16 << 10;

/// Too many interim responses.
#[derive(Debug, thiserror::Error)]
#[error("it sends too many interim responses")]
pub(super) struct TooManyInterim;

/// The state of a connection.
#[derive(Clone, Default)]
pub(super) struct ConnectionState(Arc<Flags>);

#[derive(Default)]
struct Flags {
    responded: AtomicBool,
    too_many_interim: AtomicBool,
}

impl ConnectionState {
    /// Records that a response was received. If such a connection is closed later without
    /// a response, the server considered it idle.
    pub(super) fn set_responded(&self) {
        self.0.responded.store(true, Ordering::Relaxed);
    }

    pub(super) fn has_responded(&self) -> bool {
        self.0.responded.load(Ordering::Relaxed)
    }

    /// Returns the state of a connection. Responses also contain it in their extensions.
    pub(super) fn of(connected: &Connected) -> Option<Self> {
        let mut extras = http::Extensions::new();
        connected.get_extras(&mut extras);
        extras.remove()
    }
}

/// Makes the connection of `request` fail after too many interim responses. The client
/// calls this for HTTP/1.1 only, and processes everything in its buffer before it yields,
/// so it is the next read that fails.
pub(super) fn limit_interim<B>(request: &mut http::Request<B>, connection: CaptureConnection) {
    let count = AtomicU32::new(0);
    hyper::ext::on_informational(request, move |_| {
        if count.fetch_add(1, Ordering::Relaxed) >= MAX_INTERIM
            && let Some(state) = connection
                .connection_metadata()
                .as_ref()
                .and_then(ConnectionState::of)
        {
            state.0.too_many_interim.store(true, Ordering::Relaxed);
        }
    });
}

/// A connection with a [`ConnectionState`].
pub(super) struct TrackedConnection<T> {
    pub(super) stream: T,
    state: ConnectionState,
    /// The read buffer and the counter, if it uses HTTP/2.
    http2: Option<(Vec<u8>, HeadersCounter)>,
}

impl<T: Connection> TrackedConnection<T> {
    pub(super) fn new(stream: T) -> Self {
        let is_http2 = stream.connected().is_negotiated_h2();
        Self {
            stream,
            state: ConnectionState::default(),
            http2: is_http2.then(|| (vec![0; BUFFER], HeadersCounter::default())),
        }
    }
}

impl<T: Unpin> TrackedConnection<T> {
    fn inner(self: Pin<&mut Self>) -> Pin<&mut T> {
        Pin::new(&mut self.get_mut().stream)
    }
}

impl<T: Connection> Connection for TrackedConnection<T> {
    fn connected(&self) -> Connected {
        // Without the connector's own extensions, which would be copied into each
        // response.
        let stream = self.stream.connected();
        let connected = Connected::new()
            .proxy(stream.is_proxied())
            .extra(self.state.clone());
        if stream.is_negotiated_h2() {
            connected.negotiated_h2()
        } else {
            connected
        }
    }
}

impl<T: Read + Unpin> Read for TrackedConnection<T> {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        mut buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.state.0.too_many_interim.load(Ordering::Relaxed) {
            return Poll::Ready(Err(io::Error::other(TooManyInterim)));
        }
        let Some((chunk, counter)) = &mut this.http2 else {
            return Pin::new(&mut this.stream).poll_read(context, buffer);
        };
        let length = buffer.remaining().min(chunk.len());
        let mut read = ReadBuf::new(chunk.get_mut(..length).unwrap_or_default());
        ready!(Pin::new(&mut this.stream).poll_read(context, read.unfilled()))?;
        if !counter.read(read.filled()) {
            return Poll::Ready(Err(io::Error::other(TooManyInterim)));
        }
        buffer.put_slice(read.filled());
        Poll::Ready(Ok(()))
    }
}

impl<T: Write + Unpin> Write for TrackedConnection<T> {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.inner().poll_write(context, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.inner().poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.inner().poll_shutdown(context)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.inner().poll_write_vectored(context, bytes)
    }
}
