//! Requests that are under way, in the task of the call that they belong to.
//!
//! They run beside the component and not on its stack, which would have to be as
//! deep as connecting to a server is; and in no task of their own, which costs a
//! short call more than its request does.

use super::Response;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context, Poll};

/// The requests of one call.
#[derive(Clone, Default)]
pub(crate) struct InFlight(Arc<Mutex<Requests>>);

#[derive(Default)]
struct Requests {
    requests: Vec<Request>,
    /// Whether one has been added that has not run yet.
    is_new: bool,
}

struct Request {
    response: Weak<Mutex<Option<Response>>>,
    sent: Pin<Box<dyn Future<Output = Response> + Send>>,
}

/// The response of a request; dropping it ends the request.
pub(crate) struct Pending(Arc<Mutex<Option<Response>>>);

impl InFlight {
    /// Adds a request. It runs once the call waits for something.
    pub(super) fn begin(&self, sent: impl Future<Output = Response> + Send + 'static) -> Pending {
        let response = Arc::default();
        let mut requests = self.requests();
        requests.requests.push(Request {
            response: Arc::downgrade(&response),
            sent: Box::pin(sent),
        });
        requests.is_new = true;
        Pending(response)
    }

    /// Runs `call` and its requests.
    pub(crate) fn with<F: Future + Unpin>(&self, call: F) -> WithRequests<F> {
        WithRequests {
            call,
            in_flight: self.clone(),
        }
    }

    /// Lets all requests go on.
    fn poll(&self, context: &mut Context<'_>) {
        let mut requests = self.requests();
        requests.is_new = false;
        requests.requests.retain_mut(|request| {
            let Some(response) = request.response.upgrade() else {
                return false;
            };
            match request.sent.as_mut().poll(context) {
                Poll::Ready(sent) => {
                    *lock(&response) = Some(sent);
                    false
                }
                Poll::Pending => true,
            }
        });
    }

    fn requests(&self) -> MutexGuard<'_, Requests> {
        lock(&self.0)
    }
}

impl Pending {
    /// Waits for the response. Whoever waits is woken as part of the call.
    pub(crate) async fn response(&self) -> Response {
        poll_fn(|_| match lock(&self.0).take() {
            Some(response) => Poll::Ready(response),
            None => Poll::Pending,
        })
        .await
    }
}

/// A call, with the requests that it makes.
pub(crate) struct WithRequests<F> {
    call: F,
    in_flight: InFlight,
}

impl<F: Future + Unpin> Future for WithRequests<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        self.in_flight.poll(context);
        let result = Pin::new(&mut self.call).poll(context);
        if result.is_pending() && self.in_flight.requests().is_new {
            // Other calls go first, so that what many of them send goes out
            // together, and wakes the other side once.
            context.waker().wake_by_ref();
        }
        result
    }
}

impl<F> Drop for WithRequests<F> {
    fn drop(&mut self) {
        self.in_flight.requests().requests.clear();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::pending;
    use std::pin::pin;
    use tokio::task::yield_now;
    use wasmtime_wasi_http::p2::bindings::http::types::ErrorCode;

    /// A request without an response, which holds what it is given.
    async fn endless(_held: Arc<()>) -> Response {
        pending().await
    }

    #[tokio::test]
    async fn a_call_gets_the_responses_of_its_requests() {
        let in_flight = InFlight::default();
        let call = pin!(async {
            let responses = [ErrorCode::LoopDetected, ErrorCode::DnsTimeout].map(|code| {
                in_flight.begin(async {
                    yield_now().await;
                    Err(code)
                })
            });
            let [first, second] = responses;
            (second.response().await, first.response().await)
        });
        let (second, first) = in_flight.with(call).await;
        assert!(matches!(second, Err(ErrorCode::DnsTimeout)));
        assert!(matches!(first, Err(ErrorCode::LoopDetected)));
    }

    #[tokio::test]
    async fn a_request_ends_with_whoever_waits_for_its_response() {
        let (in_flight, held) = (InFlight::default(), Arc::new(()));
        let call = pin!(async {
            let response = in_flight.begin(endless(Arc::clone(&held)));
            yield_now().await;
            assert_eq!(Arc::strong_count(&held), 2);
            drop(response);
            yield_now().await;
            assert_eq!(Arc::strong_count(&held), 1);
        });
        in_flight.with(call).await;
    }

    #[tokio::test]
    async fn requests_end_with_their_call() {
        let (in_flight, held) = (InFlight::default(), Arc::new(()));
        let mut response = None;
        let call = pin!(async { response = Some(in_flight.begin(endless(Arc::clone(&held)))) });
        in_flight.with(call).await;
        assert!(response.is_some());
        assert_eq!(Arc::strong_count(&held), 1);
    }
}
