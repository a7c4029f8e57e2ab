//! Hints for failures: by Stytch's error type, else by the source of the credential, else
//! by the kind of error. Without a hint, Stytch's own message has to do.

use crate::access::Source;
use crate::proxy;
use stytch_credentials::Label;
use stytch_host::{ClientError, Error, ErrorKind};

pub(super) fn hint(error: &Error, source: Option<&Source>) -> Option<String> {
    let named = on_error_type(error).map(str::to_owned);
    let general = || on_proxy(error).or_else(|| on_class(error).map(str::to_owned));
    match source {
        Some(Source::Stored(label)) => named.or_else(|| on_stored(error, label)).or_else(general),
        Some(Source::New(label)) => {
            let not_stored = format!("{label} was not stored; --no-test stores it without a test");
            Some(match named.or_else(|| on_new(error)).or_else(general) {
                Some(advice) => format!("{advice}\n{not_stored}"),
                None => not_stored,
            })
        }
        Some(Source::Emulator | Source::Variables | Source::Placeholder) | None => {
            named.or_else(general)
        }
    }
}

fn error_type(error: &Error) -> Option<&str> {
    error.api_error()?.error_type.as_deref()
}

/// By Stytch's error type.
fn on_error_type(error: &Error) -> Option<&'static str> {
    Some(match error_type(error)? {
        "invalid_project_id" | "invalid_project_id_authentication" => {
            "Stytch does not recognize the project ID: copy it again from the API keys page of the dashboard"
        }
        "invalid_secret_authentication" => {
            "Stytch does not recognize the secret: copy it again from the API keys page of the dashboard"
        }
        "invalid_authorization_header" => {
            "copy the project ID and the secret again from the API keys page of the dashboard; a proxy may also have changed the header"
        }
        "unauthorized_credentials_homepage" => {
            "these are the placeholders of Stytch's documentation: take the project ID and the secret of your own project"
        }
        "wrong_stack_live"
        | "wrong_stack_test"
        | "unauthorized_project_id_live"
        | "unauthorized_project_id_test" => {
            "the project ID and the base URL are of different environments: project-live-… belongs to https://api.stytch.com, project-test-… to https://test.stytch.com"
        }
        "invalid_consumer_endpoint" => {
            "this is a B2B project, which has organization members instead of users; use the credential of a Consumer project"
        }
        "project_disabled" | "organization_suspended" => {
            "another secret does not help: see the project in the Stytch dashboard, or ask support@stytch.com"
        }
        "project_not_found" => {
            "check the project ID, and that the base URL belongs to its environment"
        }
        "route_not_found" => "check that the base URL is a Stytch API",
        "use_https" => "use https:// instead of http:// in the base URL",
        "test_id_used_in_live_environment" | "live_id_used_in_test_environment" => {
            "test and live are separate, and the project ID chooses between them"
        }
        "user_lock_limit_reached" => {
            "the user is locked; this is not a rate limit. The lock expires, or can be removed in the Stytch dashboard"
        }
        "search_timeout" => {
            "search for less at a time: with more filters, or with smaller pages (--limit)"
        }
        "user_search_invalid_cursor" => {
            "a cursor is valid only for its own project and query; search without --cursor to start over"
        }
        _ => return None,
    })
}

fn on_stored(error: &Error, label: &Label) -> Option<String> {
    let name = &label.name;
    match error.kind() {
        ErrorKind::Unauthorized => Some(format!(
            "this request used the credential {label}; if its secret was rotated, store the new one: stytch-host credential add {name} --replace"
        )),
        ErrorKind::Misconfigured if matches!(error, Error::Plugin { .. }) => Some(format!(
            "project-id, secret and base-url are those of the credential {label}; --base-url and STYTCH_BASE_URL override its base URL"
        )),
        ErrorKind::NotFound => Some(format!(
            "check the ID; test and live users are separate, and this request used the credential {label}"
        )),
        _ => None,
    }
}

fn on_new(error: &Error) -> Option<String> {
    (error.kind() == ErrorKind::Unauthorized).then(|| {
        "the project ID and the secret must come from the same environment of the same project"
            .to_owned()
    })
}

fn on_proxy(error: &Error) -> Option<String> {
    // Other failures of a proxy say what to do in their message.
    let is_unreached = error.kind() == ErrorKind::Unreachable && error.is_retryable();
    (is_unreached && error.is_of_proxy()).then(proxy::advice)?
}

fn on_class(error: &Error) -> Option<&'static str> {
    Some(match error.kind() {
        ErrorKind::Unauthorized => {
            "check STYTCH_PROJECT_ID and STYTCH_SECRET: both must come from the same environment of the same project"
        }
        ErrorKind::NotFound => {
            "check the ID; test and live users are apart, and the project ID chooses between them"
        }
        ErrorKind::Rejected if error_type(error).is_none() => {
            "check the base URL and the network path to Stytch: a proxy, a firewall or a gateway may have responded instead"
        }
        ErrorKind::RateLimited if error.is_retryable() => {
            "Stytch limits requests per fixed window, one minute for searches; wait for the next window"
        }
        ErrorKind::Unavailable if error.is_retryable() => {
            "Stytch, or a proxy in front of it, has a problem; try again later"
        }
        ErrorKind::Unavailable => {
            "this may not be transient: check the base URL and the network path to Stytch; if the response is Stytch's own, report the request ID to its support"
        }
        ErrorKind::MalformedResponse => {
            "check the base URL and the network path to Stytch: a proxy may have responded instead"
        }
        ErrorKind::PluginFailed if matches!(error, Error::CompileTimeout { .. }) => {
            "give it more time with --timeout, if you trust the component"
        }
        ErrorKind::PluginFailed if matches!(error, Error::Load(_)) => {
            "use a component built for this version, or omit --component for the built-in one"
        }
        ErrorKind::Misconfigured if matches!(error, Error::Read { .. }) => {
            "name a file that you can read, or omit --component for the built-in one"
        }
        ErrorKind::Unreachable if matches!(error, Error::Deadline { .. }) => {
            "give it more time with --timeout"
        }
        ErrorKind::Unreachable if error.is_retryable() => {
            "check the network and the base URL, then try again"
        }
        ErrorKind::Misconfigured if matches!(error, Error::Client(ClientError::CaFile { .. })) => {
            "give --ca-cert a PEM file with the certificate of the authority that signed the server's"
        }
        ErrorKind::Misconfigured
            if matches!(error, Error::Client(ClientError::CaVariable { .. })) =>
        {
            "name a PEM file with SSL_CERT_FILE, or a folder of such files with SSL_CERT_DIR; \
             unset both to trust the system's authorities"
        }
        ErrorKind::Misconfigured if matches!(error, Error::Plugin { .. }) => {
            "the component reads project-id and secret from STYTCH_PROJECT_ID and STYTCH_SECRET, and base-url from --base-url or STYTCH_BASE_URL"
        }
        _ => return None,
    })
}
