//! Sends one request over `wasi:http`. Every failure has a typed cause.

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

/// The maximum size of a response body, in bytes. A page of 1000 users with the maximum
/// metadata that Stytch allows has about 10 MB.
const MAX_BODY: usize = 32 << 20;

/// The maximum size of a read from the body's stream, in bytes; hosts return what they
/// have.
const READ: u64 = 1 << 20;

/// Some firewalls refuse requests without a user agent.
const USER_AGENT: &str = concat!("stytch-users-component/", env!("CARGO_PKG_VERSION"));

/// One of the two requests that this component sends.
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

/// A complete response, whatever its status.
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) body: Vec<u8>,
    /// The header `Retry-After` of an error; otherwise `Content-Encoding`, if the body does
    /// not start like a JSON object.
    pub(crate) header: Option<Vec<u8>>,
}

/// Sends `request` and reads the complete response.
pub(crate) fn send(config: &Config, request: &Request<'_>) -> Result<Response, Error> {
    exchange(config, request).map_err(Error::Unreachable)
}

fn exchange(config: &Config, request: &Request<'_>) -> Result<Response, TransportProblem> {
    let outgoing = OutgoingRequest::new(headers(config, request.json)?);
    let scheme = if config.tls {
        Scheme::Https
    } else {
        Scheme::Http
    };
    // Each of these is a host call; GET is the default method.
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
    let future = handle(outgoing, None).map_err(|code| cause_from_code(code, Phase::Headers))?;
    // A host that denies the request may close the body before it is written. The response
    // contains the reason, so an error of the write is only checked after it.
    let written = body.map_or(Ok(()), |(body, json)| write(body, json));

    let pollable = future.subscribe();
    pollable.block();
    drop(pollable);
    match future.get() {
        Some(Ok(Ok(response))) => {
            written.map_err(|code| code_or_reset(code, Phase::Headers))?;
            read(&response)
        }
        Some(Ok(Err(code))) => Err(cause_from_code(code, Phase::Headers)),
        // Taken already, or not ready after waiting.
        Some(Err(())) | None => Err(TransportProblem {
            cause: TransportCause::Other,
            detail: "the host returned neither a response nor an error".to_owned(),
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
        detail: "the host does not allow a header; if it adds the Authorization header itself, set the configuration key authorization to host".to_owned(),
    })
}

/// Writes the complete body. The error is the host's code, if it returned one.
fn write(body: OutgoingBody, mut json: &[u8]) -> Result<(), Option<ErrorCode>> {
    let stream = body.write().map_err(|()| None)?;
    while !json.is_empty() {
        let permitted = match stream.check_write().map_err(code_of)? {
            0 => {
                stream.subscribe().block();
                continue;
            }
            bytes => usize::try_from(bytes).unwrap_or(usize::MAX).min(json.len()),
        };
        let (now, later) = json.split_at(permitted);
        stream.write(now).map_err(code_of)?;
        json = later;
    }
    drop(stream);
    OutgoingBody::finish(body, None).map_err(Some)
}

fn read(response: &IncomingResponse) -> Result<Response, TransportProblem> {
    let status = response.status();
    let body = read_body(response)?;
    // Reading a header is a host call.
    let name = match body.first() {
        _ if status >= 400 => Some("retry-after"),
        Some(b'{') => None,
        _ => Some("content-encoding"),
    };
    let header = name.and_then(|name| response.headers().get(name).into_iter().next());
    Ok(Response {
        status,
        body,
        header,
    })
}

fn read_body(response: &IncomingResponse) -> Result<Vec<u8>, TransportProblem> {
    let taken = |()| TransportProblem {
        cause: TransportCause::Other,
        detail: "the host returned no body".to_owned(),
    };
    let incoming = response.consume().map_err(taken)?;
    let stream = incoming.stream().map_err(taken)?;
    let mut body = Vec::new();
    loop {
        match stream.blocking_read(READ) {
            // Most responses arrive in one chunk, which is then not copied.
            Ok(chunk) if body.is_empty() => body = chunk,
            Ok(chunk) => append(NEVER_REUSES, &mut body, chunk),
            Err(StreamError::Closed) => return Ok(body),
            Err(error) => return Err(code_or_reset(code_of(error), Phase::Body)),
        }
        if body.len() > MAX_BODY {
            return Err(TransportProblem {
                cause: TransportCause::TooLarge,
                detail: format!("the response is larger than {MAX_BODY} bytes"),
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
