//! Names become addresses, once for each connection, and only addresses that may
//! be dialled leave here.

use super::policy::{Denial, check_addresses};
use hyper_util::client::legacy::connect::dns::Name;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::vec;
use tower_service::Service;

/// Why a name has no addresses that may be dialled.
#[derive(Debug, thiserror::Error)]
pub(super) enum ResolveError {
    #[error("denied: {0}")]
    Denied(Denial),
    #[error("cannot be resolved: {0}")]
    Dns(String),
}

type BoxFuture<T, E> = Pin<Box<dyn Future<Output = Result<T, E>> + Send>>;

/// What asks for the addresses of a name: the system, or a test's own answers.
#[derive(Clone)]
pub(super) struct Lookup(
    Arc<dyn Fn(String) -> BoxFuture<Vec<SocketAddr>, io::Error> + Send + Sync>,
);

impl Lookup {
    /// As every program of this machine does it.
    pub(super) fn of_system() -> Self {
        Self(Arc::new(|name| {
            Box::pin(async move {
                let addresses = tokio::net::lookup_host((name, 0)).await?;
                Ok(addresses.collect())
            })
        }))
    }

    #[cfg(test)]
    pub(super) fn of(answer: impl Fn(&str) -> Vec<SocketAddr> + Send + Sync + 'static) -> Self {
        Self(Arc::new(move |name| {
            let addresses = answer(&name);
            Box::pin(async { Ok(addresses) })
        }))
    }
}

/// Whose names are resolved.
#[derive(Clone, Copy)]
pub(super) enum Whose {
    /// A server's: only those addresses are let through that it may have. They
    /// are the ones that are dialled: nothing resolves the name again.
    Server,
    /// The proxy's, which whoever runs this program has chosen.
    Proxy,
}

/// Resolves names, and refuses those that lead where they may not.
#[derive(Clone)]
pub(super) struct Resolver {
    whose: Whose,
    lookup: Lookup,
}

impl Resolver {
    pub(super) fn new(whose: Whose, lookup: Lookup) -> Self {
        Self { whose, lookup }
    }

    pub(super) async fn resolve(&self, name: &str) -> Result<Vec<SocketAddr>, ResolveError> {
        let resolved = (self.lookup.0)(name.to_owned()).await;
        let addresses = resolved.map_err(|error| ResolveError::Dns(error.to_string()))?;
        match self.whose {
            Whose::Server => check_addresses(name, &addresses).map_err(ResolveError::Denied)?,
            Whose::Proxy => {}
        }
        Ok(addresses)
    }
}

impl Service<Name> for Resolver {
    type Response = vec::IntoIter<SocketAddr>;
    type Error = ResolveError;
    type Future = BoxFuture<Self::Response, Self::Error>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let resolver = self.clone();
        Box::pin(async move { Ok(resolver.resolve(name.as_str()).await?.into_iter()) })
    }
}
