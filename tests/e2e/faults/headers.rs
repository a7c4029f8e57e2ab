//! Truncated, malformed, endless and stalled response headers.

use super::*;

#[tokio::test]
async fn truncated_headers() {
    check(
        vec![
            steps("closed on accept", vec![], "Reset"),
            steps("reset on accept", vec![Step::Reset], "Reset"),
            steps(
                "reset after the request",
                vec![Step::Request, Step::Reset],
                "Reset",
            ),
            row("an end after the request", "", "Reset"),
            row("an end within the status line", "HTTP/1.1 2", "Reset"),
            row(
                "an end within a header",
                "HTTP/1.1 200 OK\r\ncontent-",
                "Reset",
            ),
            row(
                "an end before the empty line",
                "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n",
                "Reset",
            ),
            row(
                "an end after an interim response",
                "HTTP/1.1 100 Continue\r\n\r\n",
                "Reset",
            ),
            steps(
                "reset within the headers",
                vec![
                    Step::Request,
                    Step::Send(b"HTTP/1.1 200 OK\r\n".to_vec()),
                    Step::Reset,
                ],
                "Reset",
            ),
        ],
        |builder| builder,
    )
    .await;
}

#[tokio::test]
async fn malformed_headers() {
    check(
        vec![
            row(
                "another protocol",
                "SSH-2.0-OpenSSH_9.2\r\n\r\n",
                "Protocol",
            ),
            row("binary garbage", [0, 255, 1, 254].repeat(64), "Protocol"),
            row(
                "a body without headers",
                "{\"results\":[]}\r\n\r\n",
                "Protocol",
            ),
            row(
                "an unknown HTTP version",
                "HTTP/9.9 200 OK\r\n\r\n",
                "Protocol",
            ),
            row(
                "a preface of HTTP/2",
                "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
                "Protocol",
            ),
            row(
                "a status of two digits",
                "HTTP/1.1 20 OK\r\n\r\n",
                "Protocol",
            ),
            row(
                "a status of four digits",
                "HTTP/1.1 2000 OK\r\n\r\n",
                "Protocol",
            ),
            row("a status that is a word", "HTTP/1.1 OK\r\n\r\n", "Protocol"),
            row(
                "a header without a colon",
                "HTTP/1.1 200 OK\r\nnonsense\r\n\r\n",
                "Protocol",
            ),
            row(
                "a header with a null",
                "HTTP/1.1 200 OK\r\nx: \0\r\n\r\n",
                "Protocol",
            ),
            row(
                "a length that is a word",
                ok("content-length: x", ""),
                "Protocol",
            ),
            row(
                "a negative length",
                ok("content-length: -1", ""),
                "Protocol",
            ),
            row(
                "a length beyond 64 bits",
                ok("content-length: 99999999999999999999", ""),
                "Protocol",
            ),
            row(
                "two lengths",
                ok(
                    "content-length: 14\r\ncontent-length: 15",
                    "{\"results\":[]}",
                ),
                "Protocol",
            ),
            row(
                "a list of lengths",
                ok("content-length: 14, 15", "{\"results\":[]}"),
                "Protocol",
            ),
            row(
                "a switch of protocols",
                "HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n",
                "malformed_response",
            ),
        ],
        |builder| builder,
    )
    .await;
}

#[tokio::test]
async fn unbounded_headers() {
    let status = || Step::Send(b"HTTP/1.1 200 OK\r\n".to_vec());
    let endless = |piece: &str| Step::Repeat(piece.into(), 1 << 40);
    check(
        vec![
            steps(
                "endless headers",
                vec![Step::Request, status(), endless("x: y\r\n"), Step::Finish],
                "TooLarge",
            ),
            steps(
                "an endless header",
                vec![Step::Request, status(), endless("y"), Step::Finish],
                "TooLarge",
            ),
            steps(
                "an endless reason",
                vec![
                    Step::Request,
                    Step::Send(b"HTTP/1.1 200 ".to_vec()),
                    endless("OK "),
                    Step::Finish,
                ],
                "TooLarge",
            ),
            row(
                "a header of 1 MB",
                ok(&format!("x: {}", "y".repeat(1 << 20)), ""),
                "TooLarge",
            ),
            steps(
                "endless interim responses",
                vec![
                    Step::Request,
                    Step::Repeat(b"HTTP/1.1 100 Continue\r\n\r\n".to_vec(), 1 << 40),
                ],
                "Protocol",
            ),
            row("1000 headers", ok(&"x: y\r\n".repeat(1000), ""), "TooLarge"),
        ],
        |builder| builder,
    )
    .await;
}

#[tokio::test]
async fn stalled_headers() {
    let status = b"HTTP/1.1 200 OK\r\n".to_vec();
    check(
        vec![
            steps("silence instead of reading", vec![Step::Stall], "deadline"),
            steps(
                "silence after the request",
                vec![Step::Request, Step::Stall],
                "deadline",
            ),
            steps(
                "silence within the headers",
                vec![Step::Request, Step::Send(status.clone()), Step::Stall],
                "deadline",
            ),
            steps(
                "dripping headers",
                vec![
                    Step::Request,
                    Step::Drip(status.repeat(1000), Duration::from_millis(10)),
                ],
                "deadline",
            ),
        ],
        |builder| builder.deadline(DEADLINE),
    )
    .await;
}
