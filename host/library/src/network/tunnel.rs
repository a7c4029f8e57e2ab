//! Requests a tunnel to a server from a proxy (`CONNECT`, RFC 9110, section 9.3.6).

use super::BoxError;
use super::interim::MAX_INTERIM;
use http::header::HeaderValue;
use http::{StatusCode, Uri};
use hyper::rt::{Read, Write};
use hyper_util::rt::TokioIo;
use std::io;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// The maximum size of a proxy's response headers.
const MAX_HEADERS: usize = 16 << 10;

/// Why there is no tunnel.
#[derive(Debug, thiserror::Error)]
pub(super) enum TunnelError {
    /// The connection to the proxy failed.
    #[error("it was not reached: {0}")]
    Unreached(BoxError),
    #[error("it responded with status {0}")]
    Refused(StatusCode),
    #[error("it does not speak valid HTTP")]
    NotHttp,
}

impl From<io::Error> for TunnelError {
    fn from(error: io::Error) -> Self {
        Self::Unreached(error.into())
    }
}

/// Turns `connection`, which leads to a proxy, into a tunnel to the server of `target`.
pub(super) async fn open<T: Read + Write + Unpin>(
    connection: &mut T,
    target: &Uri,
    credentials: Option<&HeaderValue>,
) -> Result<(), TunnelError> {
    let (host, port) = (
        target.host().unwrap_or_default(),
        target.port_u16().unwrap_or(443),
    );
    let mut request =
        format!("CONNECT {host}:{port} HTTP/1.1\r\nHost: {host}:{port}\r\n").into_bytes();
    if let Some(credentials) = credentials {
        request.extend(b"Proxy-Authorization: ");
        request.extend(credentials.as_bytes());
        request.extend(b"\r\n");
    }
    request.extend(b"\r\n");
    let mut connection = TokioIo::new(connection);
    connection.write_all(&request).await?;
    connection.flush().await?;

    let mut received = Vec::new();
    for _ in 0..=MAX_INTERIM {
        let status = status(&mut connection, &mut received).await?;
        if status.is_success() {
            // Further bytes are ignored: a server sends nothing before the client starts
            // the TLS handshake.
            return Ok(());
        }
        if !status.is_informational() || status == StatusCode::SWITCHING_PROTOCOLS {
            return Err(TunnelError::Refused(status));
        }
    }
    Err(TunnelError::NotHttp)
}

/// Reads the headers of one response, removes them from `received`, and returns the status.
async fn status<T: Read + Unpin>(
    connection: &mut TokioIo<T>,
    received: &mut Vec<u8>,
) -> Result<StatusCode, TunnelError> {
    const PREFIX: &[u8] = b"HTTP/1.";
    let end = loop {
        let length = PREFIX.len().min(received.len());
        if received.get(..length) != PREFIX.get(..length) {
            return Err(TunnelError::NotHttp);
        }
        if let Some(end) = memchr::memmem::find(received, b"\r\n\r\n") {
            break end + 4;
        }
        if received.len() > MAX_HEADERS {
            return Err(TunnelError::NotHttp);
        }
        if connection.read_buf(received).await? == 0 {
            return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
        }
    };
    let headers: Vec<_> = received.drain(..end).collect();
    // HTTP/1.1 200 Connection established
    let mut words = headers.split(u8::is_ascii_whitespace);
    let code = words.nth(1).unwrap_or_default();
    StatusCode::from_bytes(code).map_err(|_| TunnelError::NotHttp)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Opens a tunnel through a proxy that sends `response` in chunks of this size.
    async fn opened(response: &'static [u8], size: usize) -> Result<(), TunnelError> {
        let (client, mut proxy) = tokio::io::duplex(1 << 20);
        let respond = async move {
            for chunk in response.chunks(size) {
                // The client may have seen enough.
                let _ = proxy.write_all(chunk).await;
                tokio::task::yield_now().await;
            }
        };
        let target = Uri::from_static("https://test.stytch.com");
        let mut client = TokioIo::new(client);
        tokio::join!(open(&mut client, &target, None), respond).0
    }

    #[tokio::test]
    async fn uses_the_first_final_status() {
        for piece in [1, 7, 1 << 20] {
            for response in [
                &b"HTTP/1.1 200 Connection established\r\n\r\n"[..],
                b"HTTP/1.0 200\r\nvia: x\r\n\r\n",
                b"HTTP/1.1 204 No Content\r\n\r\n",
                b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
                b"HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\nHTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
            ] {
                opened(response, piece).await.unwrap();
            }
            for (response, expected) in [
                (&b"HTTP/1.1 403 Forbidden\r\n\r\n"[..], 403),
                (b"HTTP/1.1 302 Found\r\nlocation: /\r\n\r\n<html>", 302),
                (
                    b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 502 Bad\r\n\r\n",
                    502,
                ),
                (b"HTTP/1.1 101 Switching Protocols\r\n\r\n", 101),
            ] {
                let error = opened(response, piece).await.unwrap_err();
                assert!(
                    matches!(error, TunnelError::Refused(status) if status == expected),
                    "{error:?}"
                );
            }
        }
    }

    #[tokio::test]
    async fn fails_for_an_invalid_response() {
        for response in [
            &b"SSH-2.0-OpenSSH_9.2\r\n"[..],
            b"<html>",
            b"HTTP/2 200 OK\r\n\r\n",
            b"HTTP/1.1 20 OK\r\n\r\n",
            b"HTTP/1.1 2000 OK\r\n\r\n",
            b"HTTP/1.1 OK\r\n\r\n",
            b"HTTP/1.1\r\n\r\n",
        ] {
            let error = opened(response, 1).await.unwrap_err();
            assert!(matches!(error, TunnelError::NotHttp), "{error:?}");
        }
        let endless = b"HTTP/1.1 100 Continue\r\n\r\n".repeat(1000).leak();
        let large = [b"HTTP/1.1 200 OK\r\n", &b"x: y\r\n".repeat(10_000)[..]].concat();
        for response in [endless, large.leak()] {
            let error = opened(response, 1000).await.unwrap_err();
            assert!(matches!(error, TunnelError::NotHttp), "{error:?}");
        }
        for response in [&b""[..], b"HTTP/1.1 200 OK\r\n"] {
            let error = opened(response, 1).await.unwrap_err();
            assert!(matches!(error, TunnelError::Unreached(_)), "{error:?}");
        }
    }
}
