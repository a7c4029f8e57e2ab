//! What is sent back: a status and a finished body.

use bytes::Bytes;
use http::StatusCode;
use serde::Serialize;

use super::failure::Failure;

const JSON: &str = "application/json";

/// One answer, ready to send.
#[derive(Debug, Clone)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) content_type: &'static str,
    pub(super) body: Bytes,
}

/// The error object, in the order of members that the real API has been seen to send.
#[derive(Serialize)]
struct ErrorObject<'a> {
    status_code: u16,
    request_id: &'a str,
    error_type: &'a str,
    error_message: &'a str,
    error_url: String,
}

impl Answer {
    /// A success; `body` holds its own `status_code`.
    pub(super) fn success(status: StatusCode, request_id: &str, body: &impl Serialize) -> Self {
        match serde_json::to_vec(body) {
            Ok(body) => Self {
                status,
                content_type: JSON,
                body: body.into(),
            },
            Err(error) => {
                tracing::error!(%error, "an answer could not be written as JSON");
                Self::of_status(500, request_id)
            }
        }
    }

    /// An error object.
    ///
    /// The members follow <https://stytch.com/docs/api/errors/error-object>.
    pub(super) fn failure(failure: &Failure, request_id: &str) -> Self {
        let Failure {
            status,
            error_type,
            message,
        } = failure;
        let object = ErrorObject {
            status_code: *status,
            request_id,
            error_type,
            error_message: message,
            error_url: failure.url(),
        };
        Self {
            status: status_code(*status),
            content_type: JSON,
            // Five strings and a number: there is nothing that JSON cannot hold.
            body: serde_json::to_vec(&object).unwrap_or_default().into(),
        }
    }

    /// What a client sees with this status when nothing in the request caused it: Stytch's error
    /// object, or a gateway's HTML page where Stytch documents no error.
    pub(super) fn of_status(status: u16, request_id: &str) -> Self {
        if let Some(failure) = Failure::of_status(status) {
            return Self::failure(&failure, request_id);
        }
        let status = status_code(status);
        let page = format!(
            "<html>\r\n<head><title>{status}</title></head>\r\n<body>\r\n\
             <center><h1>{status}</h1></center>\r\n</body>\r\n</html>\r\n"
        );
        Self {
            status,
            content_type: "text/html",
            body: page.into(),
        }
    }
}

fn status_code(status: u16) -> StatusCode {
    StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_object_has_the_members_in_the_observed_order() {
        let answer = Answer::failure(&Failure::USER_NOT_FOUND, "request-id-test-1");
        assert_eq!(
            answer.body,
            "{\"status_code\":404,\"request_id\":\"request-id-test-1\",\
             \"error_type\":\"user_not_found\",\"error_message\":\"User could not be found.\",\
             \"error_url\":\"https://stytch.com/docs/api/errors/404#user_not_found\"}"
        );
    }

    #[test]
    fn a_status_that_stytch_does_not_document_is_a_gateways_page() {
        for (status, content_type) in [
            (429, JSON),
            (500, JSON),
            (502, "text/html"),
            (418, "text/html"),
        ] {
            let answer = Answer::of_status(status, "r");
            assert_eq!(answer.status.as_u16(), status);
            assert_eq!(answer.content_type, content_type, "{status}");
        }
    }
}
