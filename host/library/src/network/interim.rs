//! How many heads each request on a connection of HTTP/2 gets. Interim responses
//! (status 1xx) come as heads, the client keeps them, and no window bounds them: a
//! server could fill the memory of this machine with them.

use std::collections::BTreeMap;

/// How many interim responses one request may get. One or two are useful.
pub(super) const MOST_INTERIM: u32 = 16;

/// How many heads one request may get: interim ones, that of its response, and its
/// trailers.
const MOST: u32 = MOST_INTERIM + 2;

/// How many requests are counted for at once. Those that were given up may never end;
/// of more, the oldest is forgotten.
const MOST_REQUESTS: usize = 1024;

/// The frame's length, its type, its flags, and the stream that it is of.
const HEADER: usize = 9;
const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
/// The flag of the last frame of a stream.
const END_STREAM: u8 = 1;

/// Counts them.
#[derive(Default)]
pub(super) struct HeadersFrames {
    header: [u8; HEADER],
    /// How much of the header is there.
    filled: usize,
    /// What is left of the frame behind it.
    payload: usize,
    /// The heads of each stream that has not ended.
    streams: BTreeMap<u32, u32>,
}

impl HeadersFrames {
    /// Takes what came next; whether each request still has a sensible number of heads.
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
            if self.filled == HEADER {
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
            let heads = self.streams.entry(stream).or_default();
            *heads += 1;
            if *heads > MOST {
                return false;
            }
            if self.streams.len() > MOST_REQUESTS {
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
        // What would be heads if it were read as frames.
        frame.extend(
            [0, 0, 0, HEADERS, 4, 0, 0, 0, 1]
                .iter()
                .cycle()
                .take(payload),
        );
        frame
    }

    /// One that has no trailers.
    fn response(stream: u32) -> Vec<u8> {
        let (head, body) = (
            frame(HEADERS, 4, stream, 100),
            frame(DATA, 1, stream, 20_000),
        );
        [head, body].concat()
    }

    #[test]
    fn a_response_and_its_trailers_are_no_matter_how_many() {
        let mut heads = HeadersFrames::default();
        for request in 0..2000 {
            let stream = request * 2 + 1;
            let trailed = [
                frame(HEADERS, 4, stream, 100),
                frame(DATA, 0, stream, 20_000),
                frame(HEADERS, 5, stream, 0),
                frame(6, 0, 0, 8),
            ];
            assert!(heads.read(&trailed.concat()), "{request}");
        }
        assert!(heads.streams.is_empty());
        for request in 2000..4000 {
            let left = [
                frame(HEADERS, 4, request * 2 + 1, 100),
                frame(RST_STREAM, 0, request * 2 + 1, 4),
            ];
            assert!(heads.read(&left.concat()), "{request}");
        }
        assert!(heads.streams.is_empty());
    }

    #[test]
    fn interim_responses_come_to_an_end() {
        for piece in [1, 7, 14, 100_000] {
            let mut heads = HeadersFrames::default();
            let endless = frame(HEADERS, 4, 1, 5).repeat(1000);
            let mut pieces = endless.chunks(piece);
            assert!(!pieces.all(|piece| heads.read(piece)), "{piece}");
            assert_eq!(heads.streams[&1], MOST + 1);
        }
    }

    #[test]
    fn requests_before_leave_no_allowance_for_interim_responses() {
        let mut heads = HeadersFrames::default();
        for request in 0..1000 {
            assert!(heads.read(&response(request * 2 + 1)));
        }
        let allowed = usize::try_from(MOST).unwrap();
        assert!(heads.read(&frame(HEADERS, 4, 2001, 5).repeat(allowed)));
        assert!(!heads.read(&frame(HEADERS, 4, 2001, 5)));
    }

    #[test]
    fn requests_at_once_are_counted_apart_and_within_bounds() {
        let mut heads = HeadersFrames::default();
        for _ in 0..MOST {
            for request in 0..100 {
                assert!(heads.read(&frame(HEADERS, 4, request * 2 + 1, 5)));
            }
        }
        assert!(!heads.read(&frame(HEADERS, 4, 1, 5)));
        let mut heads = HeadersFrames::default();
        for request in 0..10_000 {
            assert!(heads.read(&frame(HEADERS, 4, request * 2 + 1, 5)));
        }
        assert_eq!(heads.streams.len(), MOST_REQUESTS);
    }
}
