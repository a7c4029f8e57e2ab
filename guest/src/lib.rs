//! The component: Stytch's user lookup and search over `wasi:http`.
//!
//! It has no state, and its only I/O is one HTTP request per call. Each exported function
//! has the same steps: validate the input, read the configuration, send, decode.
//! Everything except sending is pure and tested natively.
//!
//! It does not use the standard library, whose panic handling would be a third of the
//! component's size, for a message that no sandbox shows.

#![no_std]

extern crate alloc;
#[cfg(not(target_arch = "wasm32"))]
extern crate std;

mod api;
mod bindings;
mod config;
mod convert;
mod http;
mod input;

use alloc::borrow::ToOwned;
use alloc::string::String;
use bindings::exports::stytch::users::{credential, types, users};
use config::Config;
use http::Request;
use stytch_runtime::{Bump, NeverReuses};
use types::{Error, RetrievedUser, SearchPage, SearchRequest};

/// Tests use the same allocator as the component.
#[global_allocator]
static ALLOCATOR: Bump = Bump::new();

#[expect(unsafe_code, reason = "only the program knows its allocator")]
// SAFETY: it is declared above.
const NEVER_REUSES: NeverReuses = unsafe { NeverReuses::new() };

struct Integration;

impl users::Guest for Integration {
    fn retrieve_user(user_id: String) -> Result<RetrievedUser, Error> {
        let segment = input::user_id_to_segment(&user_id)?;
        let config = Config::read()?;
        let path = "/v1/users/".to_owned() + &segment;
        let response = http::send(&config, &Request::get(&path))?;
        convert::user_from_response(response)
    }

    fn search_users(request: SearchRequest) -> Result<SearchPage, Error> {
        search(&request).map(|(page, _)| page)
    }
}

impl credential::Guest for Integration {
    fn check() -> Result<credential::CredentialReport, Error> {
        let one_user = SearchRequest {
            query: None,
            limit: Some(1),
            cursor: None,
        };
        let (page, config) = search(&one_user)?;
        Ok(credential::CredentialReport {
            environment: config.environment(),
            base_url: config.base_url(),
            request_id: page.request_id,
        })
    }
}

fn search(request: &SearchRequest) -> Result<(SearchPage, Config), Error> {
    input::check_search(request)?;
    let body = convert::search_to_json(request)?;
    let config = Config::read()?;
    let response = http::send(&config, &Request::post("/v1/users/search", body.as_bytes()))?;
    Ok((convert::page_from_response(response)?, config))
}
