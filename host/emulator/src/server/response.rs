//! A response of the API: a status and a complete body.

use bytes::Bytes;
use http::StatusCode;
use serde::Serialize;

use crate::api_error::ApiError;

const JSON: &str = "application/json";

/// A response, ready to send.
#[derive(Debug, Clone)]
pub(crate) struct ApiResponse {
    pub(crate) status: StatusCode,
    pub(crate) content_type: &'static str,
    pub(crate) body: Bytes,
}

/// The error object, with members in the order observed in responses of the API.
#[derive(Serialize)]
struct ErrorObject<'a> {
    status_code: u16,
    request_id: &'a str,
    error_type: &'a str,
    error_message: &'a str,
    error_url: String,
}

impl ApiResponse {
    /// Creates a response to a successful request. `body` includes its `status_code`.
    pub(crate) fn success(status: StatusCode, request_id: &str, body: &impl Serialize) -> Self {
        match serde_json::to_vec(body) {
            Ok(body) => Self {
                status,
                content_type: JSON,
                body: body.into(),
            },
            Err(error) => {
                tracing::error!(%error, "a response could not be serialized");
                Self::from_status(500, request_id)
            }
        }
    }

    /// Creates an error response.
    ///
    /// The members follow <https://stytch.com/docs/api/errors/error-object>.
    pub(crate) fn error(error: &ApiError, request_id: &str) -> Self {
        let ApiError {
            status,
            error_type,
            message,
        } = error;
        let object = ErrorObject {
            status_code: *status,
            request_id,
            error_type,
            error_message: message,
            error_url: error.url(),
        };
        Self {
            status: status_code(*status),
            content_type: JSON,
            // Serializing five strings and a number cannot fail.
            body: serde_json::to_vec(&object).unwrap_or_default().into(),
        }
    }

    /// Creates a response with a status that the request did not cause: Stytch's error object, or
    /// the HTML page of a gateway if Stytch documents no error for the status.
    pub(crate) fn from_status(status: u16, request_id: &str) -> Self {
        if let Some(error) = ApiError::from_status(status) {
            return Self::error(&error, request_id);
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
    fn an_error_object_has_its_members_in_the_observed_order() {
        let response = ApiResponse::error(&ApiError::USER_NOT_FOUND, "request-id-test-1");
        assert_eq!(
            response.body,
            "{\"status_code\":404,\"request_id\":\"request-id-test-1\",\
             \"error_type\":\"user_not_found\",\"error_message\":\"User could not be found.\",\
             \"error_url\":\"https://stytch.com/docs/api/errors/404#user_not_found\"}"
        );
    }

    #[test]
    fn an_undocumented_status_has_the_html_page_of_a_gateway() {
        for (status, content_type) in [
            (429, JSON),
            (500, JSON),
            (502, "text/html"),
            (418, "text/html"),
        ] {
            let response = ApiResponse::from_status(status, "r");
            assert_eq!(response.status.as_u16(), status);
            assert_eq!(response.content_type, content_type, "{status}");
        }
    }
}
