//! How many heads a connection of HTTP/2 brings. Interim answers (status 1xx) come
//! as heads, the client keeps them, and no window bounds them: a server could fill
//! the memory of this machine with them.

/// The heads that a request is worth: that of its answer, and its trailers.
const EACH: u64 = 2;

/// How many more there may be on a connection, for interim answers.
const SPARE: u64 = 64;

/// The frame's length, its type, its flags, and the stream that it is of.
const HEADER: usize = 9;
const HEADERS: u8 = 1;

/// Counts them.
#[derive(Default)]
pub(super) struct Heads {
    header: [u8; HEADER],
    /// How much of the header is there.
    filled: usize,
    /// What is left of the frame behind it.
    payload: usize,
    count: u64,
    /// How many requests there were; a client numbers their streams 1, 3, 5.
    requests: u64,
}

impl Heads {
    /// Takes what came next; whether that is still a sensible number of heads.
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
                self.frame();
            }
        }
        self.count <= SPARE + EACH * self.requests
    }

    fn frame(&mut self) {
        let [high, middle, low, kind, _flags, stream @ ..] = self.header;
        self.payload = u32::from_be_bytes([0, high, middle, low]) as usize;
        if kind == HEADERS {
            let stream = u32::from_be_bytes(stream) & 0x7fff_ffff;
            self.count += 1;
            self.requests = self.requests.max(u64::from(stream.div_ceil(2)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(kind: u8, stream: u32, payload: usize) -> Vec<u8> {
        let length = u32::try_from(payload).unwrap().to_be_bytes();
        let mut frame = length[1..].to_vec();
        frame.extend([kind, 4]);
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

    #[test]
    fn an_answer_and_its_trailers_are_no_matter_how_many() {
        let mut heads = Heads::default();
        for request in 0..1000 {
            let stream = request * 2 + 1;
            let answer = [
                frame(HEADERS, stream, 100),
                frame(0, stream, 20_000),
                frame(HEADERS, stream, 0),
                frame(6, 0, 8),
            ];
            assert!(heads.read(&answer.concat()), "{request}");
        }
    }

    #[test]
    fn interim_answers_come_to_an_end() {
        for piece in [1, 7, 14, 100_000] {
            let mut heads = Heads::default();
            let endless = frame(HEADERS, 1, 5).repeat(1000);
            let mut pieces = endless.chunks(piece);
            assert!(!pieces.all(|piece| heads.read(piece)), "{piece}");
            assert_eq!(heads.requests, 1);
            if piece < 14 {
                assert_eq!(heads.count, SPARE + EACH + 1);
            }
        }
    }
}
