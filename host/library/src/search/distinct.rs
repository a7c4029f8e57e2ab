//! Counts distinct values in constant memory.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};

/// Identifies a user ID or a cursor without revealing it: the first half of its SHA-256.
pub type Digest = [u8; 16];

/// Returns the digest of a user ID or a cursor. A [`Step`](super::Step) has those of user
/// IDs, so a program that has the user IDs of its pages can resume a search from them.
pub fn digest(text: &str) -> Digest {
    use sha2::{Digest as _, Sha256};
    let mut half = Digest::default();
    for (to, from) in half.iter_mut().zip(Sha256::digest(text)) {
        *to = from;
    }
    half
}

/// How many values are held in memory: 1 MiB of them.
const HELD: usize = 1 << 16;

/// How many values of a run are read in one go.
const WINDOW: u64 = 256;

const SIZE: u64 = size_of::<Digest>() as u64;

/// Values, most of them in an unnamed temporary file.
#[derive(Debug, Default)]
pub(super) struct Distinct {
    held: Vec<Digest>,
    spilled: Option<Spilled>,
}

/// Sorted runs of values in a file.
#[derive(Debug)]
struct Spilled {
    file: File,
    /// The number of values in each run.
    runs: Vec<u64>,
}

/// The unread part of a run.
struct Run {
    /// Its offset in the file and its length, in values.
    start: u64,
    length: u64,
    /// Values that were read from the file already.
    window: std::vec::IntoIter<Digest>,
}

impl Distinct {
    pub(super) fn add(&mut self, values: &[Digest]) -> io::Result<()> {
        for value in values {
            if self.held.len() == HELD {
                self.spill()?;
            }
            self.held.push(*value);
        }
        Ok(())
    }

    fn spill(&mut self) -> io::Result<()> {
        let spilled = match &mut self.spilled {
            Some(spilled) => spilled,
            none => none.insert(Spilled {
                file: tempfile::tempfile()?,
                runs: Vec::new(),
            }),
        };
        self.held.sort_unstable();
        spilled.file.seek(SeekFrom::End(0))?;
        spilled.file.write_all(self.held.as_flattened())?;
        spilled.runs.push(self.held.len() as u64);
        self.held.clear();
        Ok(())
    }

    pub(super) fn count(&mut self) -> io::Result<u64> {
        if self.spilled.is_some() {
            self.spill()?;
        }
        if let Some(spilled) = &mut self.spilled {
            return spilled.count();
        }
        self.held.sort_unstable();
        Ok(self.held.chunk_by(|a, b| a == b).count() as u64)
    }
}

impl Spilled {
    /// Counts distinct values by merging the runs.
    fn count(&mut self) -> io::Result<u64> {
        let mut start = 0;
        let mut smallest = BinaryHeap::with_capacity(self.runs.len());
        let mut runs = Vec::with_capacity(self.runs.len());
        for (number, &length) in self.runs.iter().enumerate() {
            let mut run = Run {
                start,
                length,
                window: Vec::new().into_iter(),
            };
            start += length;
            smallest.extend(
                run.next(&mut self.file)?
                    .map(|value| Reverse((value, number))),
            );
            runs.push(run);
        }
        let (mut distinct, mut last) = (0, None);
        while let Some(Reverse((value, number))) = smallest.pop() {
            if last.replace(value) != Some(value) {
                distinct += 1;
            }
            if let Some(run) = runs.get_mut(number) {
                smallest.extend(
                    run.next(&mut self.file)?
                        .map(|value| Reverse((value, number))),
                );
            }
        }
        Ok(distinct)
    }
}

impl Run {
    fn next(&mut self, file: &mut File) -> io::Result<Option<Digest>> {
        if let Some(value) = self.window.next() {
            return Ok(Some(value));
        }
        let count = self.length.min(WINDOW);
        let mut window = vec![Digest::default(); count as usize];
        file.seek(SeekFrom::Start(self.start * SIZE))?;
        file.read_exact(window.as_flattened_mut())?;
        self.start += count;
        self.length -= count;
        self.window = window.into_iter();
        Ok(self.window.next())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_distinct_values_in_memory_and_on_disk() {
        for (count, distinct) in [(0, 1), (1, 1), (70_000, 40_000), (200_000, 150_000)] {
            let mut values = Distinct::default();
            for number in 0..count {
                values
                    .add(&[digest(&(number % distinct).to_string())])
                    .unwrap();
            }
            assert_eq!(values.count().unwrap(), count.min(distinct));
            // Values can be added after counting.
            values.add(&[digest("more")]).unwrap();
            assert_eq!(values.count().unwrap(), count.min(distinct) + 1);
            assert!(values.held.len() <= HELD);
        }
    }
}
