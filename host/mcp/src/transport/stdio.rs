//! Serves one client over two streams of bytes, such as standard input and output: a message
//! a line.

use crate::access::Access;
use crate::message::{self, Parsed};
use crate::server::Server;
use bytes::{Buf, Bytes, BytesMut};
use futures_util::StreamExt;
use rmcp::RoleServer;
use rmcp::model::{ClientJsonRpcMessage, ServerJsonRpcMessage};
use rmcp::service::serve_directly_with_ct;
use rmcp::transport::Transport;
use std::io;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_util::codec::{Decoder, FramedRead};
use tokio_util::sync::CancellationToken;

/// The longest message, in bytes; the component's largest request is smaller.
const LONGEST: usize = 8 << 20;

/// How many messages may wait to be written.
const WAITING: usize = 64;

/// How long the last messages may take.
const LAST: Duration = Duration::from_secs(5);

/// Serves a client until it closes `input`. Calls in flight then have a few seconds to
/// finish, unless `gone` completes, which is when nobody reads `output` any more.
///
/// # Errors
///
/// The server has a bug.
pub async fn stdio<A: Access>(
    server: Server<A>,
    input: impl AsyncRead + Send + Unpin + 'static,
    output: impl AsyncWrite + Send + Unpin + 'static,
    gone: impl Future<Output = ()>,
) -> io::Result<()> {
    let stop = CancellationToken::new();
    let (sender, receiver) = mpsc::channel(WAITING);
    let writer = tokio::spawn({
        let stop = stop.clone();
        async move {
            // A client that does not read is gone.
            if write(output, receiver).await.is_err() {
                stop.cancel();
            }
        }
    });
    let transport = Lines {
        input: FramedRead::new(input, LineDecoder::default()),
        output: Some(sender),
        writer: Some(writer),
    };
    // There is no state in which a message is not answered, not even before `initialize`.
    let running = serve_directly_with_ct(server, transport, None, stop.clone());
    let mut waiting = std::pin::pin!(running.waiting());
    let ended = tokio::select! {
        ended = &mut waiting => ended,
        () = gone => {
            stop.cancel();
            waiting.await
        }
    };
    ended.map(|_| ()).map_err(io::Error::other)
}

/// Writes messages until there will be no more.
async fn write(
    mut output: impl AsyncWrite + Send + Unpin,
    mut messages: mpsc::Receiver<ServerJsonRpcMessage>,
) -> io::Result<()> {
    let mut line = Vec::new();
    while let Some(message) = messages.recv().await {
        line.clear();
        serde_json::to_writer(&mut line, &message)?;
        line.push(b'\n');
        output.write_all(&line).await?;
        output.flush().await?;
    }
    Ok(())
}

/// Messages as lines.
struct Lines<R> {
    input: FramedRead<R, LineDecoder>,
    output: Option<mpsc::Sender<ServerJsonRpcMessage>>,
    writer: Option<JoinHandle<()>>,
}

impl<R: AsyncRead + Send + Unpin> Transport<RoleServer> for Lines<R> {
    type Error = io::Error;

    fn send(
        &mut self,
        message: ServerJsonRpcMessage,
    ) -> impl Future<Output = io::Result<()>> + Send + 'static {
        let output = self.output.clone();
        async move {
            let output = output.ok_or(io::ErrorKind::BrokenPipe)?;
            let sent = output.send(message).await;
            sent.map_err(|_| io::ErrorKind::BrokenPipe.into())
        }
    }

    /// It may be dropped at any time: it waits before it takes something, not after.
    async fn receive(&mut self) -> Option<ClientJsonRpcMessage> {
        loop {
            let place = self.output.as_ref()?.reserve().await.ok()?;
            // An error means that the client is gone.
            let line = self.input.next().await?.ok()?;
            let parsed = match line {
                Line::Text(text) if text.trim_ascii().is_empty() => continue,
                Line::Text(text) => message::parse(&text),
                Line::TooLong => Parsed::Invalid(Box::new(message::too_long(LONGEST))),
            };
            match parsed {
                Parsed::Message(message) => return Some(*message),
                Parsed::Invalid(response) => place.send(*response),
                Parsed::Ignored => {}
            }
        }
    }

    /// Writes what was sent, unless the client does not read it.
    async fn close(&mut self) -> io::Result<()> {
        self.output = None;
        match self.writer.take() {
            Some(writer) => timeout(LAST, writer).await?.map_err(io::Error::other),
            None => Ok(()),
        }
    }
}

/// A line without its end.
enum Line {
    Text(Bytes),
    TooLong,
}

/// Splits input into lines, and drops lines that are too long as they come.
#[derive(Default)]
struct LineDecoder {
    /// How many bytes have no end of a line.
    searched: usize,
    /// Whether the line is one that is too long.
    is_dropping: bool,
}

impl Decoder for LineDecoder {
    type Item = Line;
    type Error = io::Error;

    fn decode(&mut self, input: &mut BytesMut) -> io::Result<Option<Line>> {
        loop {
            let new = input.get(self.searched..).unwrap_or_default();
            let end = new.iter().position(|byte| *byte == b'\n');
            let Some(end) = end.map(|end| self.searched + end) else {
                self.searched = input.len();
                if self.searched > LONGEST || self.is_dropping {
                    self.searched = 0;
                    input.clear();
                    if !std::mem::replace(&mut self.is_dropping, true) {
                        return Ok(Some(Line::TooLong));
                    }
                }
                return Ok(None);
            };
            self.searched = 0;
            let line = input.split_to(end).freeze();
            input.advance(1);
            if std::mem::take(&mut self.is_dropping) {
                continue;
            }
            return Ok(Some(if line.len() > LONGEST {
                Line::TooLong
            } else {
                Line::Text(line)
            }));
        }
    }

    /// The last line may have no end.
    fn decode_eof(&mut self, input: &mut BytesMut) -> io::Result<Option<Line>> {
        if let Some(line) = self.decode(input)? {
            return Ok(Some(line));
        }
        let rest = input.split().freeze();
        self.searched = 0;
        Ok((!rest.is_empty()).then_some(Line::Text(rest)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(chunks: &[&[u8]]) -> Vec<Option<Bytes>> {
        let (mut decoder, mut input) = (LineDecoder::default(), BytesMut::new());
        let mut lines = Vec::new();
        let mut push = |line| {
            lines.push(match line {
                Line::Text(text) => Some(text),
                Line::TooLong => None,
            });
        };
        for chunk in chunks {
            input.extend_from_slice(chunk);
            while let Some(line) = decoder.decode(&mut input).unwrap() {
                push(line);
            }
        }
        while let Some(line) = decoder.decode_eof(&mut input).unwrap() {
            push(line);
        }
        lines
    }

    #[test]
    fn input_is_split_at_the_ends_of_lines_wherever_it_is_cut() {
        let text = b"{\"a\":1}\n\nsecond\r\n\xff\nlast";
        let expected = lines(&[text]);
        let texts: Vec<_> = expected
            .iter()
            .map(|line| line.as_deref().unwrap())
            .collect();
        assert_eq!(
            texts,
            [&b"{\"a\":1}"[..], b"", b"second\r", b"\xff", b"last"]
        );
        for cut in 0..text.len() {
            assert_eq!(lines(&[&text[..cut], &text[cut..]]), expected, "{cut}");
        }
    }

    #[test]
    fn a_line_that_is_too_long_is_dropped_once_and_the_next_one_is_read() {
        let part = vec![b'x'; LONGEST / 2 + 1];
        let read = lines(&[&part, &part, &part, &part, b"\nnext\n"]);
        assert_eq!(read, [None, Some(Bytes::from_static(b"next"))]);
        let mut whole = vec![b'x'; LONGEST + 1];
        whole.extend_from_slice(b"\nnext");
        assert_eq!(lines(&[&whole]), read);
        let mut longest = vec![b'x'; LONGEST];
        longest.push(b'\n');
        assert_eq!(lines(&[&longest])[0].as_ref().unwrap().len(), LONGEST);
    }
}
