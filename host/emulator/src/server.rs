//! The HTTP server, with fault injection.
//!
//! Invariant: every task holds a sender of the same channel, so that the channel closes when the
//! last task ends.

use std::{
    io,
    net::SocketAddr,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use bytes::Bytes;
use http::{
    HeaderValue, Request, Response, StatusCode,
    header::{CONTENT_TYPE, RETRY_AFTER},
};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::mpsc,
    task::{AbortHandle, JoinSet},
};

use crate::{
    api_error::ApiError,
    error::Error,
    faults::{
        Ending, Plan, Stage,
        connection::{FaultSwitch, FaultyConnection},
        response_body::{Extent, ResponseBody},
    },
    options::Options,
};

mod allowed_hosts;
mod auth;
mod rate_limit;
mod response;
mod route;
mod service;

pub use auth::{PROJECT_ID, SECRET};

use allowed_hosts::AllowedHosts;
use response::ApiResponse;
use service::Service;

/// The maximum size of a request body.
const MAX_BODY_BYTES: usize = 1 << 20;

/// How long to wait after an accept error, such as too many open files.
const ACCEPT_RETRY_DELAY: Duration = Duration::from_millis(50);

/// A running emulator. Dropping it stops the server and closes every connection.
#[derive(Debug)]
pub struct Emulator {
    address: SocketAddr,
    hosts: Arc<AllowedHosts>,
    service: Arc<Service>,
    accept_task: AbortHandle,
    /// Closes when the last task ends. Nothing is ever sent.
    tasks: mpsc::Receiver<()>,
}

impl Emulator {
    /// Generates or loads the users and starts the server on the current Tokio runtime, whose I/O
    /// and time drivers must be enabled. Port 0 selects a free port; see
    /// [`address`](Self::address).
    ///
    /// The server accepts connections as soon as this returns.
    ///
    /// # Errors
    ///
    /// [`Error::Listen`] if it cannot listen on the address, [`Error::Duplicate`] if loaded users
    /// share an ID, and [`Error::Interrupted`] if the runtime shuts down meanwhile.
    pub async fn start(listen: SocketAddr, options: Options) -> Result<Self, Error> {
        let failed = |source| Error::Listen {
            address: listen,
            source,
        };
        let listener = TcpListener::bind(listen).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let hosts = Arc::new(AllowedHosts::new(address, &options.allow_hosts));
        let service = tokio::task::spawn_blocking(|| Service::new(options))
            .await
            .map_err(|_| Error::Interrupted)??;
        let service = Arc::new(service);
        let (guard, tasks) = mpsc::channel(1);
        let acceptor = Acceptor {
            listener,
            hosts: Arc::clone(&hosts),
            service: Arc::clone(&service),
            connections: JoinSet::new(),
            guard,
        };
        Ok(Self {
            address,
            hosts,
            service,
            accept_task: tokio::spawn(acceptor.run()).abort_handle(),
            tasks,
        })
    }

    /// Returns the address that the emulator listens on, with the actual port.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns the URL to use instead of `https://test.stytch.com`: `http://ADDRESS`, without a
    /// trailing slash. If the emulator listens on all addresses, it has the loopback address.
    pub fn base_url(&self) -> String {
        self.hosts.base_url()
    }

    /// Returns whether only programs on this machine can reach the emulator.
    pub fn is_local(&self) -> bool {
        self.hosts.is_local()
    }

    /// Returns the number of requests received so far, whatever their outcome.
    pub fn requests(&self) -> u64 {
        self.service.requests.load(Ordering::Relaxed)
    }

    /// Returns the number of connections accepted so far, including those that chaos reset.
    pub fn connections(&self) -> u64 {
        self.service.connections.load(Ordering::Relaxed)
    }

    /// Returns the number of open connections.
    pub fn open_connections(&self) -> usize {
        // Each connection has a task, and one more task accepts them.
        self.tasks.sender_strong_count().saturating_sub(1)
    }

    /// Stops the server, and waits until the port is free and every connection is closed.
    pub async fn stop(mut self) {
        self.accept_task.abort();
        while self.tasks.recv().await.is_some() {}
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        self.accept_task.abort();
    }
}

/// The task that accepts connections. Aborting the task drops this, which closes every connection.
struct Acceptor {
    listener: TcpListener,
    hosts: Arc<AllowedHosts>,
    service: Arc<Service>,
    connections: JoinSet<()>,
    guard: mpsc::Sender<()>,
}

impl Acceptor {
    async fn run(mut self) {
        loop {
            let stream = match self.listener.accept().await {
                Ok((stream, _)) => stream,
                Err(error) => {
                    tracing::warn!(%error, "cannot accept a connection");
                    tokio::time::sleep(ACCEPT_RETRY_DELAY).await;
                    continue;
                }
            };
            // Remove finished connections.
            while self.connections.try_join_next().is_some() {}
            let number = self.service.count_connection();
            if self
                .service
                .chaos
                .resets_connection(self.service.seed, number)
            {
                let _ = stream.set_zero_linger();
                continue;
            }
            let (service, guard) = (Arc::clone(&self.service), self.guard.clone());
            let hosts = Arc::clone(&self.hosts);
            self.connections.spawn(async move {
                let _guard = guard;
                serve_connection(stream, hosts, service).await;
            });
        }
    }
}

async fn serve_connection(stream: TcpStream, hosts: Arc<AllowedHosts>, service: Arc<Service>) {
    let _ = stream.set_nodelay(true);
    let switch = FaultSwitch::default();
    let connection = TokioIo::new(FaultyConnection::new(stream, switch.clone()));
    let exchange =
        service_fn(|request| exchange(&hosts, Arc::clone(&service), switch.clone(), request));
    let served = http1::Builder::new().serve_connection(connection, exchange);
    if let Err(error) = served.await {
        // Injected or caused by the client, so not a warning.
        tracing::debug!(%error, "a connection ended early");
    }
}

/// Handles a request, and injects its faults. An error closes the connection without a response.
async fn exchange(
    hosts: &AllowedHosts,
    service: Arc<Service>,
    switch: FaultSwitch,
    request: Request<Incoming>,
) -> io::Result<Response<ResponseBody>> {
    let number = service.count_request();
    let plan = service.chaos.plan(service.seed, number);
    let content = respond(hosts, service, request, number, &plan).await?;
    if !plan.delay.is_zero() {
        tokio::time::sleep(plan.delay).await;
    }
    let extent = match plan.ending {
        None | Some(Ending::Status(_)) => Extent::Full,
        Some(Ending::Truncate) => Extent::Truncated,
        Some(Ending::Stall(Stage::Body)) => Extent::Stalled,
        Some(Ending::Stall(_)) => std::future::pending().await,
        Some(Ending::Garbage) => {
            switch.garbage();
            Extent::Full
        }
        Some(Ending::Reset(Stage::Body)) => {
            switch.reset();
            Extent::Truncated
        }
        Some(Ending::Reset(_)) => {
            switch.reset();
            return Err(io::Error::other("chaos: the connection was reset"));
        }
    };
    let retryable = matches!(
        content.status,
        StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE
    );
    let mut response = Response::new(ResponseBody::new(content.body, extent));
    *response.status_mut() = content.status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content.content_type));
    if let Some(seconds) = plan.retry_after.filter(|_| retryable) {
        headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    Ok(response)
}

/// Computes the response to a request, without faults other than a status.
async fn respond(
    hosts: &AllowedHosts,
    service: Arc<Service>,
    request: Request<Incoming>,
    number: u64,
    plan: &Plan,
) -> io::Result<ApiResponse> {
    let request_id = service.request_id(number);
    let (parts, body) = request.into_parts();
    if let Err(error) = hosts.check(parts.version, &parts.uri, &parts.headers) {
        return Ok(ApiResponse::error(&error, &request_id));
    }
    let body = match Limited::new(body, MAX_BODY_BYTES).collect().await {
        Ok(body) => body.to_bytes(),
        Err(error) if error.is::<LengthLimitError>() => {
            return Ok(ApiResponse::error(&ApiError::BAD_REQUEST, &request_id));
        }
        Err(error) => return Err(io::Error::other(error)),
    };
    if let Some(Ending::Status(status)) = plan.ending {
        return Ok(ApiResponse::from_status(status, &request_id));
    }
    let (cursor_loop, slow) = (plan.cursor_loop, service.is_slow(&parts));
    let compute = move |service: &Service, body: Bytes| {
        service.respond(&parts, &body, &request_id, cursor_loop)
    };
    if slow {
        let response = tokio::task::spawn_blocking(move || compute(&service, body));
        return response.await.map_err(io::Error::other);
    }
    Ok(compute(&service, body))
}

#[cfg(test)]
mod tests;
