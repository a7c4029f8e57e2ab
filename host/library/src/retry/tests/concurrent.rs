//! Tests of the retry budget with many concurrent calls.

use super::*;
use std::sync::atomic::{AtomicU32, Ordering};
use tokio::task::JoinSet;

/// Returns how many requests a thousand concurrent calls send if all of them fail.
async fn requests_of_a_thousand_calls(endpoint: Endpoint, error: fn() -> Error) -> u32 {
    let retry = std::sync::Arc::new(retry(60));
    let sent = std::sync::Arc::new(AtomicU32::new(0));
    let mut calls = JoinSet::new();
    for _ in 0..1000 {
        let (retry, sent) = (retry.clone(), sent.clone());
        calls.spawn(async move {
            let attempt = |attempt: Attempt| {
                sent.fetch_add(1, Ordering::Relaxed);
                seen(attempt.run(async {
                    sleep(Duration::from_millis(100)).await;
                    Err::<(), _>(error())
                }))
            };
            retry.call(&credential(), endpoint, None, attempt).await
        });
    }
    assert!(calls.join_all().await.iter().all(Result::is_err));
    sent.load(Ordering::Relaxed)
}

#[tokio::test(start_paused = true)]
async fn a_thousand_failing_calls_do_not_send_three_thousand_requests() {
    let (calls, most) = (1_000, 1_300);
    for (name, endpoint, error) in [
        ("503", Endpoint::Get, (|| status(503)) as fn() -> Error),
        ("429", Endpoint::Get, || limited(None)),
        ("503 with a hint", Endpoint::Get, || {
            api_error(503, None, Some(15))
        }),
        ("a reset", Endpoint::Search, reset),
    ] {
        let sent = requests_of_a_thousand_calls(endpoint, error).await;
        assert!((calls + 200..=most).contains(&sent), "{name}: {sent}");
    }
    // The first that come back in the next minute tell the others, which then send
    // nothing.
    let sent = requests_of_a_thousand_calls(Endpoint::Search, || limited(None)).await;
    assert!((calls + 1..calls + 100).contains(&sent), "429: {sent}");
}

#[tokio::test(start_paused = true)]
async fn the_budget_recovers_over_time() {
    let retry = retry(60);
    let account = retry.accounts.of(&credential());
    while account.may_retry() {}
    let (outcome, tried, _) = outcome_of(&retry, Endpoint::Get, [Err(status(503))]).await;
    assert_eq!((outcome.unwrap_err().attempts(), tried), (1, 1));
    tokio::time::advance(Duration::from_secs(70)).await;
    let (outcome, ..) = outcome_of(&retry, Endpoint::Get, [Err(status(503)), Ok(())]).await;
    assert!(outcome.is_ok());
}
