//! Many calls to one server, and searches with many pages.

use super::*;
use futures_util::future::join_all;
use std::num::NonZeroU32;
use stytch_host::search::SearchError;

/// Every caller gets the error, and nobody retries. Calls after the first response send
/// no request, since the time to retry is beyond their deadline.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_storm_of_429() {
    const CALLERS: usize = 200;
    let body = r#"{"status_code":429,"error_type":"too_many_requests"}"#;
    for settings in [
        |builder: PluginBuilder| builder,
        |builder: PluginBuilder| builder.pool(NonZeroU32::new(16).unwrap()),
    ] {
        let answer = Answer::http(
            "429 Too Many Requests",
            &["retry-after: 120", "connection: close"],
            body,
        );
        let server = ScriptedServer::start(answer);
        let tasks = Handle::current().metrics().num_alive_tasks();
        let plugin = plugin(settings);
        let base_url = server.base_url();
        let start = Instant::now();
        let calls = (0..CALLERS).map(|number| {
            let operation = Operation::BOTH[number % 2];
            operation.outcome(&plugin, &base_url)
        });
        for outcome in join_all(calls).await {
            assert_eq!(outcome, "rate_limited");
        }
        assert!(start.elapsed() < SOON, "{:?}", start.elapsed());
        let requests = server.pending_requests();
        assert!((2..=CALLERS).contains(&requests), "{requests}");
        drop(plugin);
        assert!(settles(|| server.open_connections() == 0).await);
        assert!(settles(|| Handle::current().metrics().num_alive_tasks() <= tasks).await);
    }
}

/// Callers that give up leave nothing behind.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dropped_calls_leave_nothing_behind() {
    let server = ScriptedServer::start(Answer::Stall(ok("content-length: 100", "{").into()));
    let tasks = Handle::current().metrics().num_alive_tasks();
    let plugin = plugin(|builder| builder);
    let base_url = server.base_url();
    let calls = join_all((0..100).map(|_| Operation::Search.outcome(&plugin, &base_url)));
    let left = tokio::time::timeout(DEADLINE, calls).await;
    assert!(left.is_err(), "{left:?}");
    assert!(settles(|| server.open_connections() == 0).await);
    drop(plugin);
    assert!(settles(|| Handle::current().metrics().num_alive_tasks() <= tasks).await);
}

#[tokio::test]
async fn a_search_with_repeating_cursors_ends() {
    let page = |cursor: &str| {
        let body = format!(
            r#"{{"results":[],"results_metadata":{{"total":9,"next_cursor":"{cursor}"}}}}"#
        );
        Answer::http("200 OK", &["connection: close"], body)
    };
    for (cursors, pages) in [
        (&["a", "a"][..], 2),
        (&["a", "b", "a"], 3),
        (&["a", "b", "c", "d", "b"], 5),
    ] {
        let answers = cursors.iter().map(|cursor| page(cursor)).collect();
        let server = ScriptedServer::start_with(answers);
        let plugin = plugin(|builder| builder);
        let mut search = plugin.search(&credential(&server.base_url()), everyone());
        let error = loop {
            match search.next_page().await {
                Ok(Some(_)) => {}
                Ok(None) => panic!("{cursors:?}: it ended well"),
                Err(error) => break error,
            }
        };
        let SearchError::Circle { pages: read } = error else {
            panic!("{cursors:?}: {error:?}");
        };
        assert_eq!(read, pages, "{cursors:?}");
        // Pages are prefetched, but not after the cycle was detected.
        assert!(server.pending_requests() <= cursors.len(), "{cursors:?}");
    }
}

#[tokio::test]
async fn an_empty_cursor_ends_a_search() {
    for cursor in ["null", "\"\""] {
        let body =
            format!(r#"{{"results":[],"results_metadata":{{"total":0,"next_cursor":{cursor}}}}}"#);
        let server = ScriptedServer::start(Answer::http("200 OK", &[], body));
        let plugin = plugin(|builder| builder);
        let mut search = plugin.search(&credential(&server.base_url()), everyone());
        while search.next_page().await.unwrap().is_some() {}
        assert_eq!(server.pending_requests(), 1, "{cursor}");
    }
}
