//! Bodies within bounds.

use super::Bounds;
use super::fault::{Fault, LastFault};
use crate::trace::Exchange;
use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::time::{Instant, Sleep, sleep, timeout};
use wasmtime_wasi_http::{Error, WasiBody};

/// An answer's body that ends with an error once it is too large, or when its
/// next piece does not come in time.
pub(super) struct BoundedBody {
    incoming: Incoming,
    limit: usize,
    received: usize,
    idle: Duration,
    timer: Pin<Box<Sleep>>,
    last_fault: LastFault,
    exchange: Exchange,
}

impl BoundedBody {
    pub(super) fn new(
        incoming: Incoming,
        bounds: Bounds,
        last_fault: LastFault,
        exchange: Exchange,
    ) -> Self {
        Self {
            incoming,
            limit: bounds.body,
            received: 0,
            idle: bounds.idle,
            timer: Box::pin(sleep(bounds.idle)),
            last_fault,
            exchange,
        }
    }

    fn next(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Fault>>> {
        let Poll::Ready(frame) = Pin::new(&mut self.incoming).poll_frame(context) else {
            ready!(self.timer.as_mut().poll(context));
            return Poll::Ready(Some(Err(Fault::IdleTimeout(self.idle))));
        };
        self.timer.as_mut().reset(Instant::now() + self.idle);
        let frame = match frame {
            Some(Ok(frame)) => frame,
            Some(Err(error)) => return Poll::Ready(Some(Err(Fault::of(&error)))),
            None => return Poll::Ready(None),
        };
        let bytes = frame.data_ref().map_or(0, Bytes::len);
        self.exchange.received(bytes);
        self.received += bytes;
        if self.received > self.limit {
            return Poll::Ready(Some(Err(Fault::TooLarge(self.limit))));
        }
        Poll::Ready(Some(Ok(frame)))
    }
}

impl Body for BoundedBody {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let frame = ready!(self.next(context));
        Poll::Ready(frame.map(|frame| frame.map_err(|fault| self.last_fault.report(fault))))
    }

    fn is_end_stream(&self) -> bool {
        self.incoming.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.incoming.size_hint()
    }
}

/// Reads a request's body to its end, within bounds.
pub(super) async fn collect(body: WasiBody, limit: usize, patience: Duration) -> Vec<u8> {
    let mut received = Vec::new();
    read(body, limit, patience, |bytes| received.extend(bytes)).await;
    received
}

/// The same, of which nothing is kept.
pub(super) async fn discard(body: WasiBody, limit: usize, patience: Duration) {
    read(body, limit, patience, drop).await;
}

async fn read(mut body: WasiBody, limit: usize, patience: Duration, mut take: impl FnMut(Bytes)) {
    let all = async {
        let mut left = limit;
        while let Some(Ok(frame)) = body.frame().await {
            let Ok(bytes) = frame.into_data() else { break };
            let Some(rest) = left.checked_sub(bytes.len()) else {
                break;
            };
            left = rest;
            take(bytes);
        }
    };
    // A guest that stalls its own body waits in vain, as it would on the wire.
    let _ = timeout(patience, all).await;
}
