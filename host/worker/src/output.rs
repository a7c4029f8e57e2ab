//! The results of activities: Stytch's JSON, or the members of users that the operator
//! permits in a history.

use crate::failure::{Failure, Refusal};
use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};
use std::collections::HashMap;
use stytch_fields::Fields;
use stytch_host::types::{RetrievedUser, SearchPage, User};
use temporalio_common::data_converters::RawValue as Payloads;
use temporalio_common::protos::temporal::api::common::v1::Payload;

/// The largest result, in bytes: Temporal's limit for a payload is 2 MB, unless its
/// operator has changed it.
///
/// Source: <https://docs.temporal.io/cloud/limits#per-message-grpc-limit>
const LARGEST: usize = 2 * 1024 * 1024 - 1024;

/// The members of a page when users are cut down: others may be about people.
#[derive(Serialize)]
struct SelectedPage<'a> {
    request_id: Option<&'a str>,
    results: Vec<Box<RawValue>>,
    results_metadata: Metadata<'a>,
}

#[derive(Serialize)]
struct Metadata<'a> {
    total: Option<u64>,
    next_cursor: Option<&'a str>,
}

#[derive(Serialize)]
struct SelectedUser<'a> {
    request_id: Option<&'a str>,
    #[serde(flatten)]
    members: HashMap<&'a str, Box<RawValue>>,
}

/// The result of `stytch.retrieve_user`.
pub(crate) fn retrieved(
    retrieved: &RetrievedUser,
    fields: Option<&Fields>,
) -> Result<Payloads, Failure> {
    let Some(fields) = fields else {
        return result(retrieved);
    };
    let selected = selected(&retrieved.user, fields)?;
    let members = serde_json::from_str(selected.get()).map_err(unserializable)?;
    result(&SelectedUser {
        request_id: retrieved.request_id.as_deref(),
        members,
    })
}

/// The result of `stytch.search_users`.
pub(crate) fn page(page: &SearchPage, fields: Option<&Fields>) -> Result<Payloads, Failure> {
    let Some(fields) = fields else {
        return result(page);
    };
    let users = page.users.iter();
    result(&SelectedPage {
        request_id: page.request_id.as_deref(),
        results: users
            .map(|user| selected(user, fields))
            .collect::<Result<_, _>>()?,
        results_metadata: Metadata {
            total: page.total,
            next_cursor: page.next_cursor.as_deref(),
        },
    })
}

fn selected(user: &User, fields: &Fields) -> Result<Box<RawValue>, Failure> {
    let user = to_raw_value(user).map_err(unserializable)?;
    to_raw_value(&fields.select(&user)).map_err(unserializable)
}

/// Converts a result to a payload.
pub(crate) fn result(value: &impl Serialize) -> Result<Payloads, Failure> {
    let data = serde_json::to_vec(value).map_err(unserializable)?;
    if data.len() > LARGEST {
        let size = data.len();
        return Err(Failure::refused(
            Refusal::ResultTooLarge,
            format!(
                "the result has {size} bytes, and Temporal takes {LARGEST}: ask for a smaller \
                 `limit`, let the worker leave members out (--fields), or use stytch.search_all"
            ),
        ));
    }
    let encoding = ("encoding".to_owned(), b"json/plain".to_vec());
    Ok(Payloads::new(vec![Payload {
        metadata: [encoding].into(),
        data,
        ..Payload::default()
    }]))
}

/// A component may violate the contract.
fn unserializable(_: serde_json::Error) -> Failure {
    let error = stytch_host::Error::Trap("its result cannot be serialized".to_owned());
    Failure::from(error)
}
