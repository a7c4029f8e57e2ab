//! How a [`Plugin`] is loaded, and with which bounds.

mod bounds;

use super::{Plugin, Shared};
use crate::network::{HttpClient, Proxy, Roots};
use crate::retry::{self, Retry};
use crate::sandbox::cache::Cache;
use crate::sandbox::engine::Settings;
use crate::sandbox::{COMPONENT, CacheProblem, Error, Sandbox, component};
use std::borrow::Cow;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use wasmtime::Engine;
use wasmtime::component::Component;

/// Settings of a [`Plugin`].
#[derive(Debug, Clone, Default)]
#[must_use]
pub struct PluginBuilder {
    component: Option<PathBuf>,
    compile_timeout: Option<Duration>,
    cache: Option<PathBuf>,
    ca_files: Vec<PathBuf>,
    proxy: Option<Proxy>,
    settings: Settings,
    retry: retry::Limits,
}

/// How long compiling may take, unless it is said otherwise. A component of some
/// megabytes takes a few seconds.
const COMPILE_TIMEOUT: Duration = Duration::from_mins(1);

impl PluginBuilder {
    /// Loads the component from a file instead of the embedded one. It must
    /// export the same contract, and may import no more than `wasi:io`,
    /// `wasi:http` and `wasi:config`.
    ///
    /// It may be up to 16 MiB large, and is looked at before it is compiled: one that
    /// would take a compiler far more memory or time than others of its size is
    /// refused. See also [`compile_timeout`](Self::compile_timeout).
    pub fn component_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.component = Some(path.into());
        self
    }

    /// Gives up compiling the component of a [file](Self::component_file) after this
    /// time, which is a minute by default. A compiler cannot be stopped: it goes on, on a
    /// thread of its own, until it is done or the process ends.
    ///
    /// A file of the component or of certificates that is not a regular one, such as a
    /// pipe, is waited for as long.
    pub fn compile_timeout(mut self, timeout: Duration) -> Self {
        self.compile_timeout = Some(timeout);
        self
    }

    /// Keeps compiled components in this folder, and takes them from there in
    /// later runs. By default every run compiles, which takes about a third of
    /// a second. What is in the folder is run as it is, so it is not used when it is a
    /// link, belongs to another user, or others may write to it; the same goes for each
    /// file in it. One that is damaged is replaced.
    pub fn compilation_cache(mut self, folder: impl Into<PathBuf>) -> Self {
        self.cache = Some(folder.into());
        self
    }

    /// Accepts servers whose certificates come from an authority in this PEM
    /// file, beside those that the system trusts, or that the variables
    /// `SSL_CERT_FILE` and `SSL_CERT_DIR` name instead of them.
    pub fn ca_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.ca_files.push(path.into());
        self
    }

    /// Goes through a proxy. By default there is none: no variable is read.
    pub fn proxy(mut self, proxy: Proxy) -> Self {
        self.proxy = Some(proxy);
        self
    }

    /// Keeps the secret out of the component, which is then not trusted with it:
    /// it is told the project ID, but no secret, may not set `Authorization`,
    /// and the host adds that to requests that may go out, over `https` or to
    /// this machine. The component is told so by `authorization` = `host`; see
    /// `wit/world.wit`.
    ///
    /// Of a component's headers only `Accept`, `Content-Length`, `Content-Type`
    /// and `User-Agent` are sent. An answer that has the secret in it, as it is,
    /// percent-encoded or in Base64, alone or after the project ID, is kept back.
    /// A server that answers with the secret in yet another coding, which only
    /// one that means to would do, is not found out.
    pub fn sealed(mut self) -> Self {
        self.settings.sealed = true;
        self
    }

    /// Sets memory aside for this many calls at once, and keeps it warm from one
    /// call to the next; further calls wait for one to end. Each call still
    /// begins with an instance of its own, in memory that holds nothing of another.
    ///
    /// By default every call maps memory and gives it back, which starts faster
    /// and has no bound on calls; for many calls a pool takes less time.
    pub fn pool(mut self, calls: NonZeroU32) -> Self {
        self.settings.pool = Some(calls);
        self
    }

    /// Lets an instance make this many calls, one after the other, which takes about
    /// half the time of as many instances. By default each call has a fresh one.
    ///
    /// It only ever works for the credential of its first call, and goes after
    /// anything that is no answer of Stytch's: a trap, a limit, a timeout, an error of
    /// its own or of the network. But what a component remembers of one user it may
    /// mix into the next, be it by mistake or on purpose, and the credential is in
    /// memory for longer. The embedded component remembers nothing; use this with
    /// others only as far as you trust them.
    ///
    /// As many instances wait for their next call as there may be calls at once (see
    /// [`pool`](Self::pool)), or 64; then the one goes that waited for longest.
    pub fn reuse(mut self, calls: NonZeroU32) -> Self {
        self.settings.reuse = Some(calls);
        self
    }

    /// Compiles and links the component.
    ///
    /// # Errors
    ///
    /// [`Error::Read`] or [`Error::Load`] for the component, [`Error::Client`]
    /// for a file of certificates, also one that `SSL_CERT_FILE` or `SSL_CERT_DIR`
    /// names, [`Error::Engine`] for this machine.
    pub fn build(self) -> Result<Plugin, Error> {
        let engine = self.engine()?;
        let bytes = self.bytes()?;
        let component = self
            .compile(&engine, bytes)
            .map_err(|error| self.named(error))?;
        let mut roots = Roots::waiting(self.patience());
        roots.read_variables()?;
        for path in self.ca_files.clone() {
            roots.add_pem_file(path)?;
        }
        let proxy = self.proxy.clone();
        let client = HttpClient::new(roots, proxy, &self.settings.limits.network);
        let sandbox = Sandbox::new(engine, &component, client, &self.settings)
            .map_err(|error| self.named(error))?;
        Ok(Plugin(Arc::new(Shared {
            sandbox,
            retry: Retry::new(&self.retry),
        })))
    }

    /// Says which file it is about, where the component came from one.
    pub(super) fn named(&self, error: Error) -> Error {
        match (error, &self.component) {
            (Error::Load(reason), Some(path)) => {
                Error::Load(format!("{}: {reason}", path.display()))
            }
            (error, _) => error,
        }
    }

    /// How long compiling may take, and how long a file that is not a regular one is
    /// waited for.
    fn patience(&self) -> Duration {
        self.compile_timeout.unwrap_or(COMPILE_TIMEOUT)
    }

    /// Why the folder of [`compilation_cache`](Self::compilation_cache), or what is in
    /// it for this component, cannot be used, if it cannot; then it is compiled.
    pub fn compilation_cache_problem(&self) -> Option<CacheProblem> {
        let folder = self.cache.as_deref()?;
        match (self.engine(), self.bytes()) {
            (Ok(engine), Ok(bytes)) => Cache::problem(folder, &engine, &bytes),
            _ => Cache::open(folder).err(),
        }
    }

    pub(super) fn engine(&self) -> Result<Engine, Error> {
        self.settings.engine()
    }

    pub(super) fn is_sealed(&self) -> bool {
        self.settings.sealed
    }

    pub(super) fn bytes(&self) -> Result<Cow<'static, [u8]>, Error> {
        match &self.component {
            None => Ok(Cow::Borrowed(COMPONENT)),
            Some(path) => component::read(path, self.patience())
                .map(Cow::Owned)
                .map_err(|error| self.named(error)),
        }
    }

    pub(super) fn compile(
        &self,
        engine: &Engine,
        bytes: Cow<'static, [u8]>,
    ) -> Result<Component, Error> {
        // A folder that cannot be used costs time, not the call.
        let cache = self.cache.as_deref().and_then(|folder| {
            Cache::open(folder)
                .inspect_err(|error| tracing::debug!("no compilation cache: {error}"))
                .ok()
        });
        let timeout = self.patience();
        let compile = |bytes| match bytes {
            Cow::Borrowed(embedded) => component::compile(engine, embedded),
            Cow::Owned(bytes) => component::compile_within(timeout, engine, bytes),
        };
        match cache {
            Some(cache) => cache.get_or_compile(engine, &bytes, || compile(bytes.clone())),
            None => compile(bytes),
        }
    }
}
