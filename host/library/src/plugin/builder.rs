//! Builds a [`Plugin`] from its settings.

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

/// The default compile timeout. A component of some megabytes takes a few seconds.
const COMPILE_TIMEOUT: Duration = Duration::from_mins(1);

impl PluginBuilder {
    /// Loads the component from a file instead of the embedded one. It must
    /// export the same contract, and may import no more than `wasi:io`,
    /// `wasi:http` and `wasi:config`.
    ///
    /// The file may have up to 16 MiB. A component that would take far more memory or
    /// time to compile than others of its size is refused before it is compiled. See
    /// also [`compile_timeout`](Self::compile_timeout).
    pub fn component_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.component = Some(path.into());
        self
    }

    /// Sets how long compiling the component of a [file](Self::component_file) may take;
    /// a minute by default. The compiler cannot be interrupted: after the timeout it
    /// continues on its own thread until it finishes or the process exits.
    ///
    /// The same timeout applies to reading a component or certificate file that is not a
    /// regular file, such as a pipe.
    pub fn compile_timeout(mut self, timeout: Duration) -> Self {
        self.compile_timeout = Some(timeout);
        self
    }

    /// Caches compiled components in this folder for later runs. By default every run
    /// compiles the component, which takes about a third of a second.
    ///
    /// Cached code is run without further checks, so the folder, or a file in it, is not
    /// used if it is a symlink, belongs to another user, or is writable by others. A
    /// damaged entry is replaced.
    pub fn compilation_cache(mut self, folder: impl Into<PathBuf>) -> Self {
        self.cache = Some(folder.into());
        self
    }

    /// Trusts the certificate authorities in this PEM file, in addition to the system's
    /// trust store or to the authorities that `SSL_CERT_FILE` and `SSL_CERT_DIR` name
    /// instead of it.
    pub fn ca_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.ca_files.push(path.into());
        self
    }

    /// Sends requests through a proxy. By default there is none; proxy variables of the
    /// environment are not read.
    pub fn proxy(mut self, proxy: Proxy) -> Self {
        self.proxy = Some(proxy);
        self
    }

    /// Keeps the secret out of the component. The component gets the project ID but
    /// not the secret, and may not set `Authorization`; the host adds that header to
    /// permitted requests, over `https` or to this machine. The configuration value
    /// `authorization` = `host` tells the component so; see `wit/world.wit`.
    ///
    /// Of the component's headers only `Accept`, `Content-Length`, `Content-Type`
    /// and `User-Agent` are sent. A response that contains the secret is withheld from
    /// the component, whether the secret is verbatim, percent-encoded or in Base64,
    /// alone or after the project ID. Other encodings are not detected; only a server
    /// that leaks the secret on purpose would use them.
    pub fn sealed(mut self) -> Self {
        self.settings.sealed = true;
        self
    }

    /// Reserves memory for this many concurrent calls and reuses it from call to call;
    /// further calls wait for a free slot. Each call still starts with its own instance,
    /// in memory without data of other calls.
    ///
    /// By default every call maps and unmaps its own memory, which starts faster and
    /// does not limit the number of calls; for many calls a pool takes less time.
    pub fn pool(mut self, calls: NonZeroU32) -> Self {
        self.settings.pool = Some(calls);
        self
    }

    /// Lets an instance make this many calls, one after the other, which takes about
    /// half the time of as many fresh instances. By default each call has a fresh one.
    ///
    /// An instance is only reused with the credential of its first call, and is dropped
    /// after any result that is not a response from Stytch: a trap, a limit, a timeout,
    /// an error of its own or of the network. However, a component may carry data of one
    /// user over into the next call, by mistake or on purpose, and the credential stays
    /// in memory for longer. The embedded component keeps no state between calls; use
    /// this with other components only as far as you trust them.
    ///
    /// At most as many idle instances are kept as there may be concurrent calls (see
    /// [`pool`](Self::pool)), or 64; beyond that the one that was idle longest is dropped.
    pub fn reuse(mut self, calls: NonZeroU32) -> Self {
        self.settings.reuse = Some(calls);
        self
    }

    /// Compiles and links the component.
    ///
    /// # Errors
    ///
    /// Returns [`Error::Read`] or [`Error::Load`] for the component, [`Error::Client`]
    /// for a certificate file, including those that `SSL_CERT_FILE` or `SSL_CERT_DIR`
    /// name, and [`Error::Engine`] if the engine cannot be set up on this machine.
    pub fn build(self) -> Result<Plugin, Error> {
        let engine = self.engine()?;
        let bytes = self.bytes()?;
        let component = self
            .compile(&engine, bytes)
            .map_err(|error| self.named(error))?;
        let mut roots = Roots::with_timeout(self.load_timeout());
        roots.read_variables()?;
        for path in &self.ca_files {
            roots.add_pem_file(path)?;
        }
        let proxy = self.proxy.clone();
        let client = HttpClient::new(roots, proxy, &self.settings.limits.network);
        let sandbox = Sandbox::new(engine, &component, client, &self.settings)
            .map_err(|error| self.named(error))?;
        Ok(Plugin {
            shared: Arc::new(Shared {
                sandbox,
                retry: Retry::new(self.retry),
            }),
            deadline: None,
            sealed: self.settings.sealed,
        })
    }

    /// Adds the path to the error if the component came from a file.
    pub(super) fn named(&self, error: Error) -> Error {
        match (error, &self.component) {
            (Error::Load(reason), Some(path)) => {
                Error::Load(format!("{}: {reason}", path.display()))
            }
            (error, _) => error,
        }
    }

    /// The timeout for compiling, and for reading a file that is not a regular file.
    fn load_timeout(&self) -> Duration {
        self.compile_timeout.unwrap_or(COMPILE_TIMEOUT)
    }

    /// Returns why the folder of [`compilation_cache`](Self::compilation_cache), or the
    /// entry in it for this component, cannot be used, if so. The component is then
    /// compiled instead.
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
            Some(path) => component::read(path, self.load_timeout())
                .map(Cow::Owned)
                .map_err(|error| self.named(error)),
        }
    }

    pub(super) fn compile(
        &self,
        engine: &Engine,
        bytes: Cow<'static, [u8]>,
    ) -> Result<Component, Error> {
        // An unusable folder costs time but does not fail the call.
        let cache = self.cache.as_deref().and_then(|folder| {
            Cache::open(folder)
                .inspect_err(|error| tracing::debug!("no compilation cache: {error}"))
                .ok()
        });
        let timeout = self.load_timeout();
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
