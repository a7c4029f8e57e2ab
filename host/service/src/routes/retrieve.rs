//! Retrieves users, one or many.

use super::call::Calls;
use super::input::{self, NDJSON};
use super::lines::{json, ndjson, push_line};
use crate::caller::Caller;
use crate::problem::Problem;
use crate::server::State;
use crate::tokens::Operation;
use axum::body::Body;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State as Extract};
use axum::response::Response;
use bytes::{Bytes, BytesMut};
use futures_util::{StreamExt, TryStreamExt};
use http::{HeaderMap, Uri};
use serde::Serialize;
use std::io;
use std::sync::Arc;
use stytch_host::json::{RequestError, user_id_from_json};
use tokio_util::codec::{Decoder, FramedRead, LinesCodec, LinesCodecError};
use tokio_util::io::StreamReader;

/// How many users of one request are retrieved at once.
const CONCURRENT: usize = 16;

/// The longest line of input, in bytes. A user ID has at most 128.
const LONGEST_LINE: usize = 4096;

/// Retrieves one user.
pub(crate) async fn one(
    Extract(state): Extract<Arc<State>>,
    caller: Caller,
    path: Result<Path<(String, String)>, PathRejection>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let (name, user_id) = input::path(path)?;
    input::no_query(&uri)?;
    let calls = Calls::authorize(&state, &caller, &headers, &name, Operation::RetrieveUser)?;
    let _permits = calls.enter().await?;
    let call = calls.plugin().retrieve_user(calls.credential(), &user_id);
    json(&calls.call(call).await?)
}

/// Retrieves many users: a line of input for each, and a line of output for each, in the
/// same order. A user that cannot be retrieved has a line with the reason.
pub(crate) async fn many(
    Extract(state): Extract<Arc<State>>,
    caller: Caller,
    path: Result<Path<String>, PathRejection>,
    uri: Uri,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let name = input::path(path)?;
    input::no_query(&uri)?;
    input::check_content(&headers, NDJSON)?;
    let calls = Calls::authorize(&state, &caller, &headers, &name, Operation::RetrieveUser)?;
    let body = StreamReader::new(body.into_data_stream().map_err(io::Error::other));
    let lines = FramedRead::new(body, Lines::new());
    let output = lines
        // After an error of the body itself there are no more lines.
        .map(|line| line.unwrap_or_else(|error| Err(error.to_string())))
        .enumerate()
        .filter(|(_, line)| {
            let is_blank = matches!(line, Ok(line) if line.trim_ascii().is_empty());
            std::future::ready(!is_blank)
        })
        .map(move |(index, line)| line_of(calls.clone(), index, line))
        .buffered(CONCURRENT)
        .map(Ok);
    Ok(ndjson(output))
}

/// Splits a body into lines. One that cannot be read is an item, since after an error there
/// are no more items.
struct Lines(LinesCodec);

impl Lines {
    fn new() -> Self {
        Self(LinesCodec::new_with_max_length(LONGEST_LINE))
    }
}

impl Decoder for Lines {
    /// A line, or what is wrong with it.
    type Item = Result<String, String>;
    type Error = io::Error;

    fn decode(&mut self, bytes: &mut BytesMut) -> io::Result<Option<Self::Item>> {
        Ok(item(self.0.decode(bytes)))
    }

    fn decode_eof(&mut self, bytes: &mut BytesMut) -> io::Result<Option<Self::Item>> {
        Ok(item(self.0.decode_eof(bytes)))
    }
}

fn item(line: Result<Option<String>, LinesCodecError>) -> Option<Result<String, String>> {
    match line {
        Ok(line) => line.map(Ok),
        Err(LinesCodecError::MaxLineLengthExceeded) => {
            Some(Err(format!("it is longer than {LONGEST_LINE} bytes")))
        }
        // Decoding reads nothing.
        Err(LinesCodecError::Io(_)) => Some(Err("it is not UTF-8 text".to_owned())),
    }
}

/// The line of a user that was not retrieved.
#[derive(Debug, Serialize)]
struct Failed<'a> {
    user_id: Option<&'a str>,
    error: &'a Problem,
}

/// Retrieves the user of a line of input, and returns the line of output.
async fn line_of(calls: Calls, index: usize, line: Result<String, String>) -> Bytes {
    let number = index + 1;
    let user_id = line.map_err(|reason| format!("line {number} of the body: {reason}"));
    let user_id = user_id.and_then(|line| {
        user_id_from_json(&line).map_err(|error| match error {
            RequestError::Json { column, reason, .. } => {
                format!("line {number}, column {column} of the body: {reason}")
            }
            error => format!("line {number} of the body: {error}"),
        })
    });
    let user_id = user_id.map_err(Problem::invalid);
    let mut output = Vec::new();
    let result = match &user_id {
        Ok(user_id) => retrieve(&calls, user_id, &mut output).await,
        Err(problem) => {
            calls.observe_code(problem.code());
            Ok(())
        }
    };
    if let Some(error) = user_id.as_ref().err().or(result.as_ref().err()) {
        output.clear();
        let user_id = user_id.as_deref().ok();
        // A problem is always serializable.
        let _ = push_line(&mut output, &Failed { user_id, error });
    }
    output.into()
}

async fn retrieve(calls: &Calls, user_id: &str, output: &mut Vec<u8>) -> Result<(), Problem> {
    let _permits = calls.enter_as_one_of_many().await?;
    let call = calls.plugin().retrieve_user(calls.credential(), user_id);
    push_line(output, &calls.call(call).await?)
}
