//! Counts the header blocks of each request on an HTTP/2 connection. Interim responses
//! (status 1xx) are header blocks that the client buffers without flow control: a server
//! could exhaust this machine's memory with them.

use std::collections::BTreeMap;

/// The maximum number of interim responses to a request. One or two are useful.
pub(super) const MAX_INTERIM: u32 = 16;

/// The maximum number of header blocks for a request: its interim responses, the headers of
/// its response, and the trailers.
const MAX_HEADERS: u32 = MAX_INTERIM + 2;

/// The maximum number of requests that are tracked. Cancelled requests may never end;
/// beyond the maximum, the oldest one is dropped.
const MAX_REQUESTS: usize = 1024;

/// The size of a frame's header: its length, type, flags and stream.
const FRAME_HEADER: usize = 9;
const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
/// The flag for the last frame of a stream.
const END_STREAM: u8 = 1;

/// Counts header blocks in a stream of frames.
#[derive(Default)]
pub(super) struct HeadersCounter {
    header: [u8; FRAME_HEADER],
    /// How much of the frame's header was read.
    filled: usize,
    /// How much of the frame's payload is left.
    payload: usize,
    /// The number of header blocks of each open stream.
    streams: BTreeMap<u32, u32>,
}

impl HeadersCounter {
    /// Reads the next bytes; returns whether each request is still within the maximum.
    pub(super) fn read(&mut self, mut bytes: &[u8]) -> bool {
        while !bytes.is_empty() {
            if self.payload > 0 {
                let (_, rest) = bytes.split_at(self.payload.min(bytes.len()));
                self.payload -= bytes.len() - rest.len();
                bytes = rest;
                continue;
            }
            let empty = self.header.iter_mut().skip(self.filled);
            let copied = empty.zip(bytes).map(|(to, from)| *to = *from).count();
            self.filled += copied;
            bytes = bytes.get(copied..).unwrap_or_default();
            if self.filled == FRAME_HEADER {
                self.filled = 0;
                if !self.frame() {
                    return false;
                }
            }
        }
        true
    }

    fn frame(&mut self) -> bool {
        let [high, middle, low, kind, flags, stream @ ..] = self.header;
        self.payload = u32::from_be_bytes([0, high, middle, low]) as usize;
        let stream = u32::from_be_bytes(stream) & 0x7fff_ffff;
        let ends = match kind {
            DATA | HEADERS => flags & END_STREAM != 0,
            RST_STREAM => true,
            _ => return true,
        };
        if ends {
            self.streams.remove(&stream);
        } else if kind == HEADERS {
            let count = self.streams.entry(stream).or_default();
            *count += 1;
            if *count > MAX_HEADERS {
                return false;
            }
            if self.streams.len() > MAX_REQUESTS {
                self.streams.pop_first();
            }
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(kind: u8, flags: u8, stream: u32, payload: usize) -> Vec<u8> {
        let length = u32::try_from(payload).unwrap().to_be_bytes();
        let mut frame = length[1..].to_vec();
        frame.extend([kind, flags]);
        frame.extend(stream.to_be_bytes());
        // Bytes that would be header blocks if they were read as frames.
        frame.extend(
            [0, 0, 0, HEADERS, 4, 0, 0, 0, 1]
                .iter()
                .cycle()
                .take(payload),
        );
        frame
    }

    /// A response without trailers.
    fn response(stream: u32) -> Vec<u8> {
        let (headers, body) = (
            frame(HEADERS, 4, stream, 100),
            frame(DATA, 1, stream, 20_000),
        );
        [headers, body].concat()
    }

    #[test]
    fn accepts_any_number_of_responses_with_trailers() {
        let mut counter = HeadersCounter::default();
        for request in 0..2000 {
            let stream = request * 2 + 1;
            let trailed = [
                frame(HEADERS, 4, stream, 100),
                frame(DATA, 0, stream, 20_000),
                frame(HEADERS, 5, stream, 0),
                frame(6, 0, 0, 8),
            ];
            assert!(counter.read(&trailed.concat()), "{request}");
        }
        assert!(counter.streams.is_empty());
        for request in 2000..4000 {
            let left = [
                frame(HEADERS, 4, request * 2 + 1, 100),
                frame(RST_STREAM, 0, request * 2 + 1, 4),
            ];
            assert!(counter.read(&left.concat()), "{request}");
        }
        assert!(counter.streams.is_empty());
    }

    #[test]
    fn fails_after_too_many_interim_responses() {
        for piece in [1, 7, 14, 100_000] {
            let mut counter = HeadersCounter::default();
            let endless = frame(HEADERS, 4, 1, 5).repeat(1000);
            let mut pieces = endless.chunks(piece);
            assert!(!pieces.all(|piece| counter.read(piece)), "{piece}");
            assert_eq!(counter.streams[&1], MAX_HEADERS + 1);
        }
    }

    #[test]
    fn earlier_requests_do_not_raise_the_maximum() {
        let mut counter = HeadersCounter::default();
        for request in 0..1000 {
            assert!(counter.read(&response(request * 2 + 1)));
        }
        let allowed = usize::try_from(MAX_HEADERS).unwrap();
        assert!(counter.read(&frame(HEADERS, 4, 2001, 5).repeat(allowed)));
        assert!(!counter.read(&frame(HEADERS, 4, 2001, 5)));
    }

    #[test]
    fn counts_concurrent_requests_separately_in_bounded_memory() {
        let mut counter = HeadersCounter::default();
        for _ in 0..MAX_HEADERS {
            for request in 0..100 {
                assert!(counter.read(&frame(HEADERS, 4, request * 2 + 1, 5)));
            }
        }
        assert!(!counter.read(&frame(HEADERS, 4, 1, 5)));
        let mut counter = HeadersCounter::default();
        for request in 0..10_000 {
            assert!(counter.read(&frame(HEADERS, 4, request * 2 + 1, 5)));
        }
        assert_eq!(counter.streams.len(), MAX_REQUESTS);
    }
}
