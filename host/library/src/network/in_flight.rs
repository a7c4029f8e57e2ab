//! Requests in flight, which run in the task of their call.
//!
//! They run next to the component rather than on its stack, which would have to be deep
//! enough for connecting to a server, and not in separate tasks, which cost a short call
//! more than its request does.

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
    /// Whether a request was added that has not run yet.
    is_new: bool,
}

struct Request {
    response: Weak<Mutex<Option<Response>>>,
    sent: Pin<Box<dyn Future<Output = Response> + Send>>,
}

/// The response to a request. Dropping it cancels the request.
pub(crate) struct Pending(Arc<Mutex<Option<Response>>>);

impl InFlight {
    /// Adds a request, which runs when the call waits.
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

    /// Polls all requests.
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
    /// Waits for the response. The call's task is woken when it arrives.
    pub(crate) async fn response(&self) -> Response {
        poll_fn(|_| match lock(&self.0).take() {
            Some(response) => Poll::Ready(response),
            None => Poll::Pending,
        })
        .await
    }
}

/// A call together with its requests.
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
            // Let other calls run first, so that their requests are sent together and wake
            // the peer only once.
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

    /// A request without a response, which holds its argument.
    async fn endless(_held: Arc<()>) -> Response {
        pending().await
    }

    #[tokio::test]
    async fn returns_the_response_of_each_request() {
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
    async fn dropping_the_pending_response_cancels_the_request() {
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
    async fn the_end_of_a_call_cancels_its_requests() {
        let (in_flight, held) = (InFlight::default(), Arc::new(()));
        let mut response = None;
        let call = pin!(async { response = Some(in_flight.begin(endless(Arc::clone(&held)))) });
        in_flight.with(call).await;
        assert!(response.is_some());
        assert_eq!(Arc::strong_count(&held), 1);
    }
}
