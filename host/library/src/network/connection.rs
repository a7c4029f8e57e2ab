//! A connection that knows whether an answer came on it, and that is given up once
//! it brings interim responses (status 1xx) without an end.

use super::interim::{HeadersFrames, MOST_INTERIM};
use hyper::rt::{Read, ReadBuf, ReadBufCursor, Write};
use hyper_util::client::legacy::connect::{CaptureConnection, Connected, Connection};
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::task::{Context, Poll, ready};

/// How much is read at once where it is looked at: a frame of common size.
const PIECE: usize = 16 << 10;

/// Interim answers without an end.
#[derive(Debug, thiserror::Error)]
#[error("it sends interim answers without an end")]
pub(super) struct EndlessInterim;

/// What is known of a connection.
#[derive(Clone, Default)]
pub(super) struct Known(Arc<Flags>);

#[derive(Default)]
struct Flags {
    answered: AtomicBool,
    endless: AtomicBool,
}

impl Known {
    /// An answer came on it. One that has carried an answer and then closes without
    /// a word was given up by the server as idle.
    pub(super) fn set_answered(&self) {
        self.0.answered.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_answered(&self) -> bool {
        self.0.answered.load(Ordering::Relaxed)
    }

    /// That of a connection. Answers have it among their extensions.
    pub(super) fn of(connected: &Connected) -> Option<Self> {
        let mut extras = http::Extensions::new();
        connected.get_extras(&mut extras);
        extras.remove()
    }
}

/// Gives the connection of `request` up when it gets too many interim answers. The
/// client calls this for HTTP/1.1 only, and skips all that it has read before it
/// lets others run: so the next reading fails.
pub(super) fn bound_interim<B>(request: &mut http::Request<B>, connection: CaptureConnection) {
    let count = AtomicU32::new(0);
    hyper::ext::on_informational(request, move |_| {
        if count.fetch_add(1, Ordering::Relaxed) >= MOST_INTERIM
            && let Some(known) = connection
                .connection_metadata()
                .as_ref()
                .and_then(Known::of)
        {
            known.0.endless.store(true, Ordering::Relaxed);
        }
    });
}

/// Hands [`Known`] to whoever uses the connection.
pub(super) struct TrackedConnection<T> {
    pub(super) stream: T,
    known: Known,
    /// Where it speaks HTTP/2: what is read, and the heads in it.
    http2: Option<(Vec<u8>, HeadersFrames)>,
}

impl<T: Connection> TrackedConnection<T> {
    pub(super) fn new(stream: T) -> Self {
        let is_http2 = stream.connected().is_negotiated_h2();
        Self {
            stream,
            known: Known::default(),
            http2: is_http2.then(|| (vec![0; PIECE], HeadersFrames::default())),
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
        // Without what the connector tells of itself, which would be copied into each
        // answer.
        let stream = self.stream.connected();
        let connected = Connected::new()
            .proxy(stream.is_proxied())
            .extra(self.known.clone());
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
        if this.known.0.endless.load(Ordering::Relaxed) {
            return Poll::Ready(Err(io::Error::other(EndlessInterim)));
        }
        let Some((piece, heads)) = &mut this.http2 else {
            return Pin::new(&mut this.stream).poll_read(context, buffer);
        };
        let most = buffer.remaining().min(piece.len());
        let mut read = ReadBuf::new(piece.get_mut(..most).unwrap_or_default());
        ready!(Pin::new(&mut this.stream).poll_read(context, read.unfilled()))?;
        if !heads.read(read.filled()) {
            return Poll::Ready(Err(io::Error::other(EndlessInterim)));
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
