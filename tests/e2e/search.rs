//! The pages of a search, with the library.

use crate::{credential, emulated, everyone, plugin};
use futures_util::{StreamExt, TryStreamExt};
use std::time::Duration;
use stytch_emulator::{Chaos, Emulator, Options};
use stytch_host::Credential;
use stytch_host::search::{Pages, SearchError, Step};
use stytch_host::types::SearchRequest;
use stytch_testkit::{Answer, ScriptedServer};

async fn emulator(chaos: &str) -> (Emulator, Credential) {
    emulated(Options::default().chaos(chaos.parse::<Chaos>().unwrap())).await
}

fn search(credential: &Credential) -> Pages {
    let request = SearchRequest {
        limit: Some(30),
        ..everyone()
    };
    plugin().search(credential, request)
}

#[tokio::test]
async fn a_search_is_a_stream_of_pages() {
    let (_emulator, credential) = emulator("").await;
    let mut search = search(&credential);
    let pages: Vec<_> = search.pages().try_collect().await.unwrap();
    let sizes: Vec<_> = pages.iter().map(|page| page.users.len()).collect();
    assert_eq!(sizes, [30, 30, 30, 30, 30, 30, 20]);
    let receipt = search.receipt().unwrap();
    assert_eq!((receipt.unique_users, receipt.complete), (200, true));
    assert_eq!(search.cursor(), None);
}

#[tokio::test]
async fn a_failed_page_can_be_requested_again() {
    let (_emulator, credential) = emulator("503@3").await;
    let mut search = search(&credential);
    let mut failures = 0;
    loop {
        match search.next_page().await {
            Ok(Some(_)) => {}
            Ok(None) => break,
            Err(SearchError::Page(error)) => {
                assert_eq!(error.code(), "unavailable");
                assert_eq!(search.users(), 60);
                failures += 1;
            }
            Err(other) => panic!("{other:?}"),
        }
    }
    assert_eq!(failures, 1);
    assert!(search.receipt().unwrap().complete);
}

#[tokio::test]
async fn a_stream_ends_with_its_first_error() {
    let (_emulator, credential) = emulator("503@3").await;
    let mut search = search(&credential);
    let pages: Vec<_> = search.pages().collect().await;
    assert_eq!(pages.len(), 3);
    assert!(pages[2].is_err());
    assert!(!search.receipt().unwrap().complete);
}

#[tokio::test]
async fn a_search_resumes_from_the_steps_of_another() {
    let (_emulator, credential) = emulator("").await;
    let mut first = search(&credential);
    let mut second = search(&credential);
    let mut steps: Vec<Step> = Vec::new();
    while first.users() < 90 {
        first.next_page().await.unwrap();
        steps.push(first.last_step().clone());
    }
    for step in steps {
        second.replay(step).unwrap();
    }
    assert_eq!(second.cursor(), first.cursor());
    let rest: Vec<_> = second.pages().try_collect().await.unwrap();
    assert_eq!(rest.iter().map(|page| page.users.len()).sum::<usize>(), 110);
    while first.next_page().await.unwrap().is_some() {}
    assert_eq!(second.receipt().unwrap(), first.receipt().unwrap());
}

#[tokio::test]
async fn no_page_is_requested_after_the_last() {
    let (emulator, credential) = emulator("").await;
    let mut search = search(&credential).max_users(60);
    while search.next_page().await.unwrap().is_some() {}
    assert_eq!(emulator.requests(), 2);
}

#[tokio::test]
async fn a_dropped_search_cancels_its_request() {
    let server = ScriptedServer::start(Answer::Stall(vec![]));
    let credential = credential(&server.base_url());
    let mut search = search(&credential);
    let wait = tokio::time::timeout(Duration::from_millis(200), search.next_page());
    assert!(wait.await.is_err());
    drop(search);
    // Its task has ended, and with it the last reference to the connection.
    tokio::time::timeout(Duration::from_secs(5), async {
        while tokio::runtime::Handle::current()
            .metrics()
            .num_alive_tasks()
            > 1
        {
            tokio::task::yield_now().await;
        }
    })
    .await
    .unwrap();
}
