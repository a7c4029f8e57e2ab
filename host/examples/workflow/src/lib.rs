//! A workflow: looks up a user by external ID, counts the users with the same e-mail
//! domain, and files a case. Each call is an activity, whose result the engine persists;
//! it retries only activities that fail with a transient error.

#![no_std]

extern crate alloc;
#[cfg(not(target_arch = "wasm32"))]
extern crate std;

mod bindings;

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use bindings::acme::cases::cases::file_case;
use bindings::exports::acme::cases::workflow::{Case, Guest};
use bindings::stytch::activities::users::{Failure, retrieve_user, search_users};
use bindings::stytch::users::types::{Filter, Operator, Query, SearchRequest, User};

#[cfg(target_arch = "wasm32")]
#[global_allocator]
static ALLOCATOR: stytch_runtime::Bump = stytch_runtime::Bump::new();

struct Workflow;

impl Guest for Workflow {
    fn investigate(external_id: String) -> Result<Case, String> {
        let case = match retrieve_user(&external_id) {
            Ok(retrieved) => case_of(external_id, retrieved.user)?,
            Err(Failure::PermanentNotFound(_)) => Case {
                external_id,
                verdict: "unknown-user".to_owned(),
                user_id: None,
                verified_emails: Vec::new(),
                verified_phone_numbers: Vec::new(),
                same_domain: None,
            },
            Err(failure) => return Err(format!("the user was not retrieved: {}", name(&failure))),
        };
        file_case(
            &case.external_id,
            &case.verdict,
            case.user_id.as_deref(),
            &case.verified_emails,
            &case.verified_phone_numbers,
            case.same_domain,
        )?;
        Ok(case)
    }
}

fn case_of(external_id: String, user: User) -> Result<Case, String> {
    let verified_emails: Vec<String> = user
        .emails
        .unwrap_or_default()
        .into_iter()
        .filter(|email| email.verified == Some(true))
        .filter_map(|email| email.email)
        .collect();
    let verified_phone_numbers: Vec<String> = user
        .phone_numbers
        .unwrap_or_default()
        .into_iter()
        .filter(|number| number.verified == Some(true))
        .filter_map(|number| number.phone_number)
        .collect();
    let verdict = if user.is_locked == Some(true) {
        "review-lock"
    } else if verified_emails.is_empty() && verified_phone_numbers.is_empty() {
        "verify-contact"
    } else {
        "clear"
    };
    Ok(Case {
        external_id,
        verdict: verdict.to_owned(),
        user_id: Some(user.user_id),
        same_domain: same_domain(&verified_emails)?,
        verified_emails,
        verified_phone_numbers,
    })
}

/// The number of users with the domain of the first address.
fn same_domain(emails: &[String]) -> Result<Option<u64>, String> {
    let Some((_, domain)) = emails.first().and_then(|email| email.split_once('@')) else {
        return Ok(None);
    };
    let request = SearchRequest {
        query: Some(Query {
            operator: Operator::And,
            operands: alloc::vec![Filter::EmailAddressFuzzy(domain.to_owned())],
        }),
        limit: Some(1),
        cursor: None,
    };
    match search_users(&request) {
        Ok(page) => Ok(page.total),
        Err(failure) => Err(format!("users were not searched: {}", name(&failure))),
    }
}

/// Describes a failure without user data.
fn name(failure: &Failure) -> &'static str {
    match failure {
        Failure::ExecutionFailed => "the engine gave up",
        Failure::RateLimited(_) => "too many requests",
        Failure::Unavailable(_) => "Stytch failed",
        Failure::Unreachable(_) => "Stytch was not reached",
        Failure::PermanentInvalidInput(_) => "the ID is invalid",
        Failure::PermanentMisconfigured(_) => "the configuration is invalid",
        Failure::PermanentUnauthorized(_) => "the credential was refused",
        Failure::PermanentNotFound(_) => "there is no such user",
        Failure::PermanentRejected(_) => "the request was refused",
        Failure::PermanentUnreachable(_) => "Stytch cannot be reached",
        Failure::PermanentMalformedResponse(_) => "the response is malformed",
    }
}
