//! Deterministic random values, derived from a seed.

use rand_chacha::{
    ChaCha8Rng,
    rand_core::{Rng, SeedableRng},
};
use uuid::{Builder, Uuid};

/// The purpose of random values. Each purpose has an independent stream.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Stream {
    /// The seeded user with this number, counted from 0.
    User(u64),
    /// The request with this number, counted from 1.
    Request(u64),
    /// The IDs of the user created at this position.
    Created(u64),
    /// The IDs of the exchange of a primary factor with this number, counted from 0.
    Exchanged(u64),
    /// The faults of the request with this number.
    Chaos(u64),
    /// The faults of the connection with this number, counted from 1.
    Connection(u64),
}

/// A stream of random values that depends only on a seed and a purpose.
///
/// A seed must produce the same users in every version. `ChaCha8Rng` guarantees its output; the
/// distributions are implemented here, because those of the `rand` crate may change in a release.
#[derive(Debug)]
pub(crate) struct Random(ChaCha8Rng);

impl Random {
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

    /// Returns a number below `bound`, or 0 if `bound` is 0.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        // Multiply and shift. The bias is at most `bound` in 2^64.
        let product = u128::from(self.0.next_u64()) * u128::from(bound);
        u64::try_from(product >> 64).unwrap_or_default()
    }

    /// Returns `true` with this probability.
    pub(crate) fn percent(&mut self, probability: u8) -> bool {
        self.below(100) < u64::from(probability)
    }

    /// Returns one of the items, or the default if there are none.
    pub(crate) fn pick<T: Copy + Default>(&mut self, items: &[T]) -> T {
        let index = self.below(items.len() as u64);
        usize::try_from(index)
            .ok()
            .and_then(|index| items.get(index).copied())
            .unwrap_or_default()
    }

    /// Returns a string of this many characters of an ASCII alphabet.
    pub(crate) fn text(&mut self, length: usize, alphabet: &[u8]) -> String {
        (0..length)
            .map(|_| char::from(self.pick(alphabet)))
            .collect()
    }

    /// Returns an ID in the form of Stytch's test environment: `KIND-test-<random UUID>`.
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
    fn a_stream_never_changes_between_versions() {
        let mut random = Random::new(1, Stream::User(0));
        assert_eq!(
            random.id("user"),
            "user-test-cf5ee9a0-494a-4961-be05-d5ed725b804b"
        );
        assert_eq!(random.below(1000), 798);
    }

    #[test]
    fn streams_and_seeds_are_independent() {
        let first = |seed, stream| Random::new(seed, stream).id("x");
        let own = first(1, Stream::User(1));
        assert_ne!(own, first(1, Stream::User(2)));
        assert_ne!(own, first(1, Stream::Request(1)));
        assert_ne!(own, first(2, Stream::User(1)));
    }

    #[test]
    fn numbers_cover_the_range_below_their_bound() {
        let mut random = Random::new(1, Stream::User(0));
        let mut seen = [false; 7];
        for _ in 0..1000 {
            seen[usize::try_from(random.below(7)).unwrap()] = true;
        }
        assert_eq!(seen, [true; 7]);
        assert_eq!(random.below(0), 0);
        assert_eq!(random.pick::<u8>(&[]), 0);
    }
}
