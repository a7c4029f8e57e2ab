//! A component, from its bytes to what can be instantiated.

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

/// The component that is built from `guest/` with this library, for other hosts.
pub const COMPONENT: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/stytch.wasm"));

/// The same component for engines that have environment variables and no
/// `wasi:config`: it reads `STYTCH_PROJECT_ID`, `STYTCH_SECRET`, `STYTCH_BASE_URL` and
/// `STYTCH_AUTHORIZATION`, and imports `wasi:cli/environment` instead. [`Plugin`](crate::Plugin) does
/// not run it, since it gives no component an environment.
pub const COMPONENT_WITH_ENVIRONMENT: &[u8] =
    include_bytes!(concat!(env!("OUT_DIR"), "/stytch-environment.wasm"));

/// The first bytes of a component, and of a core module: magic, version, layer.
const COMPONENT_HEADER: &[u8] = b"\0asm\x0d\0\x01\0";
const MODULE_HEADER: &[u8] = b"\0asm\x01\0\0\0";

/// The most that is read of a component's file: a hundred times the embedded one.
pub(super) const MAX_COMPONENT: u64 = 16 << 20;

/// The stack of a thread that compiles, in bytes: what the first thread of a program has.
const COMPILE_STACK: usize = 8 << 20;

/// Reads a component that may be anyone's: one that is returned can be looked at and
/// compiled in bounded memory. What is not a regular file is waited for up to `patience`.
pub(crate) fn read(path: &Path, patience: Duration) -> Result<Vec<u8>, Error> {
    let bytes = file::read(path, MAX_COMPONENT, patience).map_err(|source| Error::Read {
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
            "it does not begin as a WebAssembly component does".to_owned(),
        ));
    }
    complexity::check(&bytes).map_err(|error| Error::Load(error.to_string()))?;
    Ok(bytes)
}

pub(crate) fn compile(engine: &Engine, bytes: &[u8]) -> Result<Component, Error> {
    Component::from_binary(engine, bytes).map_err(|error| unfit(&error))
}

/// Compiles on a thread that is not waited for longer than this. A compiler cannot be
/// stopped, but `complexity` has seen to it that it comes to an end.
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
        // Nobody is left to be told when it took too long.
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

/// Gives a component what it imports.
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
