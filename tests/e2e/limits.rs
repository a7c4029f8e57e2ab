//! The resource limits of a call.

use crate::{builder, credential, error_of, everyone};
use std::fmt::Write;
use stytch_host::{Error, Limit};
use stytch_testkit::{Answer, ScriptedServer};

/// A page of about 20 MB.
fn large_page() -> Answer {
    let mut body = r#"{"results":["#.to_owned();
    for number in 0..100_000 {
        let comma = if number == 0 { "" } else { "," };
        write!(
            body,
            r#"{comma}{{"user_id":"user-test-{number:032}","roles":["a","b","c"],"emails":[{{"email":"e{number}@example.com","verified":true}}],"trusted_metadata":{{"n":{number},"text":"{number:060}"}}}}"#
        )
        .unwrap();
    }
    body.push_str("]}");
    Answer::http("200 OK", &[], body)
}

#[tokio::test]
async fn a_large_page_fits_into_the_default_limits() {
    let server = ScriptedServer::start(large_page());
    let plugin = builder().build().unwrap();
    let page = plugin
        .search_users(&credential(&server.base_url()), &everyone())
        .await
        .unwrap();
    assert_eq!(page.users.len(), 100_000);
}

#[tokio::test]
async fn memory_is_limited() {
    let plugin = builder().max_memory_bytes(16 << 20).build().unwrap();
    let error = error_of(&plugin, large_page()).await;
    assert!(matches!(error, Error::Limit(Limit::Memory)), "{error:?}");
    assert_eq!(
        (error.code(), error.is_retryable()),
        ("plugin_failed", false)
    );
}

#[tokio::test]
async fn cpu_time_is_limited() {
    let plugin = builder()
        .max_cpu_time(std::time::Duration::from_millis(10))
        .build()
        .unwrap();
    let error = error_of(&plugin, large_page()).await;
    assert!(matches!(error, Error::Limit(Limit::Cpu)), "{error:?}");
}
