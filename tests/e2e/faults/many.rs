//! What many calls do to one server, and what one search does over many pages.

use super::*;
use futures_util::future::join_all;
use std::num::NonZeroU32;
use stytch_host::search::SearchError;

/// Every caller is told, and nobody asks twice; who comes after the first was told
/// does not ask at all, since its deadline is before the time that Stytch says.
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
        let begun = Instant::now();
        let calls = (0..CALLERS).map(|number| {
            let operation = Operation::BOTH[number % 2];
            operation.outcome(&plugin, &base_url)
        });
        for outcome in join_all(calls).await {
            assert_eq!(outcome, "rate_limited");
        }
        assert!(begun.elapsed() < SOON, "{:?}", begun.elapsed());
        let requests = server.pending_requests();
        assert!((2..=CALLERS).contains(&requests), "{requests}");
        drop(plugin);
        assert!(settles(|| server.open_connections() == 0).await);
        assert!(settles(|| Handle::current().metrics().num_alive_tasks() <= tasks).await);
    }
}

/// Callers that lose patience leave nothing behind.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_that_are_dropped() {
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
async fn a_search_that_goes_in_a_circle_ends() {
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
        // A page is asked for ahead of time, but not after the circle was seen.
        assert!(server.pending_requests() <= cursors.len(), "{cursors:?}");
    }
}

#[tokio::test]
async fn an_empty_cursor_is_the_end() {
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
