//! Truncated, malformed, endless and stalled response bodies.

use super::*;

const CHUNKED: &str = "transfer-encoding: chunked";

#[tokio::test]
async fn truncated_bodies() {
    let start = |headers: &str, body: &str| Step::Send(ok(headers, body).into());
    check(
        vec![
            row(
                "an end within the length",
                ok("content-length: 100", "{\"results\""),
                "Truncated",
            ),
            row(
                "an end before the first byte",
                ok("content-length: 100", ""),
                "Truncated",
            ),
            row(
                "an end within a chunk",
                ok(CHUNKED, "5\r\n{\"re"),
                "Truncated",
            ),
            row(
                "an end between chunks",
                ok(CHUNKED, "3\r\n{\"r\r\n"),
                "Truncated",
            ),
            row(
                "an end within a chunk's size",
                ok(CHUNKED, "3\r\n{\"r\r\n1"),
                "Truncated",
            ),
            row(
                "an end before the last chunk's line",
                ok(CHUNKED, "e\r\n{\"results\":[]}\r\n0\r\n"),
                "Truncated",
            ),
            steps(
                "reset within the length",
                vec![
                    Step::Request,
                    start("content-length: 100", "{"),
                    Step::Reset,
                ],
                "Truncated",
            ),
            steps(
                "reset within a chunk",
                vec![Step::Request, start(CHUNKED, "5\r\n{"), Step::Reset],
                "Truncated",
            ),
        ],
        |builder| builder,
    )
    .await;
}

#[tokio::test]
async fn malformed_chunks() {
    check(
        vec![
            row(
                "a size that is no number",
                ok(CHUNKED, "x\r\n{}\r\n0\r\n\r\n"),
                "Protocol",
            ),
            row(
                "a size that is negative",
                ok(CHUNKED, "-1\r\n{}\r\n0\r\n\r\n"),
                "Protocol",
            ),
            row(
                "a size beyond 64 bits",
                ok(CHUNKED, "fffffffffffffffff\r\n{}\r\n0\r\n\r\n"),
                "Protocol",
            ),
            row(
                "a chunk longer than its size",
                ok(CHUNKED, "2\r\n{\"results\":[]}\r\n0\r\n\r\n"),
                "Protocol",
            ),
            row(
                "a line without its end",
                ok(CHUNKED, "2\r{}\r\n0\r\n\r\n"),
                "Protocol",
            ),
            steps(
                "an endless extension of a chunk",
                vec![
                    Step::Request,
                    Step::Send(ok(CHUNKED, "2;").into()),
                    Step::Repeat(b"x".to_vec(), 1 << 40),
                ],
                "Protocol",
            ),
            steps(
                "endless trailers",
                vec![
                    Step::Request,
                    Step::Send(ok(CHUNKED, "0\r\n").into()),
                    Step::Repeat(b"x: y\r\n".to_vec(), 1 << 40),
                ],
                "Protocol",
            ),
        ],
        |builder| builder,
    )
    .await;
}

#[tokio::test]
async fn oversized_bodies() {
    const GIGABYTE: u64 = 1 << 30;
    let spaces = || Step::Repeat(b" ".to_vec(), GIGABYTE);
    let chunks = || {
        Step::Repeat(
            [b"10000\r\n", vec![b' '; 0x10000].as_slice(), b"\r\n"].concat(),
            GIGABYTE / 0x10000,
        )
    };
    let start = |headers: &str| Step::Send(ok(headers, "").into());
    check(
        vec![
            steps(
                "1 GB that was announced",
                vec![Step::Request, start("content-length: 1073741824"), spaces()],
                "TooLarge",
            ),
            steps(
                "1 GB in chunks",
                vec![Step::Request, start(CHUNKED), chunks()],
                "TooLarge",
            ),
            steps(
                "1 GB until the end",
                vec![Step::Request, start("connection: close"), spaces()],
                "TooLarge",
            ),
        ],
        |builder| builder.max_response_bytes(1 << 20),
    )
    .await;
}

#[tokio::test]
async fn stalled_bodies() {
    let start = |headers: &str, body: &str| Step::Send(ok(headers, body).into());
    check(
        vec![
            steps(
                "silence instead of a body",
                vec![Step::Request, start("content-length: 100", ""), Step::Stall],
                "deadline",
            ),
            steps(
                "silence within the body",
                vec![
                    Step::Request,
                    start("content-length: 100", "{"),
                    Step::Stall,
                ],
                "deadline",
            ),
            steps(
                "silence within a chunk",
                vec![Step::Request, start(CHUNKED, "5\r\n{"), Step::Stall],
                "deadline",
            ),
            steps(
                "silence before the last chunk",
                vec![
                    Step::Request,
                    start(CHUNKED, "e\r\n{\"results\":[]}\r\n"),
                    Step::Stall,
                ],
                "deadline",
            ),
            steps(
                "silence until the end",
                vec![Step::Request, start("connection: close", "{}"), Step::Stall],
                "deadline",
            ),
            steps(
                "a drip of a body",
                vec![
                    Step::Request,
                    start("content-length: 1000", ""),
                    Step::Drip(b" ".repeat(1000), Duration::from_millis(10)),
                ],
                "deadline",
            ),
        ],
        |builder| builder.deadline(DEADLINE),
    )
    .await;
}

/// The connection is not reused: the second call gets its own response.
#[tokio::test]
async fn bytes_after_a_response_are_not_the_next_response() {
    let page = |user: &str| {
        let body = format!(r#"{{"results":[{{"user_id":"{user}"}}]}}"#);
        ok(&format!("content-length: {}", body.len()), &body)
    };
    let smuggled = page("user-test-first") + &page("user-test-smuggled");
    let server = ScriptedServer::start_with(vec![
        Answer::Bytes(smuggled.into()),
        Answer::Bytes(page("user-test-second").into()),
    ]);
    let plugin = plugin(|builder| builder);
    let credential = credential(&server.base_url());
    for expected in ["user-test-first", "user-test-second"] {
        let page = plugin.search_users(&credential, &everyone()).await.unwrap();
        assert_eq!(page.users[0].user_id, expected);
    }
    drop(plugin);
    assert!(settles(|| server.open_connections() == 0).await);
}

/// It is obsolete and has no effect, so the content length applies although the
/// connection stays open.
#[tokio::test]
async fn identity_transfer_coding_is_ignored() {
    let page = r#"{"results":[],"user_id":"user-test-1"}"#;
    let head = |length: usize| format!("transfer-encoding: identity\r\ncontent-length: {length}");
    let open = |headers: &str, body: &str| {
        vec![
            Step::Request,
            Step::Send(ok(headers, body).into()),
            Step::Stall,
        ]
    };
    check(
        vec![
            steps(
                "the length of the body",
                open(&head(page.len()), page),
                "ok",
            ),
            steps(
                "more than the length",
                open(&head(page.len()), &format!("{page}HTTP/1.1 200 OK\r\n\r\n")),
                "ok",
            ),
            row("less than the length", ok(&head(1000), page), "Truncated"),
            row(
                "no length, and an end",
                ok("transfer-encoding: identity", page),
                "ok",
            ),
            steps(
                "a coding that was not asked for",
                open("transfer-encoding: gzip", page),
                "Protocol",
            ),
            steps(
                "another one, in chunks",
                open("transfer-encoding: gzip, chunked", page),
                "Protocol",
            ),
        ],
        |builder| builder,
    )
    .await;
}
