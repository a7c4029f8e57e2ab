//! A local stand-in for Stytch's consumer users API.
//!
//! It is for people who have no Stytch account, for tests, and for rehearsing faults. It answers
//! over HTTP/1.1 as the API does, so that Stytch's own SDKs work against it unchanged:
//!
//! | request | answer |
//! |---|---|
//! | `GET /v1/users/{user_id or external_id}` | the user, flat beside `status_code` and `request_id` |
//! | `POST /v1/users/search` | a page of users, with a `total` and a `next_cursor` |
//! | `POST /v1/users`, `PUT` and `DELETE /v1/users/{id}` | create, update, delete |
//! | `DELETE /v1/users/emails/{email_id}`, and so on | the user without that e-mail address, phone number, WebAuthn, biometric or OAuth registration, authenticator app, crypto wallet or password |
//! | `DELETE /v1/users/{id}/external_id` | the user without an external ID |
//! | `PUT /v1/users/{id}/exchange_primary_factor` | the user with another e-mail address or phone number |
//! | `GET /v1/users/{id}/connected_apps` | none; there is nothing to revoke, either |
//!
//! That is every route of users that the official SDKs have.
//!
//! Users are [seeded](Options::users) or [loaded](Options::load), and [`Chaos`] makes the server
//! misbehave on purpose. What is said here of Stytch follows its documentation
//! (<https://stytch.com/docs/api>) and the types of its official SDKs.
//!
//! # What is inferred
//!
//! Stytch does not document everything. Where it is silent the emulator does what is most useful
//! to somebody who tests a client; do not take these for facts about Stytch:
//!
//! | question | here |
//! |---|---|
//! | order of the results | by creation, newest first, as recorded of the API; of one time those first that were added last, and users of no known time last. Do not rely on it: nothing documents it |
//! | cursors | opaque; bound to the query but not to the limit; a cursor of another query, or an edited one, is `user_search_invalid_cursor`; `""` means none |
//! | cursor lifetime | until the emulator starts with another seed or file; users created or deleted meanwhile never repeat or hide others |
//! | `limit` | an integer, 1 to 1000; anything else is `user_search_invalid_limit` |
//! | `operator` | exactly `AND` or `OR`; may be left out when there are no operands |
//! | `created_at_*` | both bounds are exclusive |
//! | times | all of RFC 3339's grammar and nothing else: any offset, any number of fractional digits (nine count), `t` and `z` in lower case, second 60; no space in place of the `T`. The last 26 hours of the year 9999 count as one instant |
//! | `email_address` | compared without regard to case; every other list exactly |
//! | `oauth_provider` | compared without regard to case; a name outside Stytch's list is `user_search_invalid_oauth_provider_filter` |
//! | `*_verified` | `true`: has a verified one; `false`: has an unverified one; a user with none matches neither |
//! | `full_name_fuzzy` | prefix of the first name, of the last name, or of "first last"; case is ignored |
//! | `email_address_fuzzy` | prefix of the address or of its domain; case is ignored |
//! | `phone_number_fuzzy` | part of the number, anywhere |
//! | length of a fuzzy value | at least 3 characters |
//! | values in one list | at most 100; an empty list is the filter's own `user_search_missing_…` |
//! | `user_id` with external IDs | either kind is found by either; a list that mixes IDs that begin `user-test-` or `user-live-` with others is refused |
//! | status of every `user_search_*` error | 400, as for its documented B2B siblings |
//! | an ID that breaks the alphabet of external IDs | 400 `invalid_user_id`; a legal unknown one is 404 `user_not_found` |
//! | an unknown `user-live-…` | 400 `live_id_used_in_test_environment` |
//! | a malformed `Authorization` | as recorded of none: 400 `invalid_authorization_header` |
//! | a project ID or secret that nobody has | 401 `unauthorized_credentials`; a project ID of another form is 400 `invalid_project_id_authentication`, as recorded |
//! | credentials of a live project | 400 `wrong_stack_live` |
//! | another method on a known path | 405 `method_not_allowed` |
//! | `/v1/users/search` as an ID | always the search; an external ID `search` cannot be retrieved |
//! | body over 1 MiB | 400 `bad_request` |
//! | absent optional members | `null`; a name is three strings, `""` when unset; metadata of a created user is `{}` |
//! | a created e-mail address or phone number | unverified |
//! | `name` in an update | given parts replace, others stay |
//! | roles | any names, after `stytch_user`, which every user here has as the recorded test users do; loaded users keep theirs |
//! | deleting the last factor | allowed |
//! | exchanging a factor | the new one is not verified; a user with another number of factors than one, whatever they are, is 400 `invalid_exchange_primary_factor_user` |
//! | revoking a connected app | 404 `connected_app_not_found` |
//! | an unknown part of a user | 404 with the part's own type, such as `email_not_found` |
//! | a request for another `Host` | 421; see [`Options::allow_hosts`] |
//! | `Retry-After` | not sent, unless [`Chaos`] says so |
//! | messages of errors | Stytch's where it publishes them, else our own |

mod answer;
mod auth;
mod body;
mod changes;
mod chaos;

mod cursor;
mod error;
mod extra;
mod failure;
mod fault;
mod filter;
mod host;
mod identifier;
mod index;
mod line;
mod load;
#[cfg(test)]
mod loopback;
mod metadata;
mod operand;
mod options;
mod part;
mod query;
mod rate;
mod route;
mod search;
mod seed;
mod server;
mod service;
mod store;
mod time;
mod user;
mod write;

pub use auth::{PROJECT_ID, SECRET};
pub use chaos::Chaos;
pub use error::Error;
pub use extra::Extra;
pub use metadata::Metadata;
pub use options::Options;
pub use server::Emulator;
pub use user::{
    BiometricRegistration, CryptoWallet, Email, Name, OAuthProvider, Password, PhoneNumber, Totp,
    User, WebAuthnRegistration,
};

/// The README's Rust is compiled and run with the documentation tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
