//! What is sent, and what is not.

use crate::{credential, plugin};
use stytch_host::types::{self, CustomFilter, Filter, Operator, Query, SearchRequest};
use stytch_host::{Credential, Error, Secret};
use stytch_testkit::{Answer, ScriptedServer};

fn lines(request: &str) -> (Vec<String>, String) {
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    let mut lines: Vec<_> = head.lines().map(str::to_lowercase).collect();
    lines[1..].sort();
    (lines, body.to_owned())
}

fn search(query: Option<Query>, limit: Option<u32>, cursor: Option<&str>) -> SearchRequest {
    SearchRequest {
        query,
        limit,
        cursor: cursor.map(str::to_owned),
    }
}

#[tokio::test]
async fn a_search_sends_exactly_these_headers() {
    let server = ScriptedServer::start(Answer::http("200 OK", &[], r#"{"results":[]}"#));
    let query = Query {
        operator: Operator::And,
        operands: vec![Filter::EmailAddress(vec!["jane@example.com".into()])],
    };
    let request = search(Some(query), Some(5), Some("c"));
    plugin()
        .search_users(&credential(&server.base_url()), &request)
        .await
        .unwrap();
    let (head, body) = lines(&server.request());
    let expected = r#"{"cursor":"c","limit":5,"query":{"operator":"AND","operands":[{"filter_name":"email_address","filter_value":["jane@example.com"]}]}}"#;
    assert_eq!(body, expected);
    let length = format!("content-length: {}", expected.len());
    let host = format!("host: 127.0.0.1:{}", server.port());
    assert_eq!(
        head,
        [
            "post /v1/users/search http/1.1",
            "authorization: basic chjvamvjdc10zxn0lte6c2vjcmv0lxrlc3qtmq==",
            &length,
            "content-type: application/json",
            &host,
            "user-agent: stytch-users-component/0.1.0",
        ]
    );
}

#[tokio::test]
async fn an_external_id_is_one_encoded_path_segment() {
    let server = ScriptedServer::start(Answer::http("200 OK", &[], r#"{"user_id":"u"}"#));
    plugin()
        .retrieve_user(&credential(&server.base_url()), "ext|id.1_a-b")
        .await
        .unwrap();
    let (head, body) = lines(&server.request());
    assert_eq!(head[0], "get /v1/users/ext%7cid.1_a-b http/1.1");
    assert!(
        !head.iter().any(|line| line.starts_with("content-")),
        "{head:?}"
    );
    assert_eq!(body, "");
}

#[tokio::test]
async fn a_large_query_arrives_completely() {
    let server = ScriptedServer::start(Answer::http("200 OK", &[], r#"{"results":[]}"#));
    let ids: Vec<_> = (0..100_000).map(|i| format!("user-test-{i:032}")).collect();
    let query = Query {
        operator: Operator::Or,
        operands: vec![Filter::UserId(ids)],
    };
    plugin()
        .search_users(
            &credential(&server.base_url()),
            &search(Some(query), None, None),
        )
        .await
        .unwrap();
    let (_, body) = lines(&server.request());
    assert!(
        body.len() > 4_000_000
            && body.ends_with("user-test-00000000000000000000000000099999\"]}]}}")
    );
}

#[tokio::test]
async fn invalid_input_is_reported_and_not_sent() {
    let server = ScriptedServer::start(Answer::http("200 OK", &[], "{}"));
    let credential = credential(&server.base_url());
    let custom = |name: &str, value: &str| Query {
        operator: Operator::And,
        operands: vec![Filter::Other(CustomFilter {
            filter_name: name.into(),
            filter_value: value.into(),
        })],
    };
    for id in [
        "",
        "..",
        "../sessions",
        "a/b",
        "a b",
        "a\n",
        "ü",
        &"x".repeat(129),
    ] {
        let error = plugin().retrieve_user(&credential, id).await.unwrap_err();
        assert_eq!(field(&error), "user-id", "{id:?}");
    }
    for (request, expected) in [
        (search(None, Some(0), None), "request.limit"),
        (search(None, Some(1001), None), "request.limit"),
        (search(None, None, Some("a\0")), "request.cursor"),
        (
            search(Some(custom("a", "red")), None, None),
            "request.query.operands[0].filter-value",
        ),
        (
            search(Some(custom("", "1")), None, None),
            "request.query.operands[0].filter-name",
        ),
    ] {
        let error = plugin()
            .search_users(&credential, &request)
            .await
            .unwrap_err();
        assert_eq!(field(&error), expected);
        assert!(!error.is_retryable());
    }
    assert_eq!(server.pending_requests(), 0);
}

fn field(error: &Error) -> &str {
    match error {
        Error::Plugin {
            error: types::Error::InvalidInput(problem),
            ..
        } => &problem.field,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn an_invalid_credential_is_not_sent() {
    let secret = |text: &str| Secret::new(text.into());
    for (project_id, given, base_url, key) in [
        (
            "project-live-1",
            "secret-live-1",
            "https://test.stytch.com",
            "base-url",
        ),
        (
            "project-test-1",
            "secret-test-1",
            "https://api.stytch.com",
            "base-url",
        ),
        (
            "project-live-1",
            "secret-test-1",
            "https://api.stytch.com",
            "secret",
        ),
        ("", "secret-test-1", "https://test.stytch.com", "project-id"),
        ("project-test-1", "", "https://test.stytch.com", "secret"),
        (
            "project-test-1",
            "two words",
            "https://test.stytch.com",
            "secret",
        ),
    ] {
        let credential = Credential::new(project_id, secret(given));
        let credential = credential.with_base_url(base_url).unwrap();
        match plugin().check(&credential).await.unwrap_err() {
            Error::Plugin {
                error: types::Error::Misconfigured(problem),
                ..
            } => {
                assert_eq!(problem.key, key);
                assert!(!problem.reason.contains("two words"));
            }
            other => panic!("{other:?}"),
        }
    }
}
