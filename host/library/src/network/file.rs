//! Files that somebody names: any path, behind which there may be anything.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

/// Reads a file, and no more of it than `largest` and one byte, which tells that it is
/// too large: it may have no end.
///
/// A regular file is read at once. Anything else, such as a named pipe or what a shell
/// puts in the place of `<(…)`, is waited for up to `patience`: nobody may ever write to
/// it. The thread that waits is left to itself then.
///
/// # Errors
///
/// Those of the system, and [`io::ErrorKind::TimedOut`].
pub fn read(path: &Path, largest: u64, patience: Duration) -> io::Result<Vec<u8>> {
    if path.metadata()?.is_file() {
        return read_bounded(path, largest);
    }
    let (done, content) = mpsc::sync_channel(1);
    let path = path.to_owned();
    thread::Builder::new()
        .name("stytch-read".to_owned())
        // Nobody is left to be told when it took too long.
        .spawn(move || done.send(read_bounded(&path, largest)))?;
    content.recv_timeout(patience).unwrap_or_else(|_| {
        Err(io::Error::new(
            io::ErrorKind::TimedOut,
            format!(
                "it is not a regular file, and its end did not come within {patience:?}; \
                 is a program writing to it?"
            ),
        ))
    })
}

fn read_bounded(path: &Path, largest: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let file = File::open(path)?;
    file.take(largest.saturating_add(1))
        .read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use rustix::fs::{CWD, Mode, mkfifoat};
    use std::fs;

    #[test]
    fn a_pipe_is_read_when_somebody_writes_and_is_not_waited_for_without_an_end() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        mkfifoat(CWD, &pipe, Mode::RUSR | Mode::WUSR).unwrap();
        let error = read(&pipe, 10, Duration::from_millis(50)).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        assert!(error.to_string().contains("within 50ms"), "{error}");

        let other = folder.path().join("other");
        mkfifoat(CWD, &other, Mode::RUSR | Mode::WUSR).unwrap();
        let writer = other.clone();
        let writing = thread::spawn(move || fs::write(writer, "text"));
        let text = read(&other, 10, Duration::from_secs(20)).unwrap();
        assert_eq!(text, b"text");
        writing.join().unwrap().unwrap();
    }

    #[test]
    fn one_byte_more_than_the_largest_is_read() {
        let endless = read(Path::new("/dev/zero"), 3, Duration::from_secs(20));
        assert_eq!(endless.unwrap(), [0; 4]);
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, "text").unwrap();
        assert_eq!(read(&file, 2, Duration::ZERO).unwrap(), b"tex");
        assert_eq!(read(&file, 4, Duration::ZERO).unwrap(), b"text");
        assert!(read(folder.path(), 4, Duration::from_secs(20)).is_err());
    }
}
