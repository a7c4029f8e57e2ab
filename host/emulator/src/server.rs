//! The server: accepts connections, and delivers answers well or, when told, badly.
//!
//! Invariant: every task holds a sender of one channel, so that the channel's end is the end of
//! the last task.

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

use super::{
    Error, Options,
    answer::Answer,
    body::{Delivery, Extent},
    chaos::{Ending, Plan},
    failure::Failure,
    fault::Place,
    host::Hosts,
    line::{Lever, Line},
    service::Service,
};

/// The longest body of a request, in bytes.
const LONGEST_BODY: usize = 1 << 20;

/// How long to wait when no connection can be accepted, as when all file descriptors are in use.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// A running emulator. Dropping it stops the server and every connection.
#[derive(Debug)]
pub struct Emulator {
    address: SocketAddr,
    hosts: Arc<Hosts>,
    service: Arc<Service>,
    accepting: AbortHandle,
    /// Closes when the last task has ended. Nothing is ever sent.
    ended: mpsc::Receiver<()>,
}

impl Emulator {
    /// Makes the users and starts to serve on the current Tokio runtime, whose I/O and time
    /// drivers must be enabled. Port 0 takes a free port; see [`address`](Self::address).
    ///
    /// Connections are accepted as soon as this returns.
    ///
    /// # Errors
    ///
    /// [`Error::Listen`] if the address cannot be listened on, and [`Error::Duplicate`] if loaded
    /// users share an ID.
    pub async fn start(listen: SocketAddr, options: Options) -> Result<Self, Error> {
        let failed = |source| Error::Listen {
            address: listen,
            source,
        };
        let listener = TcpListener::bind(listen).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let hosts = Arc::new(Hosts::new(address, &options.allow_hosts));
        let service = tokio::task::spawn_blocking(|| Service::new(options))
            .await
            .map_err(|_| Error::Interrupted)??;
        let service = Arc::new(service);
        let (guard, ended) = mpsc::channel(1);
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
            accepting: tokio::spawn(acceptor.run()).abort_handle(),
            ended,
        })
    }

    /// The address that is listened on, with the port that was taken.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What to use in place of `https://test.stytch.com`: `http://ADDRESS`, without a final slash.
    /// When all addresses are listened on, it is the loopback one.
    pub fn base_url(&self) -> String {
        self.hosts.base_url()
    }

    /// Whether only programs on this machine reach it.
    pub fn is_local(&self) -> bool {
        self.hosts.is_local()
    }

    /// How many requests have arrived so far, whatever became of them.
    pub fn requests(&self) -> u64 {
        self.service.requests.load(Ordering::Relaxed)
    }

    /// How many connections have been accepted so far, those that chaos reset included.
    pub fn connections(&self) -> u64 {
        self.service.connections.load(Ordering::Relaxed)
    }

    /// How many connections are open now.
    pub fn open_connections(&self) -> usize {
        // Each has a task, and there is one more, which accepts.
        self.ended.sender_strong_count().saturating_sub(1)
    }

    /// Stops, and waits until the port is free and every connection is closed.
    pub async fn stop(mut self) {
        self.accepting.abort();
        while self.ended.recv().await.is_some() {}
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

/// The task that accepts. Dropping it, as aborting does, ends every connection.
struct Acceptor {
    listener: TcpListener,
    hosts: Arc<Hosts>,
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
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                    continue;
                }
            };
            // Forget the connections that have ended meanwhile.
            while self.connections.try_join_next().is_some() {}
            let number = self.service.count_connection();
            if self.service.chaos.refuses(self.service.seed, number) {
                let _ = stream.set_zero_linger();
                continue;
            }
            let (service, guard) = (Arc::clone(&self.service), self.guard.clone());
            let hosts = Arc::clone(&self.hosts);
            self.connections.spawn(async move {
                let _guard = guard;
                connection(stream, hosts, service).await;
            });
        }
    }
}

async fn connection(stream: TcpStream, hosts: Arc<Hosts>, service: Arc<Service>) {
    let _ = stream.set_nodelay(true);
    let lever = Lever::default();
    let line = TokioIo::new(Line::new(stream, lever.clone()));
    let serve =
        service_fn(|request| exchange(&hosts, Arc::clone(&service), lever.clone(), request));
    if let Err(error) = http1::Builder::new().serve_connection(line, serve).await {
        // Ours or the client's doing, and in both cases not worth more.
        tracing::debug!(%error, "a connection ended early");
    }
}

/// One request and its answer. An error ends the connection without an answer.
async fn exchange(
    hosts: &Hosts,
    service: Arc<Service>,
    lever: Lever,
    request: Request<Incoming>,
) -> io::Result<Response<Delivery>> {
    let number = service.count_request();
    let plan = service.chaos.plan(service.seed, number);
    let answer = answer(hosts, service, request, number, &plan).await?;
    if !plan.delay.is_zero() {
        tokio::time::sleep(plan.delay).await;
    }
    let extent = match plan.ending {
        None | Some(Ending::Status(_)) => Extent::Whole,
        Some(Ending::Truncate) => Extent::Cut,
        Some(Ending::Stall(Place::Body)) => Extent::Stalled,
        Some(Ending::Stall(_)) => std::future::pending().await,
        Some(Ending::Garbage) => {
            lever.garble();
            Extent::Whole
        }
        Some(Ending::Reset(Place::Body)) => {
            lever.reset();
            Extent::Cut
        }
        Some(Ending::Reset(_)) => {
            lever.reset();
            return Err(io::Error::other("the connection was reset on purpose"));
        }
    };
    let retry = matches!(
        answer.status,
        StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE
    );
    let mut response = Response::new(Delivery::new(answer.body, extent));
    *response.status_mut() = answer.status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(answer.content_type));
    if let Some(seconds) = plan.retry_after.filter(|_| retry) {
        headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    Ok(response)
}

async fn answer(
    hosts: &Hosts,
    service: Arc<Service>,
    request: Request<Incoming>,
    number: u64,
    plan: &Plan,
) -> io::Result<Answer> {
    let request_id = service.request_id(number);
    let (head, body) = request.into_parts();
    if let Err(failure) = hosts.check(head.version, &head.uri, &head.headers) {
        return Ok(Answer::failure(&failure, &request_id));
    }
    let body = match Limited::new(body, LONGEST_BODY).collect().await {
        Ok(body) => body.to_bytes(),
        Err(error) if error.is::<LengthLimitError>() => {
            return Ok(Answer::failure(&Failure::BAD_REQUEST, &request_id));
        }
        Err(error) => return Err(io::Error::other(error)),
    };
    if let Some(Ending::Status(status)) = plan.ending {
        return Ok(Answer::of_status(status, &request_id));
    }
    let (looping, slow) = (plan.cursor_loop, service.is_slow(&head));
    let compute =
        move |service: &Service, body: Bytes| service.answer(&head, &body, &request_id, looping);
    if slow {
        let computed = tokio::task::spawn_blocking(move || compute(&service, body));
        return computed.await.map_err(io::Error::other);
    }
    Ok(compute(&service, body))
}

#[cfg(test)]
mod tests;
