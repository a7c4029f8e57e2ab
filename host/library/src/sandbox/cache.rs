//! Compiled components, kept between runs.
//!
//! An entry is machine code that is run as it is, so only a folder and a file that
//! nobody else can write to are used. Its name is a hash of all that it was made from:
//! the component, the compiler's version and its settings. It begins with the digest of
//! the code, which is checked on the very bytes that are run: a file that lost a part,
//! or changes while it is mapped, would end the process.

#![expect(unsafe_code, reason = "loading machine code is unsafe by its nature")]

mod folder;

use super::error::Error;
use folder::{Folder, Refusal};
use sha2::{Digest, Sha256};
use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};
use wasmtime::Engine;
use wasmtime::component::Component;

/// The layout of an entry. Another one gets other names, so that versions of this
/// library can share a folder.
const LAYOUT: u8 = 2;

/// The length of a digest, in bytes.
const DIGEST: usize = 32;

/// Why a folder for compiled components, or what is in it, is not used.
#[derive(Debug, thiserror::Error)]
#[error("{}: {reason}", path.display())]
pub struct CacheProblem {
    path: PathBuf,
    reason: Refusal,
}

impl CacheProblem {
    /// The folder, or the file in it.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// A folder of compiled components.
pub(crate) struct Cache(Folder);

impl Cache {
    /// Opens `folder`, and makes it where it is missing.
    pub(crate) fn open(folder: &Path) -> Result<Self, CacheProblem> {
        match Folder::open(folder) {
            Ok(opened) => Ok(Self(opened)),
            Err(reason) => Err(CacheProblem {
                path: folder.to_owned(),
                reason,
            }),
        }
    }

    /// Why the entry of a component in `folder` is not used, where there is one.
    pub(crate) fn problem(folder: &Path, engine: &Engine, bytes: &[u8]) -> Option<CacheProblem> {
        let name = name(engine, bytes);
        let problem = Self::open(folder).map(|cache| cache.load(&name).err());
        problem.map_or_else(Some, |reason| {
            let path = folder.join(name);
            reason.map(|reason| CacheProblem { path, reason })
        })
    }

    /// Takes the compiled component from the folder, or compiles it and keeps it.
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
                // SAFETY: nobody but this user can change the folder and the file, and
                // these are the bytes, as their digest says, that `keep` wrote of what
                // this same engine made of this same component. wasmtime checks its own
                // version and settings again.
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
        // Without an entry the next run takes longer, and is as right.
        if let Err(error) = self.keep(&name, &component) {
            tracing::debug!("a compiled component is not kept: {error:#}");
        }
        Ok(component)
    }

    /// An entry, whose digest is right.
    fn load(&self, name: &str) -> Result<Option<Vec<u8>>, Refusal> {
        let Some(entry) = self.0.read(name)? else {
            return Ok(None);
        };
        match entry.split_at_checked(DIGEST) {
            Some((digest, code)) if digest == &*Sha256::digest(code) => Ok(Some(entry)),
            _ => Err(Refusal::Damaged),
        }
    }

    fn keep(&self, name: &str, component: &Component) -> wasmtime::Result<()> {
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

#[cfg(test)]
mod tests;
