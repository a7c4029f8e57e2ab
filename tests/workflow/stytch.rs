//! Stytch's responses, of which a test makes a script, and the requests that it gets.

use stytch_emulator::{Emulator, PROJECT_ID, SECRET};
use stytch_testkit::{Answer, http_call};

/// The first lines of requests.
pub(crate) const RETRIEVE: &str = "GET /v1/users/ada.lovelace HTTP/1.1";
pub(crate) const SEARCH: &str = "POST /v1/users/search HTTP/1.1";

/// The response to the retrieval of a user.
pub(crate) fn user(stytch: &Emulator, id: &str) -> Answer {
    let status = match id {
        "nobody" => "404 Not Found",
        _ => "200 OK",
    };
    let body = ask(stytch, "GET", &format!("/v1/users/{id}"), "");
    Answer::http(status, &[], body)
}

/// The response to a search.
pub(crate) fn page(stytch: &Emulator) -> Answer {
    Answer::http("200 OK", &[], ask(stytch, "POST", "/v1/users/search", "{}"))
}

/// A response that says so much of an error.
pub(crate) fn error(status: &str, error_type: &str) -> Answer {
    let body = format!(r#"{{"error_type":"{error_type}"}}"#);
    Answer::http(status, &[], body)
}

fn ask(stytch: &Emulator, method: &str, path: &str, body: &str) -> String {
    http_call(stytch.address(), method, path, (PROJECT_ID, SECRET), body)
}

/// The first line of a request.
pub(crate) fn line(request: &str) -> String {
    request.lines().next().unwrap_or_default().to_owned()
}
