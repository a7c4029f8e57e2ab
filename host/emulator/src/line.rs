//! A connection that its own service can sabotage.

use std::{
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU8, Ordering},
    },
    task::{Context, Poll},
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
};

/// What goes out in place of an answer: neither a status line nor TLS.
const GARBAGE: &[u8] = b"\x00\x01\xfe\xff GARBAGE/9.9 not a status line\r\n\r\n";

const WELL: u8 = 0;
const RESET: u8 = 1;
const GARBLED: u8 = 2;

/// The service's hand on its connection. Clones move the same lever.
#[derive(Debug, Clone, Default)]
pub(super) struct Lever(Arc<AtomicU8>);

impl Lever {
    /// Lets the connection end with a reset instead of a regular close.
    pub(super) fn reset(&self) {
        self.0.store(RESET, Ordering::Release);
    }

    /// Sends garbage in place of what is written next, and ends the connection.
    pub(super) fn garble(&self) {
        self.0.store(GARBLED, Ordering::Release);
    }

    fn stands_at(&self, position: u8) -> bool {
        self.0.load(Ordering::Acquire) == position
    }
}

/// A TCP connection with a lever.
#[derive(Debug)]
pub(super) struct Line {
    stream: TcpStream,
    lever: Lever,
}

impl Line {
    pub(super) fn new(stream: TcpStream, lever: Lever) -> Self {
        debug_assert!(lever.stands_at(WELL));
        Self { stream, lever }
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        // With a linger time of zero, closing a socket sends a reset.
        if self.lever.stands_at(RESET) {
            let _ = self.stream.set_zero_linger();
        }
    }
}

impl AsyncRead for Line {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Line {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if self.lever.stands_at(GARBLED) {
            // So few bytes fit into the socket's buffer in one go.
            let sent = Pin::new(&mut self.stream).poll_write(cx, GARBAGE);
            return sent.map(|_| Err(io::Error::other("the answer was garbled on purpose")));
        }
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
