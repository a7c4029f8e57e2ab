//! Compiled components, kept between runs.
//!
//! An entry is machine code that is run as it is, so only a folder that nobody
//! else can write to is used. Its name is a hash of all that it was made from:
//! the component, the compiler's version and its settings.

#![expect(unsafe_code, reason = "loading machine code is unsafe by its nature")]

use sha2::{Digest, Sha256};
use std::fs;
use std::hash::{Hash, Hasher};
use std::io;
use std::path::{Path, PathBuf};
use std::process;
use wasmtime::Engine;
use wasmtime::component::Component;

/// A folder of compiled components.
pub(super) struct Cache(PathBuf);

impl Cache {
    /// Opens `folder`, and makes it where it is missing.
    pub(super) fn open(folder: &Path) -> io::Result<Self> {
        create_private(folder)?;
        Ok(Self(folder.to_owned()))
    }

    /// Takes the compiled component from the folder, or compiles it and keeps it.
    pub(super) fn compile(&self, engine: &Engine, bytes: &[u8]) -> wasmtime::Result<Component> {
        let entry = self.0.join(name(engine, bytes));
        if entry.exists() {
            // SAFETY: the folder is its owner's alone, and entries are only ever
            // written by `keep`, whole, from what this same engine made of these
            // same bytes. wasmtime checks its own version and settings again.
            match unsafe { Component::deserialize_file(engine, &entry) } {
                Ok(component) => return Ok(component),
                Err(error) => tracing::debug!("a compiled component is not used: {error:#}"),
            }
        }
        let component = Component::from_binary(engine, bytes)?;
        // Without an entry the next run takes longer, and is as right.
        if let Err(error) = keep(&entry, &component.serialize()?) {
            tracing::debug!("a compiled component is not kept: {error}");
        }
        Ok(component)
    }
}

fn name(engine: &Engine, bytes: &[u8]) -> String {
    let mut hash = HashOf(Sha256::new());
    engine.precompile_compatibility_hash().hash(&mut hash);
    bytes.hash(&mut hash);
    format!("{:x}.cwasm", hash.0.finalize())
}

/// SHA-256 for what is hashed as Rust hashes: an entry's name must not be made to
/// collide by the author of a component.
struct HashOf(Sha256);

impl Hasher for HashOf {
    fn write(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// Not asked for: the digest is taken whole.
    fn finish(&self) -> u64 {
        0
    }
}

/// Writes an entry so that it appears whole or not at all.
fn keep(entry: &Path, code: &[u8]) -> io::Result<()> {
    let unfinished = entry.with_extension(process::id().to_string());
    fs::write(&unfinished, code)?;
    fs::rename(&unfinished, entry)
}

#[cfg(unix)]
fn create_private(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::{DirBuilderExt, MetadataExt};

    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)?;
    if fs::metadata(folder)?.mode() & 0o022 != 0 {
        return Err(io::Error::other("others may write to the folder"));
    }
    Ok(())
}

/// Elsewhere a user's folders are their own by default.
#[cfg(not(unix))]
fn create_private(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::COMPONENT;

    #[test]
    fn what_was_compiled_is_taken_from_the_folder() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::open(&folder.path().join("new")).unwrap();
        let engine = Engine::default();
        let compile = || cache.compile(&engine, COMPONENT).unwrap();
        compile();
        let entry = cache.0.join(name(&engine, COMPONENT));
        let written = fs::metadata(&entry).unwrap().modified().unwrap();
        compile();
        assert_eq!(fs::metadata(&entry).unwrap().modified().unwrap(), written);

        // Damaged entries are replaced.
        fs::write(&entry, b"\x7fELF").unwrap();
        compile();
        assert!(fs::metadata(&entry).unwrap().len() > 100_000);
    }

    #[test]
    fn names_tell_components_and_settings_apart() {
        let (one, mut config) = (Engine::default(), wasmtime::Config::new());
        config.epoch_interruption(true);
        let other = Engine::new(&config).unwrap();
        assert_ne!(name(&one, b"a"), name(&one, b"b"));
        assert_ne!(name(&one, b"a"), name(&other, b"a"));
        assert_eq!(name(&one, b"a"), name(&Engine::default(), b"a"));
    }

    #[cfg(unix)]
    #[test]
    fn a_folder_that_others_may_write_to_is_not_used() {
        use std::os::unix::fs::PermissionsExt;

        let folder = tempfile::tempdir().unwrap();
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o777)).unwrap();
        assert!(Cache::open(folder.path()).is_err());
    }
}
