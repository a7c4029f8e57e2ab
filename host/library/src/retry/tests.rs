//! Tests of the retry policy, with scripted outcomes and a paused clock.

mod concurrent;

use super::*;
use crate::contract::types::{ApiError, TransportCause, TransportProblem};
use crate::network::credential::Secret;

pub(super) fn api_error(status: u16, error_type: Option<&str>, retry_after: Option<u64>) -> Error {
    let api = ApiError {
        status,
        error_type: error_type.map(str::to_owned),
        message: None,
        request_id: Some("r".to_owned()),
        error_url: None,
        details: None,
        retry_after_ms: retry_after.map(|seconds| seconds * 1000),
    };
    plugin(match status {
        401 | 403 => types::Error::Unauthorized(api),
        404 => types::Error::NotFound(api),
        429 => types::Error::RateLimited(api),
        500.. => types::Error::Unavailable(api),
        _ => types::Error::Rejected(api),
    })
}

pub(super) fn status(status: u16) -> Error {
    api_error(status, None, None)
}

pub(super) fn reset() -> Error {
    unreachable(TransportCause::Reset)
}

fn limited(retry_after: Option<u64>) -> Error {
    api_error(429, Some("too_many_requests"), retry_after)
}

fn unreachable(cause: TransportCause) -> Error {
    plugin(types::Error::Unreachable(TransportProblem {
        cause,
        detail: String::new(),
    }))
}

fn plugin(error: types::Error) -> Error {
    Error::Plugin {
        error,
        fault: None,
        attempts: 1,
    }
}

/// At 20 seconds after a full minute.
fn retry(deadline: u64) -> Retry {
    let begun = Instant::now();
    let limits = Limits {
        attempts: 3,
        deadline: Duration::from_secs(deadline),
        attempt: Duration::from_secs(30),
    };
    Retry {
        backoff: Backoff::new(fastrand::Rng::with_seed(7)),
        clock: Box::new(move || Duration::from_secs(60 * 1_000_000 + 20) + begun.elapsed()),
        ..Retry::new(limits)
    }
}

fn credential() -> Credential {
    Credential::new("project-test-1", Secret::new(String::new()))
}

/// Runs an attempt whose component reports the status that the host received.
async fn seen(attempt: impl Future<Output = Result<(), Error>>) -> Outcome<()> {
    let result = attempt.await;
    let api = result.as_ref().err().and_then(Error::api_error);
    let status = api.map(|api| api.status);
    Outcome { result, status }
}

/// Makes a call with these outcomes. Returns its result, the number of attempts and the
/// time that it took.
async fn outcome_of(
    retry: &Retry,
    endpoint: Endpoint,
    outcomes: impl IntoIterator<Item = Result<(), Error>>,
) -> (Result<(), Error>, u32, Duration) {
    let begun = Instant::now();
    let mut outcomes = outcomes.into_iter();
    let mut tried = 0;
    let outcome = retry
        .call(&credential(), endpoint, None, |attempt| {
            tried += 1;
            assert_eq!(attempt.number, tried);
            let outcome = outcomes.next().unwrap();
            seen(attempt.run(async { outcome }))
        })
        .await;
    (outcome, tried, begun.elapsed())
}

#[tokio::test(start_paused = true)]
async fn retries_transient_failures_only() {
    for (error, again) in [
        (status(400), false),
        (status(401), false),
        (status(403), false),
        (status(404), false),
        (status(408), true),
        (status(409), false),
        (limited(None), true),
        (status(429), true),
        (api_error(429, Some("user_lock_limit_reached"), None), false),
        (api_error(429, Some("captcha_failed"), Some(1)), false),
        (status(500), true),
        (status(501), false),
        (status(502), true),
        (status(503), true),
        (status(504), true),
        (status(505), false),
        (unreachable(TransportCause::Dns), true),
        (unreachable(TransportCause::Connect), true),
        (unreachable(TransportCause::ConnectTimeout), true),
        (unreachable(TransportCause::ResponseTimeout), true),
        (unreachable(TransportCause::IdleTimeout), true),
        (unreachable(TransportCause::Reset), true),
        (unreachable(TransportCause::Truncated), true),
        (unreachable(TransportCause::Denied), false),
        (unreachable(TransportCause::TlsCertificate), false),
        (unreachable(TransportCause::TlsProtocol), false),
        (unreachable(TransportCause::TooLarge), false),
        (unreachable(TransportCause::Protocol), false),
        (
            plugin(types::Error::MalformedResponse(String::new())),
            false,
        ),
        (Error::Trap(String::new()), false),
        (Error::Limit(crate::Limit::Cpu), false),
    ] {
        let said = format!("{error:?}");
        let (outcomes, retry) = ([Err(error), Ok(())], retry(120));
        let (outcome, tried, _) = outcome_of(&retry, Endpoint::Get, outcomes).await;
        assert_eq!((outcome.is_ok(), tried == 2), (again, again), "{said}");
        assert_eq!(retry.retries(), u64::from(again), "{said}");
    }
}

#[tokio::test(start_paused = true)]
async fn returns_the_last_error_with_the_number_of_attempts() {
    let outcomes = [Err(reset()), Err(status(500)), Err(status(503))];
    let (outcome, tried, took) = outcome_of(&retry(60), Endpoint::Search, outcomes).await;
    let error = outcome.unwrap_err();
    assert_eq!((error.attempts(), tried), (3, 3));
    assert_eq!(error.api_error().unwrap().status, 503);
    assert!(
        error.to_string().ends_with(" (after 3 attempts)"),
        "{error}"
    );
    assert!(took < Duration::from_millis(50 + 2_000), "{took:?}");

    let mut once = retry(60);
    once.limits.attempts = 1;
    let (outcome, tried, took) = outcome_of(&once, Endpoint::Search, [Err(status(503))]).await;
    let error = outcome.unwrap_err();
    assert_eq!((error.attempts(), tried, took), (1, 1, Duration::ZERO));
    assert!(!error.to_string().contains("after"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn does_not_count_attempts_that_sent_nothing() {
    let denied = Error::Plugin {
        error: types::Error::Unreachable(TransportProblem {
            cause: TransportCause::Denied,
            detail: String::new(),
        }),
        fault: None,
        attempts: 0,
    };
    let (outcome, ..) = outcome_of(&retry(60), Endpoint::Get, [Err(denied)]).await;
    assert_eq!(outcome.unwrap_err().attempts(), 0);
}

#[tokio::test(start_paused = true)]
async fn waits_at_least_as_long_as_stytch_says() {
    for error in [limited(Some(7)), api_error(503, None, Some(7))] {
        let (outcome, tried, took) =
            outcome_of(&retry(60), Endpoint::Get, [Err(error), Ok(())]).await;
        assert!(outcome.is_ok() && tried == 2);
        assert!(
            (Duration::from_secs(7)..Duration::from_secs(8)).contains(&took),
            "{took:?}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn fails_rather_than_wait_beyond_the_deadline() {
    for (error, deadline) in [
        (limited(Some(60)), 60),
        (limited(Some(u64::MAX / 1000)), 60),
        (api_error(503, None, Some(61)), 60),
        (limited(None), 30),
    ] {
        let outcomes = [Err(error)];
        let (outcome, tried, took) = outcome_of(&retry(deadline), Endpoint::Search, outcomes).await;
        assert!(outcome.unwrap_err().retry_after().is_some());
        assert_eq!((tried, took), (1, Duration::ZERO));
    }
}

#[tokio::test(start_paused = true)]
async fn a_search_without_retry_after_waits_for_the_next_minute() {
    let outcomes = || [Err(limited(None)), Ok(())];
    let (outcome, _, took) = outcome_of(&retry(60), Endpoint::Search, outcomes()).await;
    assert!(outcome.is_ok());
    assert!(
        (Duration::from_secs(40)..Duration::from_secs(41)).contains(&took),
        "{took:?}"
    );
    // The window of other requests is not known.
    let (_, _, took) = outcome_of(&retry(60), Endpoint::Get, outcomes()).await;
    assert!(took < Duration::from_secs(2), "{took:?}");

    let (outcome, ..) = outcome_of(&retry(10), Endpoint::Search, outcomes()).await;
    let error = outcome.unwrap_err();
    assert_eq!(error.retry_after(), Some(Duration::from_secs(40)));
}

#[tokio::test(start_paused = true)]
async fn all_calls_to_an_endpoint_share_a_pause() {
    let retry = retry(60);
    let (outcome, ..) = outcome_of(&retry, Endpoint::Search, [Err(limited(Some(90)))]).await;
    assert_eq!(outcome.unwrap_err().attempts(), 1);

    // Not attempted, since the pause ends after the deadline.
    let (outcome, tried, took) = outcome_of(&retry, Endpoint::Search, []).await;
    let error = outcome.unwrap_err();
    assert_eq!((error.code(), error.attempts()), ("rate_limited", 0));
    assert_eq!(error.retry_after(), Some(Duration::from_secs(90)));
    assert_eq!(error.api_error().unwrap().request_id, None);
    assert_eq!((tried, took), (0, Duration::ZERO));
    // The other endpoint is rate-limited separately.
    let (outcome, _, took) = outcome_of(&retry, Endpoint::Get, [Ok(())]).await;
    assert_eq!((outcome.is_ok(), took), (true, Duration::ZERO));

    tokio::time::advance(Duration::from_secs(50)).await;
    let (outcome, _, took) = outcome_of(&retry, Endpoint::Search, [Ok(())]).await;
    assert!(outcome.is_ok());
    assert!(
        (Duration::from_secs(40)..Duration::from_secs(41)).contains(&took),
        "{took:?}"
    );
    assert_eq!((retry.pauses(), retry.retries()), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn limits_a_pause_to_an_hour() {
    let retry = retry(60);
    let absurd = limited(Some(u64::MAX / 1000));
    let _ = outcome_of(&retry, Endpoint::Search, [Err(absurd)]).await;
    tokio::time::advance(Duration::from_hours(1)).await;
    let (outcome, _, took) = outcome_of(&retry, Endpoint::Search, [Ok(())]).await;
    assert_eq!((outcome.is_ok(), took), (true, Duration::ZERO));
}

#[tokio::test(start_paused = true)]
async fn limits_attempts_and_calls_separately() {
    let retry = retry(70);
    let begun = Instant::now();
    let forever = |attempt: Attempt| seen(attempt.run(std::future::pending()));
    let error = retry
        .call(&credential(), Endpoint::Get, None, forever)
        .await
        .unwrap_err();
    let Error::Deadline { after, attempts } = error else {
        panic!("{error:?}");
    };
    assert_eq!((after, attempts), (Duration::from_secs(70), 3));
    assert_eq!(begun.elapsed(), Duration::from_secs(70));

    // Overflows the clock.
    let mut endless = super::tests::retry(1);
    endless.limits.deadline = Duration::MAX;
    let (outcome, ..) = outcome_of(&endless, Endpoint::Get, [Err(status(503)), Ok(())]).await;
    assert!(outcome.is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_call_may_have_an_earlier_deadline_and_not_a_later_one() {
    let retry = retry(70);
    for (requested, expected) in [(5, 5), (100, 70)] {
        let begun = Instant::now();
        let forever = |attempt: Attempt| seen(attempt.run(std::future::pending()));
        let requested = Some(Duration::from_secs(requested));
        let error = retry
            .call(&credential(), Endpoint::Get, requested, forever)
            .await
            .unwrap_err();
        let expected = Duration::from_secs(expected);
        assert!(
            matches!(error, Error::Deadline { after, .. } if after == expected),
            "{error}"
        );
        assert_eq!(begun.elapsed(), expected);
    }
}

/// A component may claim that there were too many requests. This affects only its own call.
#[tokio::test(start_paused = true)]
async fn a_rate_limit_without_a_response_pauses_no_other_calls() {
    for status in [None, Some(200), Some(503)] {
        let retry = retry(60);
        let claim = |_| async move {
            let result = Err::<(), _>(limited(Some(3600)));
            Outcome { result, status }
        };
        let claimed = retry
            .call(&credential(), Endpoint::Search, None, claim)
            .await;
        assert_eq!(claimed.unwrap_err().code(), "rate_limited");
        assert_eq!(retry.pauses(), 0, "{status:?}");
        let (outcome, _, took) = outcome_of(&retry, Endpoint::Search, [Ok(())]).await;
        assert_eq!(
            (outcome.is_ok(), took),
            (true, Duration::ZERO),
            "{status:?}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_wrong_secret_does_not_pause_the_calls_of_a_project() {
    let retry = retry(60);
    let stranger = Credential::new("project-test-1", Secret::new("guessed".to_owned()));
    let limit = |attempt: Attempt| seen(attempt.run(async { Err(limited(Some(3600))) }));
    let refused = retry.call(&stranger, Endpoint::Search, None, limit).await;
    assert_eq!(refused.unwrap_err().attempts(), 1);
    let (outcome, _, took) = outcome_of(&retry, Endpoint::Search, [Ok(())]).await;
    assert_eq!((outcome.is_ok(), took), (true, Duration::ZERO));
}

/// Otherwise a component that sends nothing could spend the budget of all calls.
#[tokio::test(start_paused = true)]
async fn does_not_retry_an_attempt_that_sent_nothing() {
    let claim = status(503).with_attempts(0);
    let (outcome, tried, _) = outcome_of(&retry(60), Endpoint::Get, [Err(claim)]).await;
    assert_eq!((outcome.unwrap_err().attempts(), tried), (0, 1));
}
