//! Resolves names, once for each connection, and returns only addresses that may be
//! dialled.

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

/// Why a name resolved to no addresses that may be dialled.
#[derive(Debug, thiserror::Error)]
pub(super) enum ResolveError {
    #[error("denied: {0}")]
    Denied(Denial),
    #[error("cannot be resolved: {0}")]
    Dns(String),
}

type BoxFuture<T, E> = Pin<Box<dyn Future<Output = Result<T, E>> + Send>>;

/// Looks up the addresses of a name: with the system's resolver, or in tests.
#[derive(Clone)]
pub(super) struct Lookup(
    Arc<dyn Fn(String) -> BoxFuture<Vec<SocketAddr>, io::Error> + Send + Sync>,
);

impl Lookup {
    /// Uses the system's resolver.
    pub(super) fn of_system() -> Self {
        Self(Arc::new(|name| {
            Box::pin(async move {
                let addresses = tokio::net::lookup_host((name, 0)).await?;
                Ok(addresses.collect())
            })
        }))
    }

    #[cfg(test)]
    pub(super) fn of(lookup: impl Fn(&str) -> Vec<SocketAddr> + Send + Sync + 'static) -> Self {
        Self(Arc::new(move |name| {
            let addresses = lookup(&name);
            Box::pin(async { Ok(addresses) })
        }))
    }
}

/// The peer whose name is resolved.
#[derive(Clone, Copy)]
pub(super) enum Peer {
    /// A server, which may only have permitted addresses. The same addresses are then
    /// dialled: the name is not resolved again.
    Server,
    /// The proxy, which the user of this program has chosen.
    Proxy,
}

/// Resolves names, and refuses those with addresses that are not permitted.
#[derive(Clone)]
pub(super) struct Resolver {
    peer: Peer,
    lookup: Lookup,
}

impl Resolver {
    pub(super) fn new(peer: Peer, lookup: Lookup) -> Self {
        Self { peer, lookup }
    }

    pub(super) async fn resolve(&self, name: &str) -> Result<Vec<SocketAddr>, ResolveError> {
        let resolved = (self.lookup.0)(name.to_owned()).await;
        let addresses = resolved.map_err(|error| ResolveError::Dns(error.to_string()))?;
        match self.peer {
            Peer::Server => check_addresses(name, &addresses).map_err(ResolveError::Denied)?,
            Peer::Proxy => {}
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
