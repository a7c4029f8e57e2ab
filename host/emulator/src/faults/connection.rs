//! A TCP connection with injectable faults: a reset, or garbage in place of a response.

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

/// Bytes that are neither an HTTP status line nor TLS.
const GARBAGE_BYTES: &[u8] = b"\x00\x01\xfe\xff GARBAGE/9.9 not a status line\r\n\r\n";

const NO_FAULT: u8 = 0;
const RESET: u8 = 1;
const GARBAGE: u8 = 2;

/// Selects the fault of a connection. Clones control the same connection.
#[derive(Debug, Clone, Default)]
pub(crate) struct FaultSwitch(Arc<AtomicU8>);

impl FaultSwitch {
    /// Makes the connection end with a reset instead of an orderly close.
    pub(crate) fn reset(&self) {
        self.0.store(RESET, Ordering::Release);
    }

    /// Replaces the next write with garbage, and then ends the connection.
    pub(crate) fn garbage(&self) {
        self.0.store(GARBAGE, Ordering::Release);
    }

    fn is(&self, fault: u8) -> bool {
        self.0.load(Ordering::Acquire) == fault
    }
}

/// A TCP connection with the fault that its switch selects.
#[derive(Debug)]
pub(crate) struct FaultyConnection {
    stream: TcpStream,
    switch: FaultSwitch,
}

impl FaultyConnection {
    pub(crate) fn new(stream: TcpStream, switch: FaultSwitch) -> Self {
        debug_assert!(switch.is(NO_FAULT));
        Self { stream, switch }
    }
}

impl Drop for FaultyConnection {
    fn drop(&mut self) {
        // With a linger time of zero, closing a socket sends a reset.
        if self.switch.is(RESET) {
            let _ = self.stream.set_zero_linger();
        }
    }
}

impl AsyncRead for FaultyConnection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl AsyncWrite for FaultyConnection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if self.switch.is(GARBAGE) {
            // So few bytes fit into the socket buffer in a single write.
            let sent = Pin::new(&mut self.stream).poll_write(cx, GARBAGE_BYTES);
            return sent.map(|_| Err(io::Error::other("chaos: garbage was sent")));
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
