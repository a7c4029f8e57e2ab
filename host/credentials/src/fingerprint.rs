//! Tells whether a file has changed, without reading it.

use std::fs::{self, Metadata};
use std::path::Path;
use std::time::SystemTime;

/// What changes when a file is written, replaced or removed: its time, its size and, on
/// Unix, its number. `None` if there is no file. Symbolic links are followed, as Kubernetes
/// replaces them when a secret changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fingerprint(Option<(Option<SystemTime>, u64, u64)>);

impl Fingerprint {
    /// Looks at the file, which is not read. A file that cannot be looked at counts as none.
    pub fn of(path: &Path) -> Self {
        let metadata = fs::metadata(path).ok();
        Self(metadata.map(|metadata| {
            let file = file_number(&metadata);
            (metadata.modified().ok(), metadata.len(), file)
        }))
    }
}

#[cfg(unix)]
fn file_number(metadata: &Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::ino(metadata)
}

#[cfg(not(unix))]
fn file_number(_: &Metadata) -> u64 {
    0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_created_replaced_or_removed_has_another_fingerprint() {
        let folder = tempfile::tempdir().unwrap();
        let (path, other) = (folder.path().join("a"), folder.path().join("b"));
        let none = Fingerprint::of(&path);
        fs::write(&path, "1").unwrap();
        let first = Fingerprint::of(&path);
        assert_ne!(first, none);
        assert_eq!(first, Fingerprint::of(&path));
        fs::write(&other, "2").unwrap();
        fs::rename(&other, &path).unwrap();
        assert_ne!(first, Fingerprint::of(&path));
        fs::remove_file(&path).unwrap();
        assert_eq!(none, Fingerprint::of(&path));
    }
}
