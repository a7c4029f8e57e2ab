//! Bodies with limits.

use super::Limits;
use super::fault::{Fault, LastFault};
use super::pools::Place;
use super::throughput::Throughput;
use crate::network::trace::Exchange;
use bytes::{Bytes, BytesMut};
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tokio::time::timeout;
use wasmtime_wasi_http::{Error, WasiBody};

/// A response body that fails if it is too large or too slow. It is passed on without
/// decompression, so that it cannot grow after it was measured.
pub(super) struct BoundedBody {
    incoming: Incoming,
    /// Free again when the body is dropped.
    _place: Place,
    /// The remaining length, if hyper does not detect the end of the body.
    left: Option<u64>,
    limit: usize,
    received: usize,
    throughput: Throughput,
    last_fault: LastFault,
    exchange: Exchange,
}

impl BoundedBody {
    pub(super) fn new(
        (incoming, place): (Incoming, Place),
        length: Option<u64>,
        limits: Limits,
        last_fault: LastFault,
        exchange: Exchange,
    ) -> Self {
        Self {
            // Responses with some statuses have no body, whatever their headers say.
            left: length.filter(|_| !incoming.is_end_stream()),
            incoming,
            _place: place,
            limit: limits.response_body,
            received: 0,
            throughput: Throughput::new(limits.idle, limits.throughput),
            last_fault,
            exchange,
        }
    }

    fn next(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Fault>>> {
        if self.left == Some(0) {
            return Poll::Ready(None);
        }
        let Poll::Ready(frame) = Pin::new(&mut self.incoming).poll_frame(context) else {
            let fault = ready!(self.throughput.poll_late(context));
            return Poll::Ready(Some(Err(fault)));
        };
        let mut frame = match frame {
            Some(Ok(frame)) => frame,
            Some(Err(error)) => return Poll::Ready(Some(Err(Fault::of(&error)))),
            None if self.left.is_some() => return Poll::Ready(Some(Err(Fault::Cut))),
            None => return Poll::Ready(None),
        };
        if let Some(left) = &mut self.left {
            frame = frame.map_data(|mut data| {
                data.truncate(usize::try_from(*left).unwrap_or(usize::MAX));
                data
            });
            let bytes = frame.data_ref().map_or(0, Bytes::len);
            *left = left.saturating_sub(u64::try_from(bytes).unwrap_or(u64::MAX));
        }
        let bytes = frame.data_ref().map_or(0, Bytes::len);
        self.throughput.received(bytes);
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
        let report = |fault| self.last_fault.report(fault).into();
        Poll::Ready(frame.map(|frame| frame.map_err(report)))
    }

    fn is_end_stream(&self) -> bool {
        self.left == Some(0) || self.incoming.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.incoming.size_hint()
    }
}

/// Reads a request body, with limits.
pub(super) async fn collect(body: WasiBody, limits: Limits) -> Result<Bytes, Fault> {
    if body.is_end_stream() {
        return Ok(Bytes::new());
    }
    let mut received = BytesMut::new();
    Box::pin(read(body, limits, |bytes| received.extend(bytes))).await?;
    Ok(received.freeze())
}

/// Reads a request body, with limits, and ignores it.
pub(super) async fn discard(body: WasiBody, limits: Limits) {
    let _ = read(body, limits, drop).await;
}

async fn read(
    mut body: WasiBody,
    limits: Limits,
    mut take: impl FnMut(Bytes),
) -> Result<(), Fault> {
    let limit = limits.request_body;
    let all = async {
        let mut left = limit;
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|_| Fault::NoRequest)?;
            let Ok(bytes) = frame.into_data() else {
                continue;
            };
            left = left
                .checked_sub(bytes.len())
                .ok_or(Fault::RequestTooLarge(limit))?;
            take(bytes);
        }
        Ok(())
    };
    // A guest that stalls its own body fails.
    timeout(limits.idle, all)
        .await
        .unwrap_or(Err(Fault::NoRequest))
}
