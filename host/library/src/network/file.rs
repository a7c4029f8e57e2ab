//! Reads files at paths from users, which may be any kind of file.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

/// Reads a file up to `largest` bytes and one more, which shows that it is too large: the
/// file may be endless.
///
/// A regular file is read directly. Anything else, such as a named pipe or a shell's
/// `<(…)`, is read on another thread for up to `timeout`, since no process may ever write
/// to it. After the timeout the thread is left running.
///
/// # Errors
///
/// Returns the system's errors, or [`io::ErrorKind::TimedOut`].
pub fn read(path: &Path, largest: u64, timeout: Duration) -> io::Result<Vec<u8>> {
    if path.metadata()?.is_file() {
        return read_bounded(path, largest);
    }
    let (done, content) = mpsc::sync_channel(1);
    let path = path.to_owned();
    thread::Builder::new()
        .name("stytch-read".to_owned())
        // After a timeout there is no receiver.
        .spawn(move || done.send(read_bounded(&path, largest)))?;
    content.recv_timeout(timeout).unwrap_or_else(|_| {
        Err(io::Error::new(
            io::ErrorKind::TimedOut,
            format!(
                "it is not a regular file, and could not be read to its end within \
                 {timeout:?}; is a program writing to it?"
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
    fn reads_a_pipe_and_times_out_without_a_writer() {
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
    fn reads_one_byte_beyond_the_limit() {
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
