//! A response body that is complete, or deliberately shorter than its `Content-Length`.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};

/// How much of a body is sent, and what happens then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extent {
    /// All of it is sent.
    Full,
    /// Half of it is sent, then the connection closes.
    Truncated,
    /// Half of it is sent, then the connection stays open without sending more.
    Stalled,
}

/// A body whose `Content-Length` is its full length, regardless of its extent.
#[derive(Debug)]
pub(crate) struct ResponseBody {
    /// The `Content-Length`.
    length: u64,
    /// The bytes that are not sent yet.
    rest: Option<Bytes>,
    extent: Extent,
    /// Whether hyper has had the chance to flush the bytes.
    flushed: bool,
}

impl ResponseBody {
    pub(crate) fn new(mut body: Bytes, extent: Extent) -> Self {
        let length = body.len() as u64;
        if extent != Extent::Full {
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

impl Body for ResponseBody {
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
            Extent::Full => Poll::Ready(None),
            Extent::Stalled => Poll::Pending,
            // An error discards unflushed bytes, and hyper flushes when a body is pending: so
            // return `Pending` once.
            Extent::Truncated if self.flushed => {
                let error = io::Error::other("chaos: the response was truncated");
                Poll::Ready(Some(Err(error)))
            }
            Extent::Truncated => {
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
