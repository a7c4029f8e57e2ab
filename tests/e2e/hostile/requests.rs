//! Requests that a component must not send.

use super::{attack, authority, hostile, nowhere};
use crate::{builder, credential};
use std::time::Duration;
use stytch_testkit::{Answer, ScriptedServer};

/// Some servers let headers override the method and the path.
#[tokio::test]
async fn headers_that_override_the_method_or_path_are_not_sent() {
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
        let message = error.to_string();
        assert!(message.contains("the request has a body"), "{message}");
        assert_eq!(error.attempts(), 0);
    }
}

#[tokio::test]
async fn an_origin_chosen_by_a_component_is_not_repeated_in_a_hint() {
    let stytch = ScriptedServer::start(Answer::http("200 OK", &[], "{}"));
    let evil = ScriptedServer::start(Answer::http("200 OK", &[], "{}"));
    let credential = credential(&stytch.base_url());
    let error = attack(&hostile("body", builder()), &credential, &authority(&evil)).await;
    let message = error.to_string();
    let asked = format!("the component requested GET at \"{}\"", evil.base_url());
    assert!(message.contains(&asked), "{message}");
    assert_eq!(message.matches(&evil.base_url()).count(), 1, "{message}");
    assert_eq!((stytch.pending_requests(), evil.pending_requests()), (0, 0));
}

/// Only its own call fails, and without a delay.
#[tokio::test]
async fn a_component_cannot_delay_other_calls() {
    let plugin = hostile("limited", builder().max_attempts(3));
    let error = attack(&plugin, &nowhere(), "u").await;
    assert_eq!((error.code(), error.attempts()), ("rate_limited", 0));
    assert_eq!(error.retry_after(), Some(Duration::from_hours(1)));
    // It succeeds, so it was not delayed.
    let error = attack(&plugin, &nowhere(), "another").await;
    assert_eq!(error.code(), "malformed_response", "{error}");
}
