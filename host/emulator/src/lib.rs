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
//! | order of the results | by creation, oldest first |
//! | cursors | opaque; bound to the query but not to the limit; a cursor of another query, or an edited one, is `user_search_invalid_cursor`; `""` means none |
//! | cursor lifetime | until the emulator's seed changes; users created or deleted meanwhile never repeat or hide others |
//! | `limit` | an integer, 1 to 1000; anything else is `user_search_invalid_limit` |
//! | `operator` | exactly `AND` or `OR`; may be left out when there are no operands |
//! | `created_at_*` | both bounds are exclusive |
//! | `email_address` | compared without regard to case; every other list exactly |
//! | `oauth_provider` | compared without regard to case; a name outside Stytch's list is `user_search_invalid_oauth_provider_filter` |
//! | `*_verified` | `true`: has a verified one; `false`: has an unverified one; a user with none matches neither |
//! | `full_name_fuzzy` | prefix of the first name, of the last name, or of "first last"; case is ignored |
//! | `email_address_fuzzy` | prefix of the address or of its domain; case is ignored |
//! | `phone_number_fuzzy` | part of the number, anywhere |
//! | length of a fuzzy value | at least 3 characters |
//! | values in one list | at most 100; an empty list is the filter's own `user_search_missing_…` |
//! | `user_id` with external IDs | an ID that does not begin `user-test-` or `user-live-` is external; a mix is refused |
//! | status of every `user_search_*` error | 400, as for its documented B2B siblings |
//! | an ID that breaks the alphabet of external IDs | 400 `invalid_user_id`; a legal unknown one is 404 `user_not_found` |
//! | an unknown `user-live-…` | 400 `live_id_used_in_test_environment` |
//! | no or malformed `Authorization` | 400 `invalid_authorization_header` |
//! | credentials of a live project | 400 `wrong_stack_live` |
//! | another method on a known path | 405 `method_not_allowed` |
//! | `/v1/users/search` as an ID | always the search; an external ID `search` cannot be retrieved |
//! | body over 1 MiB | 400 `bad_request` |
//! | absent optional members | `null`; a name is three strings, `""` when unset; metadata of a created user is `{}` |
//! | a created e-mail address or phone number | unverified |
//! | `name` in an update | given parts replace, others stay |
//! | roles | any names; none is added |
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
mod identifier;
mod index;
mod line;
mod load;
#[cfg(test)]
mod loopback;
mod metadata;
mod operand;
mod options;
mod query;
mod rate;
mod route;
mod search;
mod seed;
mod server;
mod service;
mod store;
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
