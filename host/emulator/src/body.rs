//! The body of an answer: whole, or deliberately less than its announced length.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};

/// How much of a body is sent, and what follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Extent {
    /// All of it.
    Whole,
    /// Half of it; then the connection ends.
    Cut,
    /// Half of it; then nothing, for ever.
    Stalled,
}

/// A body whose `Content-Length` is that of all its bytes, whatever is sent of them.
#[derive(Debug)]
pub(super) struct Delivery {
    /// What is announced.
    length: u64,
    /// What is still to send.
    rest: Option<Bytes>,
    extent: Extent,
    /// Whether what was sent has had its turn to leave.
    flushed: bool,
}

impl Delivery {
    pub(super) fn new(mut body: Bytes, extent: Extent) -> Self {
        let length = body.len() as u64;
        if extent != Extent::Whole {
            body.truncate(body.len() / 2);
        }
        Self {
            length,
            rest: Some(body),
            extent,
            flushed: false,
        }
    }
}

impl Body for Delivery {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        if let Some(rest) = self.rest.take() {
            return Poll::Ready(Some(Ok(Frame::data(rest))));
        }
        match self.extent {
            Extent::Whole => Poll::Ready(None),
            Extent::Stalled => Poll::Pending,
            // An error drops whatever is not flushed yet, and hyper flushes when a body has
            // nothing to give for the moment: so wait for one turn.
            Extent::Cut if self.flushed => {
                let error = io::Error::other("the answer was cut on purpose");
                Poll::Ready(Some(Err(error)))
            }
            Extent::Cut => {
                self.flushed = true;
                cx.waker().wake_by_ref();
                Poll::Pending
            }
        }
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.length)
    }
}
