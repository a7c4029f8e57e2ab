//! The error type of all calls, with predicates for how callers handle it.

mod report;

pub use report::ErrorReport;

use super::limits::Limit;
use crate::contract::types;
use crate::network::secret_forms::Redactor;
use crate::network::{ClientError, NetworkFailure};
use serde::{Serialize, Serializer};
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

/// Why a plugin could not be loaded or a call failed.
///
/// Neither its fields nor its messages contain secrets. Stytch's messages are passed on
/// unchanged: treat them as untrusted text.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The component's file cannot be read.
    #[error("the component {path} cannot be read", path = path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: std::io::Error,
    },

    /// The bytes are not a component, or the component does not fit this contract. Exports
    /// with other types are only detected by a call.
    #[error("this component cannot be used: {0}")]
    Load(String),

    /// Compiling the component took longer than
    /// [`PluginBuilder::compile_timeout`](crate::PluginBuilder::compile_timeout) allows.
    #[error("compiling the component took longer than {after:?}")]
    CompileTimeout {
        /// The timeout.
        after: Duration,
    },

    /// The engine could not be set up on this machine.
    #[error("the WebAssembly engine could not be set up: {0}")]
    Engine(String),

    /// The network client could not be set up.
    #[error(transparent)]
    Client(#[from] ClientError),

    /// The component exceeded one of its limits.
    #[error("the component was stopped")]
    Limit(#[from] Limit),

    /// The component failed in a way that the contract does not define.
    #[error("the component failed: {0}")]
    Trap(String),

    /// The call exceeded its deadline, or its last attempt its timeout.
    #[error("no result within {after:?}{}", after_attempts(*attempts))]
    Deadline {
        /// The limit of the call or of its last attempt.
        after: Duration,
        /// See [`Error::attempts`].
        attempts: u32,
    },

    /// The credential cannot be used with
    /// [`PluginBuilder::sealed`](crate::PluginBuilder::sealed).
    #[error("the credential cannot be sealed: {0}")]
    Sealed(&'static str),

    /// The component's own, typed error.
    #[error("{}{}", describe(error, fault.as_ref()), after_attempts(*attempts))]
    Plugin {
        /// The error that the component returned.
        error: types::Error,
        /// The host's description of the network fault; the component got only an error
        /// code.
        fault: Option<NetworkFailure>,
        /// See [`Error::attempts`].
        attempts: u32,
    },
}

/// The kind of an [`Error`]: a case of the contract's `error`, or a failure of the
/// component or the host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The input is invalid; nothing was sent.
    InvalidInput,
    /// The credential or the host's configuration is invalid; nothing was sent.
    Misconfigured,
    /// Stytch refused the credential.
    Unauthorized,
    /// Stytch has no such user.
    NotFound,
    /// Stytch refused the request for another reason.
    Rejected,
    /// Stytch rate-limited the request, for the project or for one user.
    RateLimited,
    /// Stytch failed (5xx).
    Unavailable,
    /// Stytch could not be reached, or did not respond in time.
    Unreachable,
    /// The response is not what Stytch documents.
    MalformedResponse,
    /// The component or the host failed.
    PluginFailed,
}

impl ErrorKind {
    /// Returns its machine-readable name: the contract's case in snake case, or
    /// `plugin_failed`.
    pub const fn code(self) -> &'static str {
        match self {
            Self::InvalidInput => "invalid_input",
            Self::Misconfigured => "misconfigured",
            Self::Unauthorized => "unauthorized",
            Self::NotFound => "not_found",
            Self::Rejected => "rejected",
            Self::RateLimited => "rate_limited",
            Self::Unavailable => "unavailable",
            Self::Unreachable => "unreachable",
            Self::MalformedResponse => "malformed_response",
            Self::PluginFailed => "plugin_failed",
        }
    }
}

impl Serialize for ErrorKind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.code())
    }
}

impl Error {
    /// Returns the kind of failure.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Plugin { error, .. } => match error {
                types::Error::InvalidInput(_) => ErrorKind::InvalidInput,
                types::Error::Misconfigured(_) => ErrorKind::Misconfigured,
                types::Error::Unauthorized(_) => ErrorKind::Unauthorized,
                types::Error::NotFound(_) => ErrorKind::NotFound,
                types::Error::Rejected(_) => ErrorKind::Rejected,
                types::Error::RateLimited(_) => ErrorKind::RateLimited,
                types::Error::Unavailable(_) => ErrorKind::Unavailable,
                types::Error::Unreachable(_) => ErrorKind::Unreachable,
                types::Error::MalformedResponse(_) => ErrorKind::MalformedResponse,
            },
            // Stytch did not respond in time.
            Self::Deadline { .. } => ErrorKind::Unreachable,
            Self::Client(_) | Self::Read { .. } | Self::Sealed(_) => ErrorKind::Misconfigured,
            Self::Load(_)
            | Self::CompileTimeout { .. }
            | Self::Engine(_)
            | Self::Limit(_)
            | Self::Trap(_) => ErrorKind::PluginFailed,
        }
    }

    /// Returns the machine-readable name of its [kind](Self::kind), such as
    /// `rate_limited`.
    pub fn code(&self) -> &'static str {
        self.kind().code()
    }

    /// Returns whether the failure is transient, so that the same call may succeed later:
    /// the network or Stytch failed, or there were too many requests. A 429 means the
    /// latter if its error type is Stytch's `too_many_requests`, or if it has no error
    /// type of Stytch's, such as an HTML response of a proxy in front of it. Stytch's
    /// other 429s are about one user.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Plugin { error, .. } => match error {
                types::Error::InvalidInput(_)
                | types::Error::Misconfigured(_)
                | types::Error::Unauthorized(_)
                | types::Error::NotFound(_)
                | types::Error::MalformedResponse(_) => false,
                types::Error::Rejected(api) => api.status == 408,
                // Stytch's other 429s are about the user, not about the rate. A 429 without
                // an error type comes from a proxy, and means too many requests (RFC 6585).
                types::Error::RateLimited(api) => is_too_many_requests(api),
                types::Error::Unavailable(api) => matches!(api.status, 500 | 502 | 503 | 504),
                types::Error::Unreachable(problem) => is_transient(problem.cause),
            },
            Self::Deadline { .. } => true,
            Self::Read { .. }
            | Self::Load(_)
            | Self::CompileTimeout { .. }
            | Self::Engine(_)
            | Self::Client(_)
            | Self::Sealed(_)
            | Self::Limit(_)
            | Self::Trap(_) => false,
        }
    }

    /// Returns how many attempts sent a request; 0 if none did, and for failures of the
    /// component or the host.
    pub fn attempts(&self) -> u32 {
        match self {
            Self::Plugin { attempts, .. } | Self::Deadline { attempts, .. } => *attempts,
            _ => 0,
        }
    }

    pub(crate) fn with_attempts(mut self, sent: u32) -> Self {
        if let Self::Plugin { attempts, .. } | Self::Deadline { attempts, .. } = &mut self {
            *attempts = sent;
        }
        self
    }

    /// Returns how long to wait before a retry, as Stytch's response says. For a
    /// rate-limited search without that information it is the time to the next full
    /// minute: Stytch counts searches per minute, in windows that are aligned to the clock
    /// (inferred from its documentation).
    pub fn retry_after(&self) -> Option<Duration> {
        let milliseconds = self.api_error()?.retry_after_ms?;
        Some(Duration::from_millis(milliseconds))
    }

    /// Returns whether Stytch has no such user.
    pub fn is_not_found(&self) -> bool {
        self.kind() == ErrorKind::NotFound
    }

    /// Returns whether the host's network policy denied the request.
    pub fn is_denied(&self) -> bool {
        let Self::Plugin {
            error: types::Error::Unreachable(problem),
            ..
        } = self
        else {
            return false;
        };
        problem.cause == types::TransportCause::Denied
    }

    /// Returns whether the proxy failed, and not Stytch: it could not be reached, or it did
    /// not open a tunnel.
    pub fn is_of_proxy(&self) -> bool {
        match self {
            Self::Plugin { fault, .. } => fault.as_ref().is_some_and(|fault| fault.is_of_proxy),
            _ => false,
        }
    }

    /// Returns Stytch's error response, if there was one.
    pub fn api_error(&self) -> Option<&types::ApiError> {
        let Self::Plugin { error, .. } = self else {
            return None;
        };
        match error {
            types::Error::Unauthorized(api)
            | types::Error::NotFound(api)
            | types::Error::Rejected(api)
            | types::Error::RateLimited(api)
            | types::Error::Unavailable(api) => Some(api),
            types::Error::InvalidInput(_)
            | types::Error::Misconfigured(_)
            | types::Error::Unreachable(_)
            | types::Error::MalformedResponse(_) => None,
        }
    }

    /// Returns Stytch's ID of the request, if the response has one.
    pub fn request_id(&self) -> Option<&str> {
        self.api_error()?.request_id.as_deref()
    }

    /// Redacts the secret in every text: a server may send it back, and a component may
    /// put it into a message.
    pub(crate) fn redact(&mut self, redactor: &Redactor) {
        match self {
            Self::Trap(text) => redactor.redact(text),
            Self::Plugin { error, fault, .. } => {
                let fault = fault.iter_mut().map(|fault| &mut fault.message);
                for text in fault.chain(texts(error)) {
                    redactor.redact(text);
                }
            }
            _ => {}
        }
    }
}

/// Iterates over every text of an error of the component.
fn texts(error: &mut types::Error) -> impl Iterator<Item = &mut String> {
    let texts = match error {
        types::Error::InvalidInput(problem) => {
            vec![Some(&mut problem.field), Some(&mut problem.reason)]
        }
        types::Error::Misconfigured(problem) => {
            vec![Some(&mut problem.key), Some(&mut problem.reason)]
        }
        types::Error::Unauthorized(api)
        | types::Error::NotFound(api)
        | types::Error::Rejected(api)
        | types::Error::RateLimited(api)
        | types::Error::Unavailable(api) => vec![
            api.error_type.as_mut(),
            api.message.as_mut(),
            api.request_id.as_mut(),
            api.error_url.as_mut(),
            api.details.as_mut(),
        ],
        types::Error::Unreachable(problem) => vec![Some(&mut problem.detail)],
        types::Error::MalformedResponse(text) => vec![Some(text)],
    };
    texts.into_iter().flatten()
}

/// Whether a 429 means that there were too many requests.
fn is_too_many_requests(api: &types::ApiError) -> bool {
    let name = api.error_type.as_deref();
    name.is_none_or(|name| name == "too_many_requests")
}

fn is_transient(cause: types::TransportCause) -> bool {
    use types::TransportCause as Cause;
    match cause {
        Cause::Denied
        | Cause::TlsCertificate
        | Cause::TlsProtocol
        | Cause::TooLarge
        | Cause::Protocol
        | Cause::Other => false,
        Cause::Dns
        | Cause::Connect
        | Cause::ConnectTimeout
        | Cause::ResponseTimeout
        | Cause::IdleTimeout
        | Cause::Reset
        | Cause::Truncated => true,
    }
}

fn after_attempts(attempts: u32) -> String {
    match attempts {
        0 | 1 => String::new(),
        _ => format!(" (after {attempts} attempts)"),
    }
}

fn describe(error: &types::Error, fault: Option<&NetworkFailure>) -> String {
    let with_message = |what: &str, api: &types::ApiError, otherwise: &str| {
        let status = api.status;
        match api.message.as_ref().or(api.error_type.as_ref()) {
            Some(message) => format!("{what} (status {status}): {message}"),
            None => format!("{what} (status {status}){otherwise}"),
        }
    };
    let api = |what, error| with_message(what, error, ", with a body that is not Stytch's");
    match error {
        types::Error::InvalidInput(problem) => format!("{} {}", problem.field, problem.reason),
        types::Error::Misconfigured(problem) => format!("{} {}", problem.key, problem.reason),
        types::Error::Unauthorized(error) => api("Stytch refused the credential", error),
        types::Error::NotFound(error) => api("not found", error),
        types::Error::Rejected(error) if error.error_type.is_none() => {
            with_message("something other than Stytch's API responded", error, "")
        }
        types::Error::Rejected(error) => api("Stytch refused the request", error),
        types::Error::RateLimited(error) if !is_too_many_requests(error) => {
            api("Stytch refused the request", error)
        }
        types::Error::RateLimited(error) => {
            let text = api("too many requests", error);
            match error.retry_after_ms {
                Some(left) => format!("{text}; try again in {} s", left.div_ceil(1000)),
                None => text,
            }
        }
        types::Error::Unavailable(error) => api("Stytch failed", error),
        types::Error::Unreachable(problem) => {
            format!(
                "Stytch was not reached: {}",
                fault.map_or(&problem.detail, |fault| &fault.message)
            )
        }
        types::Error::MalformedResponse(text) => {
            format!("the response is not what Stytch documents: {text}")
        }
    }
}

#[cfg(test)]
mod tests;
