//! One request over `wasi:http`. Every failure becomes a typed cause.

mod cause;

use crate::NEVER_REUSES;
use crate::bindings::exports::stytch::users::types::{Error, TransportCause, TransportProblem};
use crate::bindings::wasi::http::outgoing_handler::handle;
use crate::bindings::wasi::http::types::{
    ErrorCode, Fields, IncomingResponse, Method, OutgoingBody, OutgoingRequest, Scheme,
    http_error_code,
};
use crate::bindings::wasi::io::streams::StreamError;
use crate::config::Config;
use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::ToString;
use alloc::vec;
use alloc::vec::Vec;
use cause::{Phase, cause_from_code};
use stytch_runtime::append;

/// The largest answer that is read, in bytes. A page of 1000 users who all have
/// the most metadata that Stytch allows is about 10 MB.
const MAX_BODY: usize = 32 << 20;

/// How much is asked of the body's stream at a time, in bytes; hosts return
/// what they have.
const READ: u64 = 1 << 20;

/// Some firewalls refuse requests that do not name their sender.
const USER_AGENT: &str = concat!("stytch-users-component/", env!("CARGO_PKG_VERSION"));

/// One of the two requests that this component makes.
pub(crate) struct Request<'a> {
    method: Method,
    path: &'a str,
    json: Option<&'a [u8]>,
}

impl<'a> Request<'a> {
    pub(crate) fn get(path: &'a str) -> Self {
        Self {
            method: Method::Get,
            path,
            json: None,
        }
    }

    pub(crate) fn post(path: &'a str, json: &'a [u8]) -> Self {
        Self {
            method: Method::Post,
            path,
            json: Some(json),
        }
    }
}

/// A complete answer, whatever its status.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Vec<u8>,
    /// Of an error the header `Retry-After`; of any other answer `Content-Encoding`,
    /// where the body does not begin as JSON objects do.
    pub(crate) header: Option<Vec<u8>>,
}

/// Sends `request` and reads the whole answer.
pub(crate) fn send(config: &Config, request: &Request<'_>) -> Result<Answer, Error> {
    exchange(config, request).map_err(Error::Unreachable)
}

fn exchange(config: &Config, request: &Request<'_>) -> Result<Answer, TransportProblem> {
    let outgoing = OutgoingRequest::new(headers(config, request.json)?);
    let scheme = if config.tls {
        Scheme::Https
    } else {
        Scheme::Http
    };
    // Each of these is a call to the host; GET is what a request is made with.
    let method = match request.method {
        Method::Get => Ok(()),
        ref method => outgoing.set_method(method),
    };
    method
        .and_then(|()| outgoing.set_scheme(Some(&scheme)))
        .and_then(|()| outgoing.set_authority(Some(&config.authority)))
        .and_then(|()| outgoing.set_path_with_query(Some(request.path)))
        .map_err(|()| refused_by_host("the method, the base URL or the path"))?;

    let body = match request.json {
        Some(json) => {
            let body = outgoing.body().map_err(|()| refused_by_host("the body"))?;
            Some((body, json))
        }
        None => None,
    };
    let future = handle(outgoing, None).map_err(|code| cause_from_code(code, Phase::Head))?;
    // A host that denies the request may close the body before it is written.
    // The reason is in the answer, so a failed write is looked at only after it.
    let written = body.map_or(Ok(()), |(body, json)| write(body, json));

    let pollable = future.subscribe();
    pollable.block();
    drop(pollable);
    match future.get() {
        Some(Ok(Ok(response))) => {
            written.map_err(|code| code_or_reset(code, Phase::Head))?;
            read(&response)
        }
        Some(Ok(Err(code))) => Err(cause_from_code(code, Phase::Head)),
        // Taken before, or not there although it was waited for.
        Some(Err(())) | None => Err(TransportProblem {
            cause: TransportCause::Other,
            detail: "the host gave no answer and no error".to_owned(),
        }),
    }
}

fn headers(config: &Config, json: Option<&[u8]>) -> Result<Fields, TransportProblem> {
    let field = |name: &str, value: &str| (name.to_owned(), value.as_bytes().to_vec());
    let mut entries = vec![field("user-agent", USER_AGENT)];
    if let Some(authorization) = &config.authorization {
        entries.push(field("authorization", authorization));
    }
    if let Some(json) = json {
        entries.push(field("content-type", "application/json"));
        // Without it the body would be sent chunked.
        entries.push(field("content-length", &json.len().to_string()));
    }
    Fields::from_list(&entries).map_err(|_| TransportProblem {
        cause: TransportCause::Denied,
        detail: "the host does not allow a header; where it adds the Authorization header itself, set the configuration key authorization to host".to_owned(),
    })
}

/// Writes the whole body. The error is the host's code, if it gave one.
fn write(body: OutgoingBody, mut json: &[u8]) -> Result<(), Option<ErrorCode>> {
    let stream = body.write().map_err(|()| None)?;
    while !json.is_empty() {
        let room = match stream.check_write().map_err(code_of)? {
            0 => {
                stream.subscribe().block();
                continue;
            }
            room => usize::try_from(room).unwrap_or(usize::MAX).min(json.len()),
        };
        let (now, later) = json.split_at(room);
        stream.write(now).map_err(code_of)?;
        json = later;
    }
    drop(stream);
    OutgoingBody::finish(body, None).map_err(Some)
}

fn read(response: &IncomingResponse) -> Result<Answer, TransportProblem> {
    let status = response.status();
    let body = read_body(response)?;
    // Each look at a header is a call to the host.
    let name = match body.first() {
        _ if status >= 400 => Some("retry-after"),
        Some(b'{') => None,
        _ => Some("content-encoding"),
    };
    let header = name.and_then(|name| response.headers().get(name).into_iter().next());
    Ok(Answer {
        status,
        body,
        header,
    })
}

fn read_body(response: &IncomingResponse) -> Result<Vec<u8>, TransportProblem> {
    let taken = |()| TransportProblem {
        cause: TransportCause::Other,
        detail: "the host gave no body".to_owned(),
    };
    let incoming = response.consume().map_err(taken)?;
    let stream = incoming.stream().map_err(taken)?;
    let mut body = Vec::new();
    loop {
        match stream.blocking_read(READ) {
            // Most answers arrive in one piece, which is then not copied.
            Ok(piece) if body.is_empty() => body = piece,
            Ok(piece) => append(NEVER_REUSES, &mut body, piece),
            Err(StreamError::Closed) => return Ok(body),
            Err(error) => return Err(code_or_reset(code_of(error), Phase::Body)),
        }
        if body.len() > MAX_BODY {
            return Err(TransportProblem {
                cause: TransportCause::TooLarge,
                detail: format!("the answer is larger than {MAX_BODY} bytes"),
            });
        }
    }
}

fn code_of(error: StreamError) -> Option<ErrorCode> {
    match error {
        StreamError::LastOperationFailed(error) => http_error_code(&error),
        StreamError::Closed => None,
    }
}

fn code_or_reset(code: Option<ErrorCode>, phase: Phase) -> TransportProblem {
    cause_from_code(code.unwrap_or(ErrorCode::ConnectionTerminated), phase)
}

fn refused_by_host(what: &str) -> TransportProblem {
    TransportProblem {
        cause: TransportCause::Denied,
        detail: format!("the host does not accept {what}"),
    }
}
