//! The folder of this user's files with secrets. Writes are atomic, and by one process at a
//! time.

use crate::error::Error;
use crate::private_file;
use crate::regular_file::read_open;
use std::env;
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};
use zeroize::Zeroizing;

const LOCK: &str = "credentials.lock";
/// How the names of unfinished files begin.
const UNFINISHED: &str = ".credentials-";

/// The largest file, in bytes.
const LARGEST: u64 = 1024 * 1024;

/// How long another process may take to write.
const LOCK_WAIT: Duration = Duration::from_secs(10);

/// A file in the folder; neither needs to exist yet.
#[derive(Debug, Clone)]
pub struct Folder {
    path: PathBuf,
    file: &'static str,
}

/// No other process writes while this exists.
#[derive(Debug)]
pub struct Lock<'a> {
    folder: &'a Folder,
    _file: File,
}

/// This program's folder in the one that `variable` names, by default in `default` of
/// the home folder; none where neither is an absolute path.
///
/// Source: XDG Base Directory Specification.
pub fn user_folder(variable: &str, default: &str) -> Option<PathBuf> {
    let named = env::var_os(variable).map(PathBuf::from);
    let base = match named.filter(|folder| folder.is_absolute()) {
        Some(folder) => folder,
        None => env::home_dir()?.join(default),
    };
    base.is_absolute().then(|| base.join("stytch-host"))
}

impl Folder {
    /// The file `file` in the folder at `path`.
    pub fn new(path: PathBuf, file: &'static str) -> Self {
        Self { path, file }
    }

    /// The file `file` in `$XDG_CONFIG_HOME/stytch-host`, by default
    /// `~/.config/stytch-host`; `None` without a home folder.
    pub fn of_user(file: &'static str) -> Option<Self> {
        let path = user_folder("XDG_CONFIG_HOME", ".config")?;
        Some(Self::new(path, file))
    }

    /// Returns the path of the file.
    pub fn file(&self) -> PathBuf {
        self.path.join(self.file)
    }

    /// Reads the file; `None` if there is none.
    ///
    /// # Errors
    ///
    /// It cannot be read, is too large, or others could have written it.
    pub fn read(&self) -> Result<Option<Zeroizing<Vec<u8>>>, Error> {
        let Some(file) = private_file::open(&self.path, self.file)? else {
            return Ok(None);
        };
        let cannot = |error| Error::Read {
            file: self.file(),
            error,
        };
        let size = file.metadata().map_err(cannot)?.len();
        if size > LARGEST {
            return Err(cannot(io::Error::other(
                "it is larger than a file of this program",
            )));
        }
        read_open(file, LARGEST).map(Some).map_err(cannot)
    }

    /// Waits until no other process writes.
    ///
    /// # Errors
    ///
    /// Another process writes for too long, or the folder cannot be written to.
    pub fn lock(&self) -> Result<Lock<'_>, Error> {
        private_file::create_folder(&self.path).map_err(|error| Error::CreateFolder {
            folder: self.path.clone(),
            error,
        })?;
        let file = private_file::open_lock(&self.path, LOCK)?;
        let until = Instant::now() + LOCK_WAIT;
        loop {
            match file.try_lock() {
                Ok(()) => break,
                Err(TryLockError::WouldBlock) if Instant::now() < until => {
                    thread::sleep(Duration::from_millis(20));
                }
                Err(TryLockError::WouldBlock) => {
                    return Err(Error::Locked {
                        seconds: LOCK_WAIT.as_secs(),
                    });
                }
                Err(TryLockError::Error(error)) => {
                    return Err(Error::Lock {
                        path: self.path.join(LOCK),
                        error,
                    });
                }
            }
        }
        Ok(Lock {
            folder: self,
            _file: file,
        })
    }
}

impl Lock<'_> {
    /// Replaces the file by what `fill` writes. The old one stays until the new
    /// one is on the disk.
    ///
    /// # Errors
    ///
    /// `fill` failed, or the file cannot be written.
    pub fn write(&self, fill: impl FnOnce(&File) -> io::Result<()>) -> Result<(), Error> {
        self.try_write(fill).map_err(|error| Error::Write {
            file: self.folder.file(),
            error,
        })
    }

    fn try_write(&self, fill: impl FnOnce(&File) -> io::Result<()>) -> io::Result<()> {
        self.sweep()?;
        // Only its owner may read it, from its beginning on.
        let unfinished = tempfile::Builder::new()
            .prefix(UNFINISHED)
            .tempfile_in(&self.folder.path)
            // Else it would name a file that nobody knows of.
            .map_err(|error| io::Error::from(error.kind()))?;
        fill(unfinished.as_file())?;
        unfinished.as_file().sync_all()?;
        unfinished.persist(self.folder.file())?;
        // The rename, too, is to last. Not every system can tell a folder that.
        if let Ok(folder) = File::open(&self.folder.path) {
            let _ = folder.sync_all();
        }
        Ok(())
    }

    /// Removes what a process that crashed left unfinished: there are secrets in
    /// it.
    fn sweep(&self) -> io::Result<()> {
        for entry in fs::read_dir(&self.folder.path)? {
            let entry = entry?;
            if entry
                .file_name()
                .as_encoded_bytes()
                .starts_with(UNFINISHED.as_bytes())
            {
                let path = entry.path();
                fs::remove_file(&path).map_err(|error| {
                    let reason = format!("{} is in the way: {error}", path.display());
                    io::Error::new(error.kind(), reason)
                })?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn a_failed_write_leaves_only_the_old_file() {
        let parent = tempfile::tempdir().unwrap();
        let folder = Folder::new(parent.path().join("new"), "credentials.json");
        assert!(folder.read().unwrap().is_none());
        let lock = folder.lock().unwrap();
        lock.write(|mut file| file.write_all(b"old")).unwrap();
        let failed = lock.write(|mut file| {
            file.write_all(b"ne")?;
            Err(io::Error::other("the disk is full"))
        });
        let error = failed.unwrap_err().to_string();
        assert!(error.contains("the disk is full"), "{error}");
        assert_eq!(folder.read().unwrap().unwrap().as_slice(), b"old");
        let left = fs::read_dir(&folder.path).unwrap().count();
        assert_eq!(left, 2, "the file and its lock");
    }

    #[test]
    fn the_next_write_removes_what_a_crash_left() {
        let parent = tempfile::tempdir().unwrap();
        let folder = Folder::new(parent.path().join("new"), "credentials.json");
        let lock = folder.lock().unwrap();
        let left = folder.path.join(format!("{UNFINISHED}x"));
        fs::write(&left, "secret").unwrap();
        lock.write(|mut file| file.write_all(b"new")).unwrap();
        assert!(!left.exists());
    }

    #[test]
    fn rejects_a_file_that_is_too_large() {
        let parent = tempfile::tempdir().unwrap();
        let folder = Folder::new(parent.path().join("new"), "credentials.json");
        let lock = folder.lock().unwrap();
        lock.write(|file| file.set_len(LARGEST + 1)).unwrap();
        let error = folder.read().unwrap_err().to_string();
        assert!(error.contains("larger"), "{error}");
    }
}
