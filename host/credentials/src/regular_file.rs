//! Reads files that are followed while a program runs.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;
use zeroize::Zeroizing;

/// Reads a regular file of at most `largest` bytes, which may be secret. A named pipe is
/// refused: opening it would wait for a process that writes to it.
///
/// # Errors
///
/// The file cannot be read, is too large, or is not a regular one.
pub fn read_regular_file(path: &Path, largest: u64) -> io::Result<Zeroizing<Vec<u8>>> {
    if !fs::metadata(path)?.is_file() {
        return Err(io::Error::other("not a regular file"));
    }
    read_open(File::open(path)?, largest)
}

/// Reads a regular file that is open, of at most `largest` bytes.
pub(crate) fn read_open(file: File, largest: u64) -> io::Result<Zeroizing<Vec<u8>>> {
    let size = file.metadata()?.len();
    // Its capacity is enough: a buffer that grows leaves copies behind.
    let capacity = usize::try_from(size.min(largest)).unwrap_or_default() + 1;
    let mut bytes = Zeroizing::new(Vec::with_capacity(capacity));
    let mut file = file.take(largest.saturating_add(1));
    file.read_to_end(&mut bytes)?;
    if bytes.len() as u64 > largest {
        return Err(io::Error::other(format!("larger than {largest} bytes")));
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_regular_files_that_are_small_enough_are_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        fs::write(&path, "text").unwrap();
        assert_eq!(*read_regular_file(&path, 4).unwrap(), b"text");
        let reason = |path, largest| read_regular_file(path, largest).unwrap_err().to_string();
        assert_eq!(reason(&path, 3), "larger than 3 bytes");
        assert_eq!(reason(folder.path(), 4), "not a regular file");
    }
}
