//! Requests that a component has no business with, and what it says of them.

use super::{attack, authority, hostile, nowhere};
use crate::{builder, credential};
use std::time::Duration;
use stytch_testkit::{Answer, ScriptedServer};

/// Some servers take the method and the path out of headers.
#[tokio::test]
async fn headers_that_would_make_another_request_are_not_sent() {
    for settings in [builder(), builder().sealed()] {
        let server = ScriptedServer::start(Answer::http("200 OK", &[], "{}"));
        let plugin = hostile("override", settings);
        attack(
            &plugin,
            &credential(&server.base_url()),
            &authority(&server),
        )
        .await;
        let request = server.request().to_lowercase();
        assert!(
            request.starts_with("get /v1/users/x http/1.1\r\n"),
            "{request}"
        );
        for part in [
            "x-http-method-override",
            "x-original-url",
            "delete",
            "sessions",
        ] {
            assert!(!request.contains(part), "{part}: {request}");
        }
    }
}

#[tokio::test]
async fn a_body_with_get_is_denied() {
    for settings in [builder(), builder().sealed()] {
        let server = ScriptedServer::start(Answer::http("200 OK", &[], "{}"));
        let plugin = hostile("body", settings);
        let error = attack(
            &plugin,
            &credential(&server.base_url()),
            &authority(&server),
        )
        .await;
        assert_eq!(server.pending_requests(), 0);
        assert!(error.is_denied(), "{error:?}");
        let said = error.to_string();
        assert!(said.contains("the request has a body"), "{said}");
        assert_eq!(error.attempts(), 0);
    }
}

#[tokio::test]
async fn an_origin_that_a_component_chose_is_no_advice_of_the_host() {
    let stytch = ScriptedServer::start(Answer::http("200 OK", &[], "{}"));
    let evil = ScriptedServer::start(Answer::http("200 OK", &[], "{}"));
    let credential = credential(&stytch.base_url());
    let error = attack(&hostile("body", builder()), &credential, &authority(&evil)).await;
    let said = error.to_string();
    let asked = format!("the component requested GET at \"{}\"", evil.base_url());
    assert!(said.contains(&asked), "{said}");
    assert_eq!(said.matches(&evil.base_url()).count(), 1, "{said}");
    assert_eq!((stytch.pending_requests(), evil.pending_requests()), (0, 0));
}

/// Only its own call fails, and at once: there is nothing to wait for.
#[tokio::test]
async fn a_component_cannot_hold_back_the_calls_of_others() {
    let plugin = hostile("limited", builder().max_attempts(3));
    let error = attack(&plugin, &nowhere(), "u").await;
    assert_eq!((error.code(), error.attempts()), ("rate_limited", 0));
    assert_eq!(error.retry_after(), Some(Duration::from_hours(1)));
    // It runs, so nothing holds it back.
    let error = attack(&plugin, &nowhere(), "another").await;
    assert_eq!(error.code(), "malformed_response", "{error}");
}
