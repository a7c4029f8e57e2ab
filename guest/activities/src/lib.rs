//! The operations as activities of a workflow engine. The name of each error tells the
//! engine whether to retry.

#![no_std]

extern crate alloc;
#[cfg(not(target_arch = "wasm32"))]
extern crate std;

mod bindings;

use alloc::string::String;
use bindings::exports::stytch::activities::users::{Failure, Guest};
use bindings::stytch::users::types::{
    Error, RetrievedUser, SearchPage, SearchRequest, TransportCause,
};
use bindings::stytch::users::users;

#[cfg(target_arch = "wasm32")]
#[global_allocator]
static ALLOCATOR: stytch_runtime::Bump = stytch_runtime::Bump::new();

struct Activities;

impl Guest for Activities {
    fn retrieve_user(user_id: String) -> Result<RetrievedUser, Failure> {
        users::retrieve_user(&user_id).map_err(failure)
    }

    fn search_users(request: SearchRequest) -> Result<SearchPage, Failure> {
        users::search_users(&request).map_err(failure)
    }
}

/// The only `error-type` of a 429 that is transient.
const TOO_MANY: &str = "too_many_requests";

fn failure(error: Error) -> Failure {
    match error {
        Error::InvalidInput(problem) => Failure::PermanentInvalidInput(problem),
        Error::Misconfigured(problem) => Failure::PermanentMisconfigured(problem),
        Error::Unauthorized(error) => Failure::PermanentUnauthorized(error),
        Error::NotFound(error) => Failure::PermanentNotFound(error),
        Error::Rejected(error) if error.status == 408 => Failure::Unavailable(error),
        Error::Rejected(error) => Failure::PermanentRejected(error),
        Error::RateLimited(error) => match error.error_type.as_deref() {
            None | Some(TOO_MANY) => Failure::RateLimited(error),
            Some(_) => Failure::PermanentRejected(error),
        },
        Error::Unavailable(error) => match error.status {
            500 | 502 | 503 | 504 => Failure::Unavailable(error),
            _ => Failure::PermanentRejected(error),
        },
        // Engines report a closed connection as a protocol error, so this is retried. This
        // project's host distinguishes the two, and does not retry protocol errors.
        Error::Unreachable(problem) => match problem.cause {
            TransportCause::Denied
            | TransportCause::TlsCertificate
            | TransportCause::TlsProtocol
            | TransportCause::TooLarge => Failure::PermanentUnreachable(problem),
            _ => Failure::Unreachable(problem),
        },
        Error::MalformedResponse(reason) => Failure::PermanentMalformedResponse(reason),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::borrow::ToOwned;
    use bindings::stytch::users::types::{ApiError, TransportProblem};

    fn api(status: u16, error_type: Option<&str>) -> ApiError {
        ApiError {
            status,
            error_type: error_type.map(ToOwned::to_owned),
            message: None,
            request_id: None,
            error_url: None,
            details: None,
            retry_after_ms: None,
        }
    }

    fn unreachable(cause: TransportCause) -> Error {
        let detail = String::new();
        Error::Unreachable(TransportProblem { cause, detail })
    }

    /// Obelisk retries cases whose names do not contain `permanent`, which are these.
    fn is_transient(failure: &Failure) -> bool {
        matches!(
            failure,
            Failure::RateLimited(_) | Failure::Unavailable(_) | Failure::Unreachable(_)
        )
    }

    #[test]
    fn only_transient_errors_are_retried() {
        for (error, expected) in [
            (Error::RateLimited(api(429, Some(TOO_MANY))), true),
            (Error::RateLimited(api(429, None)), true),
            (Error::RateLimited(api(429, Some("user_locked"))), false),
            (Error::Unavailable(api(503, None)), true),
            (Error::Unavailable(api(501, None)), false),
            (Error::Rejected(api(408, None)), true),
            (Error::Rejected(api(400, None)), false),
            (Error::Unauthorized(api(401, None)), false),
            (Error::NotFound(api(404, None)), false),
            (Error::MalformedResponse(String::new()), false),
            (unreachable(TransportCause::Reset), true),
            (unreachable(TransportCause::Dns), true),
            (unreachable(TransportCause::Protocol), true),
            (unreachable(TransportCause::TooLarge), false),
            (unreachable(TransportCause::Denied), false),
            (unreachable(TransportCause::TlsCertificate), false),
        ] {
            let failure = failure(error);
            assert_eq!(is_transient(&failure), expected, "{failure:?}");
        }
    }
}
