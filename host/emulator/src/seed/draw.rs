//! Everything random, from one seed.

use rand_chacha::{
    ChaCha8Rng,
    rand_core::{Rng, SeedableRng},
};
use uuid::{Builder, Uuid};

/// What is drawn for. Each has a stream of its own, independent of all others.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Stream {
    /// The seeded user of this number, from 0.
    User(u64),
    /// The request of this number, from 1.
    Request(u64),
    /// The IDs of the user created at this position.
    Created(u64),
    /// The IDs of the primary factor that was exchanged at this number, from 0.
    Exchanged(u64),
    /// The faults of the request of this number.
    Chaos(u64),
    /// The faults of the connection of this number, from 1.
    Connection(u64),
}

/// A stream of random values that depends on nothing but a seed and what it is for.
///
/// `ChaCha8Rng` is value-stable, and the numbers are made from its bits here and not by the `rand`
/// crate, whose distributions may change with a release: a seed means the same users for good.
#[derive(Debug)]
pub(crate) struct Draw(ChaCha8Rng);

impl Draw {
    pub(crate) fn new(seed: u64, stream: Stream) -> Self {
        let (kind, number) = match stream {
            Stream::User(number) => (0_u8, number),
            Stream::Request(number) => (1, number),
            Stream::Created(number) => (2, number),
            Stream::Chaos(number) => (3, number),
            Stream::Connection(number) => (4, number),
            Stream::Exchanged(number) => (5, number),
        };
        let mut key = [0; 32];
        for (to, from) in key
            .iter_mut()
            .zip(seed.to_le_bytes().into_iter().chain([kind]))
        {
            *to = from;
        }
        let mut random = ChaCha8Rng::from_seed(key);
        random.set_stream(number);
        Self(random)
    }

    /// A number below `bound`; 0 if `bound` is 0.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        // Multiply and shift: the bias is at most `bound` in 2^64.
        let product = u128::from(self.0.next_u64()) * u128::from(bound);
        u64::try_from(product >> 64).unwrap_or_default()
    }

    /// True so many times in a hundred.
    pub(crate) fn percent(&mut self, share: u8) -> bool {
        self.below(100) < u64::from(share)
    }

    /// One of the items; the default if there is none.
    pub(crate) fn pick<T: Copy + Default>(&mut self, items: &[T]) -> T {
        let index = self.below(items.len() as u64);
        usize::try_from(index)
            .ok()
            .and_then(|index| items.get(index).copied())
            .unwrap_or_default()
    }

    /// So many characters of an ASCII alphabet.
    pub(crate) fn text(&mut self, length: usize, alphabet: &[u8]) -> String {
        (0..length)
            .map(|_| char::from(self.pick(alphabet)))
            .collect()
    }

    /// An ID as Stytch makes them in its test environment: `KIND-test-<random uuid>`.
    pub(crate) fn id(&mut self, kind: &str) -> String {
        let mut bytes = [0; 16];
        self.0.fill_bytes(&mut bytes);
        let uuid: Uuid = Builder::from_random_bytes(bytes).into_uuid();
        let mut text = String::with_capacity(kind.len() + 42);
        text.push_str(kind);
        text.push_str("-test-");
        text.push_str(uuid.hyphenated().encode_lower(&mut Uuid::encode_buffer()));
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_is_the_same_for_good() {
        let mut draw = Draw::new(1, Stream::User(0));
        assert_eq!(
            draw.id("user"),
            "user-test-cf5ee9a0-494a-4961-be05-d5ed725b804b"
        );
        assert_eq!(draw.below(1000), 798);
    }

    #[test]
    fn streams_and_seeds_are_independent() {
        let first = |seed, stream| Draw::new(seed, stream).id("x");
        let own = first(1, Stream::User(1));
        assert_ne!(own, first(1, Stream::User(2)));
        assert_ne!(own, first(1, Stream::Request(1)));
        assert_ne!(own, first(2, Stream::User(1)));
    }

    #[test]
    fn numbers_stay_below_their_bound_and_reach_all_of_it() {
        let mut draw = Draw::new(1, Stream::User(0));
        let mut seen = [false; 7];
        for _ in 0..1000 {
            seen[usize::try_from(draw.below(7)).unwrap()] = true;
        }
        assert_eq!(seen, [true; 7]);
        assert_eq!(draw.below(0), 0);
        assert_eq!(draw.pick::<u8>(&[]), 0);
    }
}
