//! The service: a handler for each operation, and one that combines them.

use crate::failure::{failure, invalid_input};
use restate_sdk::prelude::{Context, ContextSideEffects, HandlerResult, Json, RunFuture, service};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use stytch_host::json::{search_request_from_json, user_id_from_json};
use stytch_host::search::Search;
use stytch_host::types::{RetrievedUser, SearchPage};
use stytch_host::{Credential, Plugin};

pub(crate) struct Users {
    pub(crate) plugin: Plugin,
    pub(crate) credential: Credential,
}

/// What is kept of a user in the journal, which people can read: no more than the next
/// step needs.
#[derive(Serialize, Deserialize)]
struct Found {
    user_id: String,
    is_locked: bool,
    has_verified_contact: bool,
    /// The domain of the first verified e-mail address.
    domain: Option<String>,
}

/// What an investigation ends with.
#[derive(Serialize)]
pub(crate) struct Case {
    verdict: &'static str,
    user_id: Option<String>,
    /// How many users have an e-mail address of the same domain.
    same_domain: Option<u64>,
}

/// The inputs are those of `stytch-host schema`.
#[service(name = "stytch")]
impl Users {
    /// Retrieves a user. A handler that is one call needs no journal.
    #[handler]
    async fn retrieve_user(
        &self,
        _context: Context<'_>,
        input: Json<Box<RawValue>>,
    ) -> HandlerResult<Json<RetrievedUser>> {
        let user_id = user_id_from_json(input.0.get()).map_err(|_| invalid_input())?;
        let call = self.plugin.retrieve_user(&self.credential, &user_id);
        Ok(Json(call.await.map_err(|error| failure(&error))?))
    }

    /// Searches for users, and returns a page of them.
    #[handler]
    async fn search_users(
        &self,
        _context: Context<'_>,
        input: Json<Box<RawValue>>,
    ) -> HandlerResult<Json<SearchPage>> {
        let request = search_request_from_json(input.0.get()).map_err(|_| invalid_input())?;
        let call = self.plugin.search_users(&self.credential, &request);
        Ok(Json(call.await.map_err(|error| failure(&error))?))
    }

    /// Retrieves a user, and counts those with the same e-mail domain. Each step is
    /// journaled: after a crash, one that has ended is not repeated.
    #[handler]
    async fn investigate(
        &self,
        context: Context<'_>,
        input: Json<Box<RawValue>>,
    ) -> HandlerResult<Json<Case>> {
        let user_id = user_id_from_json(input.0.get()).map_err(|_| invalid_input())?;
        let found = context.run(|| self.find(&user_id)).name("retrieve_user");
        let Some(found) = found.await?.0 else {
            return Ok(Json(Case {
                verdict: "unknown-user",
                user_id: None,
                same_domain: None,
            }));
        };
        let same_domain = match &found.domain {
            Some(domain) => {
                let total = context.run(|| self.total(domain)).name("search_users");
                total.await?.0
            }
            None => None,
        };
        Ok(Json(Case {
            verdict: match (found.is_locked, found.has_verified_contact) {
                (true, _) => "review-lock",
                (false, false) => "verify-contact",
                (false, true) => "clear",
            },
            user_id: Some(found.user_id),
            same_domain,
        }))
    }
}

impl Users {
    async fn find(&self, user_id: &str) -> HandlerResult<Json<Option<Found>>> {
        let user = match self.plugin.retrieve_user(&self.credential, user_id).await {
            Ok(retrieved) => retrieved.user,
            Err(error) if error.is_not_found() => return Ok(Json(None)),
            Err(error) => return Err(failure(&error)),
        };
        let emails = user.emails.unwrap_or_default();
        let email = emails.iter().find(|email| email.verified == Some(true));
        let phone_numbers = user.phone_numbers.unwrap_or_default();
        let has_verified_phone = phone_numbers
            .iter()
            .any(|phone| phone.verified == Some(true));
        let domain = email
            .and_then(|email| email.email.as_deref()?.split_once('@'))
            .map(|(_, domain)| domain.to_owned());
        Ok(Json(Some(Found {
            user_id: user.user_id,
            is_locked: user.is_locked == Some(true),
            has_verified_contact: email.is_some() || has_verified_phone,
            domain,
        })))
    }

    async fn total(&self, domain: &str) -> HandlerResult<Json<Option<u64>>> {
        let request = Search::new().email_fuzzy(domain).limit(1).build();
        let call = self.plugin.search_users(&self.credential, &request);
        Ok(Json(call.await.map_err(|error| failure(&error))?.total))
    }
}
