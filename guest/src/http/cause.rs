//! Maps `wasi:http`'s 39 error codes to the causes of the contract.

use crate::bindings::exports::stytch::users::types::{TransportCause, TransportProblem};
use crate::bindings::wasi::http::types::ErrorCode;
use alloc::borrow::ToOwned;
use alloc::format;

/// The phase in which an exchange failed.
#[derive(Clone, Copy)]
pub(super) enum Phase {
    /// Before the response headers were received.
    Headers,
    /// While the response body was received.
    Body,
}

/// Returns the cause, with the code's name as the detail.
pub(super) fn cause_from_code(code: ErrorCode, phase: Phase) -> TransportProblem {
    use TransportCause as Cause;
    let cut = match phase {
        Phase::Headers => Cause::Reset,
        Phase::Body => Cause::Truncated,
    };
    let (cause, name, more) = match code {
        ErrorCode::DnsTimeout => (Cause::ConnectTimeout, "DNS-timeout", None),
        ErrorCode::DnsError(payload) => (Cause::Dns, "DNS-error", payload.rcode),
        ErrorCode::DestinationNotFound => (Cause::Dns, "destination-not-found", None),
        ErrorCode::DestinationUnavailable => (Cause::Connect, "destination-unavailable", None),
        ErrorCode::DestinationIpProhibited => (Cause::Denied, "destination-IP-prohibited", None),
        ErrorCode::DestinationIpUnroutable => (Cause::Connect, "destination-IP-unroutable", None),
        ErrorCode::ConnectionRefused => (Cause::Connect, "connection-refused", None),
        ErrorCode::ConnectionTerminated => (cut, "connection-terminated", None),
        ErrorCode::ConnectionTimeout => (Cause::ConnectTimeout, "connection-timeout", None),
        ErrorCode::ConnectionReadTimeout => (Cause::IdleTimeout, "connection-read-timeout", None),
        ErrorCode::ConnectionWriteTimeout => (Cause::IdleTimeout, "connection-write-timeout", None),
        ErrorCode::ConnectionLimitReached => (Cause::Connect, "connection-limit-reached", None),
        ErrorCode::TlsProtocolError => (Cause::TlsProtocol, "TLS-protocol-error", None),
        ErrorCode::TlsCertificateError => (Cause::TlsCertificate, "TLS-certificate-error", None),
        ErrorCode::TlsAlertReceived(payload) => (
            Cause::TlsProtocol,
            "TLS-alert-received",
            payload.alert_message,
        ),
        ErrorCode::HttpRequestDenied => (Cause::Denied, "HTTP-request-denied", None),
        ErrorCode::HttpRequestLengthRequired => {
            (Cause::Protocol, "HTTP-request-length-required", None)
        }
        ErrorCode::HttpRequestBodySize(_) => (Cause::Protocol, "HTTP-request-body-size", None),
        ErrorCode::HttpRequestMethodInvalid => (Cause::Denied, "HTTP-request-method-invalid", None),
        ErrorCode::HttpRequestUriInvalid => (Cause::Denied, "HTTP-request-URI-invalid", None),
        ErrorCode::HttpRequestUriTooLong => (Cause::Denied, "HTTP-request-URI-too-long", None),
        ErrorCode::HttpRequestHeaderSectionSize(_) => {
            (Cause::Protocol, "HTTP-request-header-section-size", None)
        }
        ErrorCode::HttpRequestHeaderSize(_) => (Cause::Protocol, "HTTP-request-header-size", None),
        ErrorCode::HttpRequestTrailerSectionSize(_) => {
            (Cause::Protocol, "HTTP-request-trailer-section-size", None)
        }
        ErrorCode::HttpRequestTrailerSize(_) => {
            (Cause::Protocol, "HTTP-request-trailer-size", None)
        }
        ErrorCode::HttpResponseIncomplete => (cut, "HTTP-response-incomplete", None),
        ErrorCode::HttpResponseHeaderSectionSize(_) => {
            (Cause::TooLarge, "HTTP-response-header-section-size", None)
        }
        ErrorCode::HttpResponseHeaderSize(_) => {
            (Cause::TooLarge, "HTTP-response-header-size", None)
        }
        ErrorCode::HttpResponseBodySize(_) => (Cause::TooLarge, "HTTP-response-body-size", None),
        ErrorCode::HttpResponseTrailerSectionSize(_) => {
            (Cause::TooLarge, "HTTP-response-trailer-section-size", None)
        }
        ErrorCode::HttpResponseTrailerSize(_) => {
            (Cause::TooLarge, "HTTP-response-trailer-size", None)
        }
        ErrorCode::HttpResponseTransferCoding(_) => {
            (Cause::Protocol, "HTTP-response-transfer-coding", None)
        }
        ErrorCode::HttpResponseContentCoding(_) => {
            (Cause::Protocol, "HTTP-response-content-coding", None)
        }
        ErrorCode::HttpResponseTimeout => (Cause::ResponseTimeout, "HTTP-response-timeout", None),
        ErrorCode::HttpUpgradeFailed => (Cause::Protocol, "HTTP-upgrade-failed", None),
        ErrorCode::HttpProtocolError => (Cause::Protocol, "HTTP-protocol-error", None),
        ErrorCode::LoopDetected => (Cause::Protocol, "loop-detected", None),
        ErrorCode::ConfigurationError => (Cause::Other, "configuration-error", None),
        ErrorCode::InternalError(text) => (Cause::Other, "internal-error", text),
    };
    let detail = match more {
        Some(more) => format!("{name}: {more}"),
        None => name.to_owned(),
    };
    TransportProblem { cause, detail }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bindings::wasi::http::types::{DnsErrorPayload, TlsAlertReceivedPayload};
    use TransportCause as Cause;

    #[test]
    fn maps_codes_to_causes() {
        let dns = DnsErrorPayload {
            rcode: Some("NXDOMAIN".into()),
            info_code: None,
        };
        let alert = TlsAlertReceivedPayload {
            alert_id: Some(40),
            alert_message: None,
        };
        for (code, cause, detail) in [
            (
                ErrorCode::HttpRequestDenied,
                Cause::Denied,
                "HTTP-request-denied",
            ),
            (
                ErrorCode::DestinationIpProhibited,
                Cause::Denied,
                "destination-IP-prohibited",
            ),
            (ErrorCode::DnsError(dns), Cause::Dns, "DNS-error: NXDOMAIN"),
            (ErrorCode::DnsTimeout, Cause::ConnectTimeout, "DNS-timeout"),
            (
                ErrorCode::ConnectionRefused,
                Cause::Connect,
                "connection-refused",
            ),
            (
                ErrorCode::ConnectionTimeout,
                Cause::ConnectTimeout,
                "connection-timeout",
            ),
            (
                ErrorCode::TlsCertificateError,
                Cause::TlsCertificate,
                "TLS-certificate-error",
            ),
            (
                ErrorCode::TlsProtocolError,
                Cause::TlsProtocol,
                "TLS-protocol-error",
            ),
            (
                ErrorCode::TlsAlertReceived(alert),
                Cause::TlsProtocol,
                "TLS-alert-received",
            ),
            (
                ErrorCode::HttpResponseTimeout,
                Cause::ResponseTimeout,
                "HTTP-response-timeout",
            ),
            (
                ErrorCode::ConnectionReadTimeout,
                Cause::IdleTimeout,
                "connection-read-timeout",
            ),
            (
                ErrorCode::HttpResponseBodySize(None),
                Cause::TooLarge,
                "HTTP-response-body-size",
            ),
            (
                ErrorCode::HttpProtocolError,
                Cause::Protocol,
                "HTTP-protocol-error",
            ),
            (
                ErrorCode::InternalError(Some("x".into())),
                Cause::Other,
                "internal-error: x",
            ),
        ] {
            let problem = cause_from_code(code, Phase::Headers);
            assert_eq!((problem.cause, problem.detail.as_str()), (cause, detail));
        }
    }

    #[test]
    fn a_cut_within_the_body_is_not_a_reset() {
        for code in [
            ErrorCode::ConnectionTerminated,
            ErrorCode::HttpResponseIncomplete,
        ] {
            assert_eq!(
                cause_from_code(code.clone(), Phase::Headers).cause,
                Cause::Reset
            );
            assert_eq!(cause_from_code(code, Phase::Body).cause, Cause::Truncated);
        }
    }
}
