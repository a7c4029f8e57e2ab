//! Requests that are under way, in the task of the call that they belong to.
//!
//! They run beside the component and not on its stack, which would have to be as
//! deep as connecting to a server is; and in no task of their own, which costs a
//! short call more than its request does.

use super::Answer;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context, Poll};

/// The requests of one call.
#[derive(Clone, Default)]
pub(crate) struct UnderWay(Arc<Mutex<Requests>>);

#[derive(Default)]
struct Requests {
    requests: Vec<Request>,
    /// Whether one has been added that has not run yet.
    is_new: bool,
}

struct Request {
    answer: Weak<Mutex<Option<Answer>>>,
    sent: Pin<Box<dyn Future<Output = Answer> + Send>>,
}

/// The answer of a request; dropping it ends the request.
pub(super) struct Pending(Arc<Mutex<Option<Answer>>>);

impl UnderWay {
    /// Adds a request. It runs once the call waits for something.
    pub(super) fn begin(&self, sent: impl Future<Output = Answer> + Send + 'static) -> Pending {
        let answer = Arc::default();
        let mut requests = self.requests();
        requests.requests.push(Request {
            answer: Arc::downgrade(&answer),
            sent: Box::pin(sent),
        });
        requests.is_new = true;
        Pending(answer)
    }

    /// Runs `call` and its requests.
    pub(crate) fn with<F: Future + Unpin>(&self, call: F) -> WithRequests<F> {
        WithRequests {
            call,
            under_way: self.clone(),
        }
    }

    /// Lets all requests go on.
    fn poll(&self, context: &mut Context<'_>) {
        let mut requests = self.requests();
        requests.is_new = false;
        requests.requests.retain_mut(|request| {
            let Some(answer) = request.answer.upgrade() else {
                return false;
            };
            match request.sent.as_mut().poll(context) {
                Poll::Ready(sent) => {
                    *lock(&answer) = Some(sent);
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
    /// Waits for the answer. Whoever waits is woken as part of the call.
    pub(super) async fn answer(&self) -> Answer {
        poll_fn(|_| match lock(&self.0).take() {
            Some(answer) => Poll::Ready(answer),
            None => Poll::Pending,
        })
        .await
    }
}

/// A call, with the requests that it makes.
pub(crate) struct WithRequests<F> {
    call: F,
    under_way: UnderWay,
}

impl<F: Future + Unpin> Future for WithRequests<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        self.under_way.poll(context);
        let result = Pin::new(&mut self.call).poll(context);
        if result.is_pending() && self.under_way.requests().is_new {
            // Other calls go first, so that what many of them send goes out
            // together, and wakes the other side once.
            context.waker().wake_by_ref();
        }
        result
    }
}

impl<F> Drop for WithRequests<F> {
    fn drop(&mut self) {
        self.under_way.requests().requests.clear();
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

    /// A request without an answer, which holds what it is given.
    async fn endless(_held: Arc<()>) -> Answer {
        pending().await
    }

    #[tokio::test]
    async fn a_call_gets_the_answers_of_its_requests() {
        let under_way = UnderWay::default();
        let call = pin!(async {
            let answers = [ErrorCode::LoopDetected, ErrorCode::DnsTimeout].map(|code| {
                under_way.begin(async {
                    yield_now().await;
                    Err(code)
                })
            });
            let [first, second] = answers;
            (second.answer().await, first.answer().await)
        });
        let (second, first) = under_way.with(call).await;
        assert!(matches!(second, Err(ErrorCode::DnsTimeout)));
        assert!(matches!(first, Err(ErrorCode::LoopDetected)));
    }

    #[tokio::test]
    async fn a_request_ends_with_whoever_waits_for_its_answer() {
        let (under_way, held) = (UnderWay::default(), Arc::new(()));
        let call = pin!(async {
            let answer = under_way.begin(endless(Arc::clone(&held)));
            yield_now().await;
            assert_eq!(Arc::strong_count(&held), 2);
            drop(answer);
            yield_now().await;
            assert_eq!(Arc::strong_count(&held), 1);
        });
        under_way.with(call).await;
    }

    #[tokio::test]
    async fn requests_end_with_their_call() {
        let (under_way, held) = (UnderWay::default(), Arc::new(()));
        let mut answer = None;
        let call = pin!(async { answer = Some(under_way.begin(endless(Arc::clone(&held)))) });
        under_way.with(call).await;
        assert!(answer.is_some());
        assert_eq!(Arc::strong_count(&held), 1);
    }
}
