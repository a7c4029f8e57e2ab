//! Counts different values among any number of them, in constant memory.

use super::tally::Digest;
use std::collections::HashSet;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom, Write};

/// How many values are held in memory: a mebibyte of them.
const HELD: usize = 1 << 16;

/// Values, most of them in an unnamed temporary file.
#[derive(Debug, Default)]
pub(super) struct Distinct {
    held: Vec<Digest>,
    spilled: Option<File>,
    spilled_count: u64,
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
        let file = match &mut self.spilled {
            Some(file) => file,
            none => none.insert(tempfile::tempfile()?),
        };
        file.seek(SeekFrom::End(0))?;
        file.write_all(self.held.as_flattened())?;
        self.spilled_count += self.held.len() as u64;
        self.held.clear();
        Ok(())
    }

    /// Reads the file as often as it takes to look at one range of values at a
    /// time. The values are hashes, so that the ranges are alike in size.
    pub(super) fn count(&mut self) -> io::Result<u64> {
        let ranges = 1 + self.spilled_count / HELD as u64;
        let mut distinct = 0;
        for range in 0..ranges {
            let is_in_range = |value: &&Digest| range_of(value, ranges) == range;
            let mut seen: HashSet<Digest> = self.held.iter().filter(is_in_range).copied().collect();
            if let Some(file) = &mut self.spilled {
                file.seek(SeekFrom::Start(0))?;
                let mut file = BufReader::with_capacity(1 << 16, file);
                let mut value = Digest::default();
                for _ in 0..self.spilled_count {
                    file.read_exact(&mut value)?;
                    if range_of(&value, ranges) == range {
                        seen.insert(value);
                    }
                }
            }
            distinct += seen.len() as u64;
        }
        Ok(distinct)
    }
}

/// Which of `ranges` equal parts of all values this one is in.
fn range_of(value: &Digest, ranges: u64) -> u64 {
    let [a, b, c, d, ..] = *value;
    (u64::from(u32::from_be_bytes([a, b, c, d])) * ranges) >> 32
}

#[cfg(test)]
mod tests {
    use super::super::tally::digest;
    use super::*;

    #[test]
    fn values_are_counted_once_in_memory_and_on_disk() {
        for (count, distinct) in [(0, 1), (1, 1), (70_000, 40_000), (200_000, 150_000)] {
            let mut values = Distinct::default();
            for number in 0..count {
                values
                    .add(&[digest(&(number % distinct).to_string())])
                    .unwrap();
            }
            assert_eq!(values.count().unwrap(), count.min(distinct));
            // Counting changes nothing, and more may follow.
            values.add(&[digest("more")]).unwrap();
            assert_eq!(values.count().unwrap(), count.min(distinct) + 1);
            assert!(values.held.len() <= HELD);
        }
    }
}
