//! What to do about a refusal, where the credential has a name.

use super::is_unknown_route;
use crate::credentials::Label;
use stytch_host::Error;

pub(super) fn advice_on_stored(error: &Error, label: &Label) -> Option<String> {
    let name = &label.name;
    match error.code() {
        "unauthorized" => Some(format!(
            "this was asked with the credential {label}; if its secret was rotated, store the new one: stytch-host credential add {name} --replace"
        )),
        "misconfigured" if matches!(error, Error::Plugin { .. }) => Some(format!(
            "project-id, secret and base-url are those of the credential {label}; --base-url and STYTCH_BASE_URL go before its base URL"
        )),
        "not_found" if !is_unknown_route(error) => Some(format!(
            "check the ID; test and live users are apart, and this was asked with the credential {label}"
        )),
        _ => None,
    }
}

pub(super) fn advice_on_new(error: &Error) -> Option<String> {
    (error.code() == "unauthorized").then(|| {
        "the project ID and the secret must come from the same environment of the same project"
            .to_owned()
    })
}
