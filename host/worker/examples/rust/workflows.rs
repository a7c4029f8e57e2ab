//! Two workflows to start from.

use crate::activities::{Cases, Enriched, Report};
use crate::stytch::{PATIENCE, User, member, retrieve_user, search_all, search_users};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::cell::RefCell;
use std::time::Duration;
use temporalio_macros::{workflow, workflow_methods};
use temporalio_sdk::workflows::join_all;
use temporalio_sdk::{
    ActivityCloseTimeouts, ActivityOptions, ApplicationFailure, WorkflowContext, WorkflowResult,
    WorkflowTermination,
};

/// How many retrievals of an audit are in flight.
const AT_ONCE: usize = 100;

#[derive(Debug, Serialize, Deserialize)]
pub struct Case {
    pub case_id: String,
    pub credential: String,
    pub external_id: String,
}

/// Looks the user of a case up, decides what the case needs, and writes it.
#[workflow]
#[derive(Default)]
pub struct EnrichCase;

#[workflow_methods]
impl EnrichCase {
    #[run]
    pub async fn run(context: &mut WorkflowContext<Self>, case: Case) -> WorkflowResult<String> {
        let user = retrieve_user(context, &case.credential, &case.external_id).await?;
        let decision = decide(user.as_ref())?;
        let mut users_of_domain = None;
        if let (Some(user), "ok") = (&user, decision) {
            let emails = verified_emails(user)?;
            let domain = emails.first().and_then(|email| email.rsplit('@').next());
            let filter = json!({"filter_name": "email_address_fuzzy", "filter_value": domain});
            let query = json!({"operator": "AND", "operands": [filter]});
            let page = search_users(context, &case.credential, 1, query).await?;
            users_of_domain = page.results_metadata.total;
        }
        let enriched = Enriched {
            case_id: case.case_id,
            decision: decision.to_owned(),
            users_of_domain,
        };
        let options = within(Duration::from_secs(10));
        context
            .execute_activity(Cases::write_case, enriched, options)
            .await?;
        Ok(decision.to_owned())
    }
}

pub fn decide(user: Option<&User>) -> Result<&'static str, ApplicationFailure> {
    let Some(user) = user else {
        return Ok("unknown user");
    };
    if member(user.is_locked, "is_locked")? {
        return Ok("locked");
    }
    if verified_emails(user)?.is_empty() {
        return Ok("no verified e-mail address");
    }
    Ok("ok")
}

fn verified_emails(user: &User) -> Result<Vec<&str>, ApplicationFailure> {
    let mut verified = Vec::new();
    for email in member(user.emails.as_deref(), "emails")? {
        if member(email.verified, "verified")? {
            verified.push(member(email.email.as_deref(), "email")?);
        }
    }
    Ok(verified)
}

#[derive(Debug, Serialize, Deserialize)]
pub struct Audit {
    pub credential: String,
    pub file: String,
    #[serde(default = "default_sample")]
    pub sample: usize,
}

const fn default_sample() -> usize {
    1000
}

/// Writes all users to a file, retrieves a sample of them one by one, and reports how many
/// of these are pending, or were deleted in between.
#[workflow]
#[derive(Default)]
pub struct NightlyAudit;

#[workflow_methods]
impl NightlyAudit {
    #[run]
    pub async fn run(context: &mut WorkflowContext<Self>, audit: Audit) -> WorkflowResult<Report> {
        let written = search_all(context, &audit.credential, &audit.file).await?;
        let input = (written.url, audit.sample);
        let options = within(Duration::from_mins(5));
        let user_ids = context
            .execute_activity(Cases::sample, input, options)
            .await?;
        let left = RefCell::new(user_ids.into_iter());
        let lane = async || {
            let mut statuses = Vec::new();
            // Not `while let`, which would borrow for as long as a retrieval lasts.
            loop {
                let Some(user_id) = left.borrow_mut().next() else {
                    return Ok::<_, WorkflowTermination>(statuses);
                };
                let user = retrieve_user(context, &audit.credential, &user_id).await?;
                statuses.push(match user {
                    Some(user) => member(user.status, "status")?,
                    None => "deleted".to_owned(),
                });
            }
        };
        let mut statuses = Vec::new();
        for lane in join_all((0..AT_ONCE).map(|_| lane())).await {
            statuses.extend(lane?);
        }
        let count = |status: &str| statuses.iter().filter(|other| *other == status).count();
        let report = Report {
            file: audit.file,
            users: written.receipt.users,
            complete: written.receipt.complete,
            sampled: statuses.len(),
            deleted: count("deleted"),
            pending: count("pending"),
        };
        let options = within(Duration::from_secs(10));
        context
            .execute_activity(Cases::write_report, report.clone(), options)
            .await?;
        Ok(report)
    }
}

/// The options of an activity that reads or writes files.
fn within(start_to_close: Duration) -> ActivityOptions {
    ActivityOptions::with_close_timeouts(ActivityCloseTimeouts::ScheduleAndStartToClose {
        schedule_to_close: PATIENCE,
        start_to_close,
    })
    .build()
}
