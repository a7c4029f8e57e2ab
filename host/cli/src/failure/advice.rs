//! What to do about a failure: by Stytch's name for it, else by whose credential it
//! was, else by its class. Where nothing is known, Stytch's own words have to do.

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

/// Errors of Stytch's that say what to do by their name.
fn on_error_type(error: &Error) -> Option<&'static str> {
    Some(match error_type(error)? {
        "invalid_project_id" | "invalid_project_id_authentication" => {
            "Stytch does not take this for a project ID: copy it again from the API keys page of the dashboard"
        }
        "invalid_secret_authentication" => {
            "Stytch does not take this for a secret: copy it again from the API keys page of the dashboard"
        }
        "invalid_authorization_header" => {
            "copy the project ID and the secret again from the API keys page of the dashboard; a proxy on the way may have changed the header, too"
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
            "the project is for B2B, which has members of organizations in place of users; take the credential of a Consumer project"
        }
        "project_disabled" | "organization_suspended" => {
            "another secret does not help: see the project in the Stytch dashboard, or ask support@stytch.com"
        }
        "project_not_found" => {
            "check the project ID, and that the base URL is that of its environment"
        }
        "route_not_found" => "is the base URL that of a Stytch API?",
        "use_https" => "give the base URL with https:// in place of http://",
        "test_id_used_in_live_environment" | "live_id_used_in_test_environment" => {
            "test and live are apart, and the project ID chooses between them"
        }
        "user_lock_limit_reached" => {
            "this is about the user, who is locked, and not about how many requests there were; a lock ends by itself, or in the Stytch dashboard"
        }
        "search_timeout" => {
            "search for less at a time: with more filters, or with smaller pages (--limit)"
        }
        "user_search_invalid_cursor" => {
            "a cursor belongs to the project and the query that it came from; search without --cursor to begin again"
        }
        _ => return None,
    })
}

fn on_stored(error: &Error, label: &Label) -> Option<String> {
    let name = &label.name;
    match error.kind() {
        ErrorKind::Unauthorized => Some(format!(
            "this was asked with the credential {label}; if its secret was rotated, store the new one: stytch-host credential add {name} --replace"
        )),
        ErrorKind::Misconfigured if matches!(error, Error::Plugin { .. }) => Some(format!(
            "project-id, secret and base-url are those of the credential {label}; --base-url and STYTCH_BASE_URL go before its base URL"
        )),
        ErrorKind::NotFound => Some(format!(
            "check the ID; test and live users are apart, and this was asked with the credential {label}"
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
    let is_unreached = error.kind() == ErrorKind::Unreachable && error.is_retryable();
    is_unreached.then(|| proxy::advice(&error.to_string()))?
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
            "check the base URL, and what is between here and Stytch: a proxy, a firewall or a gateway may have responded in its place"
        }
        ErrorKind::RateLimited if error.is_retryable() => {
            "Stytch counts requests in fixed windows, for searches of one minute; wait for the next one"
        }
        ErrorKind::Unavailable if error.is_retryable() => {
            "this is on Stytch's side, or on that of a proxy before it; try again later"
        }
        ErrorKind::Unavailable => {
            "this is not known to pass by itself: check the base URL, and what is between here and Stytch; if it is Stytch's own, tell its support the request ID"
        }
        ErrorKind::MalformedResponse => {
            "check the base URL, and what is between here and Stytch: a proxy may have responded in its place"
        }
        ErrorKind::PluginFailed if matches!(error, Error::CompileTimeout { .. }) => {
            "give it more time with --timeout, if you trust the component"
        }
        ErrorKind::PluginFailed if matches!(error, Error::Load(_)) => {
            "take a component that was made for this version, or leave --component out for the built-in one"
        }
        ErrorKind::Misconfigured if matches!(error, Error::Read { .. }) => {
            "name a file that you can read, or leave --component out for the built-in component"
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
