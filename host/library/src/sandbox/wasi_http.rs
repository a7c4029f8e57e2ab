//! Replaces some of wasmtime's `wasi:http` functions.
//!
//! wasmtime's `handle` spawns two tasks for each request. This one runs requests in the
//! task of their call; see [`InFlight`](crate::network::InFlight).

use super::state::State;
use crate::network::{Pending, Response};
use bytes::Bytes;
use http::header::CONTENT_LENGTH;
use http::uri::Scheme;
use http_body_util::{BodyExt, Empty};
use wasmtime::component::{Linker, Resource, ResourceType};
use wasmtime_wasi_http::p2::bindings::http::types::{self, ErrorCode, IoError};
use wasmtime_wasi_http::p2::body::HostIncomingBody;
use wasmtime_wasi_http::p2::http_request_error;
use wasmtime_wasi_http::p2::types::{HostIncomingResponse, HostOutgoingRequest};
use wasmtime_wasi_http::{FieldMap, RequestOptions, WasiBody};
use wasmtime_wasi_io::poll::{Pollable, subscribe};
use wasmtime_wasi_io::{IoView, async_trait};

/// `wasi:http/types.future-incoming-response`.
pub(crate) enum FutureResponse {
    Pending(Pending),
    Ready(Response),
    Taken,
}

#[async_trait]
impl Pollable for FutureResponse {
    async fn ready(&mut self) {
        if let Self::Pending(pending) = self {
            *self = Self::Ready(pending.response().await);
        }
    }
}

/// Links `wasi:http`.
pub(crate) fn add_to_linker(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    wasmtime_wasi_http::p2::add_only_http_to_linker_async(linker)?;
    linker.allow_shadowing(true);
    linker
        .instance("wasi:http/outgoing-handler@0.2.12")?
        .func_wrap("handle", |mut call, (request, options)| {
            Ok((handle(call.data_mut(), request, options)?,))
        })?;
    let mut types = linker.instance("wasi:http/types@0.2.12")?;
    types.resource(
        "future-incoming-response",
        ResourceType::host::<FutureResponse>(),
        |mut call, rep| {
            let future = Resource::<FutureResponse>::new_own(rep);
            call.data_mut().table().delete(future)?;
            Ok(())
        },
    )?;
    types.func_wrap(
        "[method]future-incoming-response.subscribe",
        |mut call, (future,): (Resource<FutureResponse>,)| {
            Ok((subscribe(call.data_mut().table(), future)?,))
        },
    )?;
    types.func_wrap(
        "[method]future-incoming-response.get",
        |mut call, (future,)| Ok((get(call.data_mut(), &future)?,)),
    )?;
    types.func_wrap("http-error-code", |mut call, (error,)| {
        Ok((error_code(call.data_mut(), &error)?,))
    })?;
    linker.allow_shadowing(false);
    Ok(())
}

fn handle(
    state: &mut State,
    request: Resource<HostOutgoingRequest>,
    options: Option<Resource<RequestOptions>>,
) -> wasmtime::Result<Result<Resource<FutureResponse>, ErrorCode>> {
    // The host's own timeouts apply.
    if let Some(options) = options {
        state.table().delete(options)?;
    }
    let request = state.table().delete(request)?;
    let request = match to_http(request) {
        Ok(request) => request,
        Err(code) => return Ok(Err(code)),
    };
    let pending = state.outgoing.begin(request);
    Ok(Ok(state.table().push(FutureResponse::Pending(pending))?))
}

fn to_http(outgoing: HostOutgoingRequest) -> Result<http::Request<WasiBody>, ErrorCode> {
    let method: http::Method = outgoing
        .method
        .try_into()
        .map_err(|_| ErrorCode::HttpRequestMethodInvalid)?;
    let scheme = match outgoing.scheme {
        None | Some(types::Scheme::Https) => Scheme::HTTPS,
        Some(types::Scheme::Http) => Scheme::HTTP,
        Some(types::Scheme::Other(_)) => return Err(ErrorCode::HttpProtocolError),
    };
    let mut uri = http::Uri::builder()
        .scheme(scheme)
        .authority(outgoing.authority.unwrap_or_default());
    if let Some(path) = outgoing.path_with_query {
        uri = uri.path_and_query(path);
    }
    let uri = uri.build().map_err(http_request_error)?;
    let headers: http::HeaderMap = outgoing.headers.into();
    let body = match outgoing.body {
        Some(body) => body,
        // If there is a body, `outgoing-request.body` checks this.
        None if headers.get(CONTENT_LENGTH).is_some_and(|size| size != "0") => {
            return Err(ErrorCode::HttpRequestBodySize(Some(0)));
        }
        None => {
            let empty = Empty::<Bytes>::new();
            empty.map_err(|never| match never {}).boxed_unsync()
        }
    };
    let mut request = http::Request::new(body);
    *request.method_mut() = method;
    *request.uri_mut() = uri;
    *request.headers_mut() = headers;
    Ok(request)
}

/// Returns the response once, as [`wasi:http/types.future-incoming-response.get`] requires.
#[expect(clippy::type_complexity, reason = "the interface's own")]
fn get(
    state: &mut State,
    future: &Resource<FutureResponse>,
) -> wasmtime::Result<Option<Result<Result<Resource<HostIncomingResponse>, ErrorCode>, ()>>> {
    let future = state.table().get_mut(future)?;
    if let FutureResponse::Pending(_) = future {
        return Ok(None);
    }
    let response = match std::mem::replace(future, FutureResponse::Taken) {
        FutureResponse::Ready(Ok(response)) => response,
        FutureResponse::Ready(Err(code)) => return Ok(Some(Ok(Err(code)))),
        FutureResponse::Taken | FutureResponse::Pending(_) => return Ok(Some(Err(()))),
    };
    let (parts, body) = response.into_parts();
    let response = HostIncomingResponse {
        status: parts.status.as_u16(),
        headers: FieldMap::new_immutable(&mut state.outgoing, parts.headers),
        body: Some(HostIncomingBody::new(body)),
    };
    Ok(Some(Ok(Ok(state.table().push(response)?))))
}

/// Returns the code of the call's last fault. wasmtime 48 keeps body errors in a type that
/// its own `http-error-code` does not check, so a guest would never learn why a body
/// failed.
fn error_code(state: &mut State, error: &Resource<IoError>) -> wasmtime::Result<Option<ErrorCode>> {
    let error = state.table().get(error)?;
    let code = error.downcast_ref::<ErrorCode>().cloned();
    Ok(code.or_else(|| state.outgoing.error_code()))
}
