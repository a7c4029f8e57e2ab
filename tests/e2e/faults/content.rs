//! Complete responses with unexpected content.

use super::*;

/// Bodies with status 200, each with the outcome of a search and of a retrieval.
#[expect(clippy::too_many_lines, reason = "it is a table")]
#[tokio::test]
async fn unexpected_bodies() {
    const MALFORMED: &str = "malformed_response";
    let deep = |inner: &str| {
        let nested = "[".repeat(100_000) + &"]".repeat(100_000);
        inner.replace('@', &nested)
    };
    let objects = format!("{}1{}", "{\"a\":".repeat(100_000), "}".repeat(100_000));
    let user = |member: &str| {
        format!(
            r#"{{"user_id":"user-test-1",{member},"results":[{{"user_id":"user-test-1",{member}}}]}}"#
        )
    };
    let rows: Vec<(&str, Vec<u8>, &str)> = vec![
        ("nothing", vec![], MALFORMED),
        (
            "HTML",
            "<html><body>Bad Gateway</body></html>".into(),
            MALFORMED,
        ),
        ("an empty object", "{}".into(), MALFORMED),
        ("null", "null".into(), MALFORMED),
        ("a number", "1".into(), MALFORMED),
        (
            "half a body",
            r#"{"results":[{"user_id":"#.into(),
            MALFORMED,
        ),
        (
            "more than a body",
            r#"{"results":[],"user_id":"user-test-1"}{}"#.into(),
            MALFORMED,
        ),
        (
            "a byte order mark",
            "\u{feff}{\"results\":[],\"user_id\":\"user-test-1\"}".into(),
            MALFORMED,
        ),
        ("UTF-16", "\u{0}{\u{0}}".into(), MALFORMED),
        (
            "invalid UTF-8 in a string",
            [
                br#"{"results":[{"user_id":"a"#,
                &b"\xff"[..],
                br#""}],"user_id":"a"#,
                b"\xc3",
                br#""}"#,
            ]
            .concat(),
            MALFORMED,
        ),
        (
            "invalid UTF-8 in metadata",
            [
                br#"{"user_id":"a","trusted_metadata":{"a":""#,
                &b"\xff"[..],
                br#""},"results":[{"user_id":"a","trusted_metadata":{"a":""#,
                b"\xff",
                br#""}}]}"#,
            ]
            .concat(),
            MALFORMED,
        ),
        (
            "invalid UTF-8 around the body",
            b"\xff\xfe{}".to_vec(),
            MALFORMED,
        ),
        (
            "a lone surrogate",
            user(r#""status":"\ud800""#).into(),
            "ok",
        ),
        (
            "a control character",
            user("\"status\":\"\u{1}\"").into(),
            MALFORMED,
        ),
        ("100,000 arrays", deep("@").into(), MALFORMED),
        ("100,000 objects", objects.into(), MALFORMED),
        (
            "100,000 arrays in metadata",
            deep(&user(r#""trusted_metadata":{"a":@}"#)).into(),
            "ok",
        ),
        (
            "100,000 arrays in an unknown member",
            deep(&user(r#""new":@"#)).into(),
            "ok",
        ),
        (
            "a number in place of a text",
            user(r#""status":1"#).into(),
            MALFORMED,
        ),
        (
            "a text in place of a truth",
            user(r#""is_locked":"no""#).into(),
            MALFORMED,
        ),
        (
            "an object in place of a list",
            user(r#""emails":{}"#).into(),
            MALFORMED,
        ),
        (
            "null in a list",
            user(r#""emails":[null]"#).into(),
            MALFORMED,
        ),
        (
            "a member twice",
            user(r#""status":"active","status":"pending""#).into(),
            "ok",
        ),
        (
            "an ID twice",
            user(r#""user_id":"user-test-2""#).into(),
            "ok",
        ),
        ("an endless number", user(r#""new":1e"#).into(), MALFORMED),
        ("not a number", user(r#""new":NaN"#).into(), MALFORMED),
        (
            "a number beyond all bounds in an unknown member",
            user(r#""new":1e999999"#).into(),
            "ok",
        ),
        (
            "a long number in metadata",
            user(&format!(
                r#""trusted_metadata":{{"a":{}}}"#,
                "9".repeat(100_000)
            ))
            .into(),
            "ok",
        ),
    ];
    let plugin = plugin(|builder| builder);
    let mut failures = Vec::new();
    for (name, body, expected) in rows {
        for operation in Operation::BOTH {
            let server = ScriptedServer::start(Answer::http("200 OK", &[], &body));
            let start = Instant::now();
            let outcome = operation.outcome(&plugin, &server.base_url()).await;
            if outcome != expected || start.elapsed() > SOON {
                failures.push(format!(
                    "{name} ({operation:?}): {outcome} and not {expected}, in {:?}",
                    start.elapsed()
                ));
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[tokio::test]
async fn numbers_out_of_range() {
    let plugin = plugin(|builder| builder);
    for total in [
        "1.5",
        "1e3",
        "1e999",
        "18446744073709551616",
        "99999999999999999999999",
        "\"1\"",
    ] {
        let body = format!(
            r#"{{"results":[],"results_metadata":{{"total":{total},"next_cursor":null}}}}"#
        );
        let server = ScriptedServer::start(Answer::http("200 OK", &[], body));
        let outcome = Operation::Search.outcome(&plugin, &server.base_url()).await;
        assert_eq!(outcome, "malformed_response", "{total}");
    }
}

/// The status determines the outcome, whatever the body is.
#[tokio::test]
async fn error_statuses_with_any_body() {
    let plugin = plugin(|builder| builder);
    let nested = "[".repeat(100_000);
    for (status, expected) in [
        ("400 Bad Request", "rejected"),
        ("401 Unauthorized", "rejected"),
        ("404 Not Found", "rejected"),
        ("429 Too Many Requests", "rate_limited"),
        ("500 Internal Server Error", "unavailable"),
        ("502 Bad Gateway", "unavailable"),
        ("599 Unknown", "unavailable"),
    ] {
        for body in [
            &b""[..],
            b"<html>\xff</html>",
            b"{}",
            br#"{"error_type":7,"error_message":[],"status_code":"x"}"#,
            br#"{"status_code":99999999999999999999}"#,
            br#"{"error_type":"a","error_type":"b"}"#,
            br#"{"error_message":"\ud800"}"#,
            nested.as_bytes(),
        ] {
            for operation in Operation::BOTH {
                let server = ScriptedServer::start(Answer::http(status, &[], body));
                let outcome = operation.outcome(&plugin, &server.base_url()).await;
                let body = String::from_utf8_lossy(&body[..body.len().min(40)]);
                // One body has the name of a Stytch error.
                let expected = match (expected, status) {
                    ("rejected", "401 Unauthorized") if body.contains(r#""error_type":"b""#) => {
                        "unauthorized"
                    }
                    _ => expected,
                };
                assert_eq!(outcome, expected, "{operation:?}: {status} {body}");
            }
        }
    }
}

/// It was not requested, and not decoding it prevents decompression bombs.
#[tokio::test]
async fn a_compressed_body_is_not_decoded() {
    // A stored block, which contains a valid page uncompressed.
    let page: &[u8] = br#"{"results":[]}"#;
    let mut gzip = b"\x1f\x8b\x08\0\0\0\0\0\0\xff\x01\x0e\0\xf1\xff".to_vec();
    gzip.extend_from_slice(page);
    gzip.extend_from_slice(&0x4299_8f17_u32.to_le_bytes());
    gzip.extend_from_slice(&14_u32.to_le_bytes());
    let plugin = plugin(|builder| builder);
    for coding in ["gzip", "deflate", "br", "zstd"] {
        let header = format!("content-encoding: {coding}");
        let server = ScriptedServer::start(Answer::http("200 OK", &[&header], &gzip));
        let outcome = Operation::Search.outcome(&plugin, &server.base_url()).await;
        assert_eq!(outcome, "malformed_response", "{coding}");
        let credential = credential(&server.base_url());
        let search = plugin.search_users(&credential, &everyone()).await;
        let error = search.unwrap_err().to_string();
        assert!(
            error.contains(&format!("encoded with {coding},")),
            "{error}"
        );
        assert!(!server.request().to_lowercase().contains("accept-encoding"));
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let elsewhere = ScriptedServer::start(Answer::http("200 OK", &[], r#"{"results":[]}"#));
    let plugin = plugin(|builder| builder);
    for status in [
        "301 Moved",
        "302 Found",
        "303 See Other",
        "307 Temporary",
        "308 Permanent",
        "300 Many",
        "304 Same",
    ] {
        for location in [elsewhere.base_url(), "/v1/users/search".to_owned()] {
            for operation in Operation::BOTH {
                let header = format!("location: {location}");
                let server = ScriptedServer::start(Answer::http(status, &[&header], ""));
                let outcome = operation.outcome(&plugin, &server.base_url()).await;
                assert_eq!(outcome, "malformed_response", "{status}");
                server.request();
                assert_eq!(server.pending_requests(), 0, "{status}");
            }
        }
    }
    assert_eq!(elsewhere.pending_requests(), 0);
}
