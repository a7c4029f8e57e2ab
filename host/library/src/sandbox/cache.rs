//! Caches compiled components between runs.
//!
//! An entry is machine code that is run without further checks, so a folder or a file
//! that others can write to is not used. The name of an entry is a hash of everything
//! that it was made from: the component, the compiler's version and its settings. An
//! entry begins with the digest of its code, which is verified on the bytes in memory that
//! are run: a truncated file, or one that changes while it is mapped, would crash the
//! process.

#![expect(unsafe_code, reason = "loading machine code is unsafe by its nature")]

mod folder;

use super::error::Error;
use folder::{Folder, Refusal};
use sha2::{Digest, Sha256};
use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};
use wasmtime::Engine;
use wasmtime::component::Component;

/// The version of the entries' layout. It is part of their names, so that different
/// versions of this library can share a folder.
const LAYOUT: u8 = 2;

/// The length of a digest, in bytes.
const DIGEST: usize = 32;

/// Why a folder for compiled components, or an entry in it, is not used.
#[derive(Debug, thiserror::Error)]
#[error("{}: {reason}", path.display())]
pub struct CacheProblem {
    path: PathBuf,
    reason: Refusal,
}

impl CacheProblem {
    /// Returns the path of the folder or entry.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// A folder of compiled components.
pub(crate) struct Cache(Folder);

impl Cache {
    /// Opens `folder`, and creates it if it is missing.
    pub(crate) fn open(folder: &Path) -> Result<Self, CacheProblem> {
        match Folder::open(folder) {
            Ok(opened) => Ok(Self(opened)),
            Err(reason) => Err(CacheProblem {
                path: folder.to_owned(),
                reason,
            }),
        }
    }

    /// Returns why `folder`, or the entry of a component in it, is not used, if so.
    pub(crate) fn problem(folder: &Path, engine: &Engine, bytes: &[u8]) -> Option<CacheProblem> {
        let name = name(engine, bytes);
        let problem = Self::open(folder).map(|cache| cache.load(&name).err());
        problem.map_or_else(Some, |reason| {
            let path = folder.join(name);
            reason.map(|reason| CacheProblem { path, reason })
        })
    }

    /// Loads the compiled component from the folder, or compiles and stores it.
    pub(crate) fn get_or_compile(
        &self,
        engine: &Engine,
        bytes: &[u8],
        compile: impl FnOnce() -> Result<Component, Error>,
    ) -> Result<Component, Error> {
        let name = name(engine, bytes);
        match self.load(&name) {
            Ok(None) => {}
            Ok(Some(code)) => {
                // SAFETY: only this user can change the folder and the file, and the digest
                // shows that these are the bytes that `store` wrote: the output of this same
                // engine for this same component. wasmtime checks its own version and
                // settings again.
                match unsafe {
                    Component::deserialize(engine, code.get(DIGEST..).unwrap_or_default())
                } {
                    Ok(component) => return Ok(component),
                    Err(error) => tracing::debug!("a compiled component is not used: {error:#}"),
                }
            }
            Err(refusal) => {
                tracing::debug!("a compiled component is not used: {refusal}");
                self.0.remove(&name);
            }
        }
        let component = compile()?;
        self.0.sweep();
        // Without an entry the next run only takes longer.
        if let Err(error) = self.store(&name, &component) {
            tracing::debug!("a compiled component is not cached: {error:#}");
        }
        Ok(component)
    }

    /// Reads an entry and verifies its digest.
    fn load(&self, name: &str) -> Result<Option<Vec<u8>>, Refusal> {
        let Some(entry) = self.0.read(name)? else {
            return Ok(None);
        };
        match entry.split_at_checked(DIGEST) {
            Some((digest, code)) if digest == &*Sha256::digest(code) => Ok(Some(entry)),
            _ => Err(Refusal::Damaged),
        }
    }

    fn store(&self, name: &str, component: &Component) -> wasmtime::Result<()> {
        let code = component.serialize()?;
        self.0.write(name, &[&Sha256::digest(&code), &code])?;
        Ok(())
    }
}

fn name(engine: &Engine, bytes: &[u8]) -> String {
    let mut hash = HashOf(Sha256::new());
    LAYOUT.hash(&mut hash);
    engine.precompile_compatibility_hash().hash(&mut hash);
    bytes.hash(&mut hash);
    format!("{:x}.cwasm", hash.0.finalize())
}

/// SHA-256 as a Rust [`Hasher`]: the author of a component must not be able to make names
/// of entries collide.
struct HashOf(Sha256);

impl Hasher for HashOf {
    fn write(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// Not used: the caller takes the full digest.
    fn finish(&self) -> u64 {
        0
    }
}

#[cfg(test)]
mod tests;
