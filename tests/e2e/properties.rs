//! Property tests with generated bodies, searches and base URLs.

pub(crate) mod bodies;
pub(crate) mod searches;

use crate::{credential, plugin};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use stytch_host::Origin;
use stytch_host::json::search_request_from_json;
use stytch_testkit::{Answer, ScriptedServer, plain};
use tokio::runtime::Runtime;

pub(crate) fn runner(cases: u32) -> TestRunner {
    // A failure prints its case, to be added as a separate test.
    let failure_persistence = None;
    TestRunner::new(Config {
        cases,
        failure_persistence,
        ..Config::default()
    })
}

pub(crate) fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
}

pub(crate) fn server_with(body: &str) -> (ScriptedServer, stytch_host::Credential) {
    // The server handles one request per connection, so the host must not reuse it.
    let server = ScriptedServer::start(Answer::http("200 OK", &["connection: close"], body));
    let credential = credential(&server.base_url());
    (server, credential)
}

#[test]
fn a_retrieved_user_equals_the_plainly_parsed_body() {
    let runtime = runtime();
    let property = |body: String| {
        let (_server, credential) = server_with(&body);
        let retrieved = runtime
            .block_on(plugin().retrieve_user(&credential, "u"))
            .unwrap();
        prop_assert_eq!(
            serde_json::to_string(&retrieved).unwrap(),
            plain::retrieved(&body).unwrap()
        );
        Ok(())
    };
    runner(128).run(&bodies::retrieved(), property).unwrap();
}

#[test]
fn a_page_equals_the_plainly_parsed_body() {
    let runtime = runtime();
    let property = |body: String| {
        let (_server, credential) = server_with(&body);
        let page = runtime
            .block_on(plugin().search_users(&credential, &crate::everyone()))
            .unwrap();
        prop_assert_eq!(
            serde_json::to_string(&page).unwrap(),
            plain::page(&body).unwrap()
        );
        Ok(())
    };
    runner(64).run(&bodies::page(), property).unwrap();
}

#[test]
fn a_search_request_arrives_unchanged() {
    let runtime = runtime();
    let (server, credential) = server_with(r#"{"results":[]}"#);
    let property = |request: stytch_host::types::SearchRequest| {
        runtime
            .block_on(plugin().search_users(&credential, &request))
            .unwrap();
        let sent = server.request();
        let (_, body) = sent.split_once("\r\n\r\n").unwrap();
        prop_assert_eq!(
            format!("{:?}", search_request_from_json(body).unwrap()),
            format!("{request:?}")
        );
        Ok(())
    };
    runner(128).run(&searches::search(), property).unwrap();
}

#[test]
fn an_accepted_origin_is_valid_and_round_trips() {
    let near = r"(?i)https?://[a-z0-9.:@/\[\]%?# _-]{0,24}";
    let texts = prop_oneof![near, any::<String>()];
    let property = |text: String| {
        let Ok(origin) = text.parse::<Origin>() else {
            return Ok(());
        };
        let shown = origin.to_string();
        prop_assert!(
            !shown.contains(['@', '?', '#', '\\', ' ']) && shown.matches('/').count() == 2,
            "{}",
            shown
        );
        prop_assert_eq!(shown.parse::<Origin>(), Ok(origin));
        Ok(())
    };
    runner(4096).run(&texts, property).unwrap();
}
