//! A local stand-in for Stytch's consumer users API, for tests and for development without a Stytch
//! account.
//!
//! It speaks HTTP/1.1 as the API does, so that Stytch's own SDKs work with it unchanged:
//!
//! | request | response |
//! |---|---|
//! | `GET /v1/users/{user_id or external_id}` | the user's members, beside `status_code` and `request_id` |
//! | `POST /v1/users/search` | a page of users, with a `total` and a `next_cursor` |
//! | `POST /v1/users`, `PUT` and `DELETE /v1/users/{id}` | create, update, delete |
//! | `DELETE /v1/users/emails/{email_id}` and its counterparts | the user without that e-mail address, phone number, WebAuthn, biometric or OAuth registration, authenticator app, crypto wallet or password |
//! | `DELETE /v1/users/{id}/external_id` | the user without an external ID |
//! | `PUT /v1/users/{id}/exchange_primary_factor` | the user with another e-mail address or phone number |
//! | `GET /v1/users/{id}/connected_apps` | an empty list, so that there is nothing to revoke, either |
//!
//! These are all routes for users in the official SDKs.
//!
//! Users are [generated](Options::users) or [loaded](Options::load), and [`Chaos`] injects faults.
//! Statements about Stytch follow its documentation (<https://stytch.com/docs/api>) and the types of
//! its official SDKs.
//!
//! # Inferred behavior
//!
//! Stytch does not document everything. Where it does not, the emulator does what is most useful for
//! testing a client. Do not take the following as facts about Stytch:
//!
//! | subject | behavior of the emulator |
//! |---|---|
//! | order of results | newest first by creation time, as recorded from the API; among equal times, last added first; users without a creation time last. Do not rely on it, because it is not documented |
//! | cursors | opaque, and bound to the query but not to the limit; a modified cursor, or one of another query, is `user_search_invalid_cursor`; `""` counts as absent |
//! | cursor lifetime | until the emulator starts with another seed or file; users that are created or deleted in between neither repeat nor hide others |
//! | `limit` | an integer from 1 to 1000; anything else is `user_search_invalid_limit` |
//! | `operator` | exactly `AND` or `OR`; optional if there are no operands |
//! | `created_at_*` | both bounds are exclusive |
//! | timestamps | the full RFC 3339 grammar and nothing else: any offset, any number of fractional digits (nine are significant), `t` and `z` in lower case, second 60; no space instead of the `T`. The last 26 hours of the year 9999 count as one instant |
//! | `email_address` | case-insensitive; every other list is compared exactly |
//! | `oauth_provider` | case-insensitive; a name outside Stytch's list is `user_search_invalid_oauth_provider_filter` |
//! | `*_verified` | `true` matches users with a verified factor, `false` those with an unverified one; users without one match neither |
//! | `full_name_fuzzy` | a prefix of the first name, of the last name, or of "first last"; case-insensitive |
//! | `email_address_fuzzy` | a prefix of the address or of its domain; case-insensitive |
//! | `phone_number_fuzzy` | any substring of the number |
//! | length of a fuzzy value | at least 3 characters |
//! | values in a list | at most 100; an empty list is the `user_search_missing_…` error of the filter |
//! | `user_id` with external IDs | finds users by either ID; a list that mixes IDs with the prefix `user-test-` or `user-live-` and others is `user_search_cannot_mix_internal_and_external_user_ids` |
//! | status of `user_search_*` errors | 400, as for their documented B2B counterparts |
//! | an ID outside the alphabet of external IDs | 400 `invalid_user_id`; a valid but unknown ID is 404 `user_not_found` |
//! | an unknown `user-live-…` | 400 `live_id_used_in_test_environment` |
//! | a malformed `Authorization` header | 400 `invalid_authorization_header`, as recorded for a missing one |
//! | an unknown project ID or secret | 401 `unauthorized_credentials`; a malformed project ID is 400 `invalid_project_id_authentication`, as recorded |
//! | a credential of a live project | 400 `wrong_stack_live` |
//! | another method on a known path | 405 `method_not_allowed` |
//! | `/v1/users/search` as an ID | always the search; a user cannot be retrieved by the external ID `search` |
//! | a body over 1 MiB | 400 `bad_request` |
//! | absent optional members | `null`; a name is three strings, `""` if not set; the metadata of a created user is `{}` |
//! | a created e-mail address or phone number | unverified |
//! | `name` in an update | replaces the given parts and keeps the others |
//! | roles | any names, after `stytch_user`, which every created or generated user has, as the recorded test users do; loaded users keep their roles |
//! | deleting the last factor | allowed |
//! | exchanging a factor | the new factor is unverified; a user with more or fewer factors than one, of any kind, is 400 `invalid_exchange_primary_factor_user` |
//! | revoking a connected app | 404 `connected_app_not_found` |
//! | an unknown factor | 404 with the error type of the factor, such as `email_not_found` |
//! | a request for another `Host` | 421; see [`Options::allow_hosts`] |
//! | `Retry-After` | not sent, unless [`Chaos`] adds it |
//! | error messages | Stytch's where it publishes them, else our own |

mod api_error;
mod error;
mod faults;
mod json;
mod operations;
mod options;
mod query;
mod random;
mod seed;
mod server;
mod store;
#[cfg(test)]
mod test_client;
mod users;

pub use error::Error;
pub use faults::Chaos;
pub use options::Options;
pub use server::{Emulator, PROJECT_ID, SECRET};
pub use users::{
    BiometricRegistration, CryptoWallet, Email, Extra, Metadata, Name, OAuthProvider, Password,
    PhoneNumber, Totp, User, WebAuthnRegistration,
};

/// The README's Rust is compiled and run with the documentation tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
