//! Reads, compiles and links components.

use super::complexity;
use super::error::Error;
use super::state::{self, State};
use crate::network::file;
use std::path::Path;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;
use wasmtime::Engine;
use wasmtime::component::{Component, InstancePre, Linker};

/// The embedded component, built from `guest/` together with this library; for use with
/// other hosts.
pub const COMPONENT: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/stytch.wasm"));

/// The same component for engines that provide environment variables instead of
/// `wasi:config`: it imports `wasi:cli/environment` and reads `STYTCH_PROJECT_ID`,
/// `STYTCH_SECRET`, `STYTCH_BASE_URL` and `STYTCH_AUTHORIZATION`.
/// [`Plugin`](crate::Plugin) does not run it, since it does not give components an
/// environment.
pub const COMPONENT_WITH_ENVIRONMENT: &[u8] =
    include_bytes!(concat!(env!("OUT_DIR"), "/stytch-environment.wasm"));

/// The first bytes of a component, and of a core module: magic, version, layer.
const COMPONENT_HEADER: &[u8] = b"\0asm\x0d\0\x01\0";
const MODULE_HEADER: &[u8] = b"\0asm\x01\0\0\0";

/// The maximum size of a component file: a hundred times that of the embedded component.
pub(super) const MAX_COMPONENT: u64 = 16 << 20;

/// The stack size of the compiler thread, in bytes: that of a program's main thread.
const COMPILE_STACK: usize = 8 << 20;

/// Reads an untrusted component, and checks that it can be inspected and compiled in
/// bounded memory. `timeout` applies to files that are not regular files.
pub(crate) fn read(path: &Path, timeout: Duration) -> Result<Vec<u8>, Error> {
    let bytes = file::read(path, MAX_COMPONENT, timeout).map_err(|source| Error::Read {
        path: path.to_owned(),
        source,
    })?;
    if bytes.len() as u64 > MAX_COMPONENT {
        let largest = MAX_COMPONENT >> 20;
        return Err(Error::Load(format!("it is larger than {largest} MiB")));
    }
    if bytes.starts_with(MODULE_HEADER) {
        return Err(Error::Load(
            "it is a core WebAssembly module; encode it as a component first (wasm-tools component new)".to_owned(),
        ));
    }
    if !bytes.starts_with(COMPONENT_HEADER) {
        return Err(Error::Load(
            "it is not a WebAssembly component: its first bytes are wrong".to_owned(),
        ));
    }
    complexity::check(&bytes).map_err(|error| Error::Load(error.to_string()))?;
    Ok(bytes)
}

pub(crate) fn compile(engine: &Engine, bytes: &[u8]) -> Result<Component, Error> {
    Component::from_binary(engine, bytes).map_err(|error| unfit(&error))
}

/// Compiles on its own thread, and waits for it up to `timeout`. The compiler cannot be
/// interrupted, but after the checks in `complexity` it terminates.
pub(crate) fn compile_within(
    timeout: Duration,
    engine: &Engine,
    bytes: Vec<u8>,
) -> Result<Component, Error> {
    let (done, compiled) = mpsc::channel();
    let engine = engine.clone();
    thread::Builder::new()
        .name("stytch-compile".to_owned())
        .stack_size(COMPILE_STACK)
        // After a timeout there is no receiver.
        .spawn(move || done.send(compile(&engine, &bytes)))
        .map_err(|error| Error::Engine(error.to_string()))?;
    match compiled.recv_timeout(timeout) {
        Ok(component) => component,
        Err(RecvTimeoutError::Timeout) => Err(Error::CompileTimeout { after: timeout }),
        Err(RecvTimeoutError::Disconnected) => {
            Err(Error::Load("the compiler failed on it".to_owned()))
        }
    }
}

/// Links a component to its imports.
pub(crate) fn link(engine: &Engine, component: &Component) -> Result<InstancePre<State>, Error> {
    let mut linker = Linker::new(engine);
    state::add_to_linker(&mut linker).map_err(|error| Error::Engine(format!("{error:#}")))?;
    linker
        .instantiate_pre(component)
        .map_err(|error| unfit(&error))
}

fn unfit(error: &wasmtime::Error) -> Error {
    Error::Load(format!("{error:#}"))
}
