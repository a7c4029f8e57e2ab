//! The activities of stytch-host-worker, as workflows call them.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::time::Duration;
use temporalio_common::error::{IncomingError, TimeoutError};
use temporalio_common::{ActivityDefinition, RetryPolicy};
use temporalio_macros::activity_definitions;
use temporalio_sdk::activities::ActivityError;
use temporalio_sdk::{
    ActivityCloseTimeouts, ActivityExecutionError, ActivityOptions, ApplicationFailure,
    TimeoutType, WorkflowContext, WorkflowTermination,
};

/// How long Stytch, or all workers of a credential, may be down.
pub const PATIENCE: Duration = Duration::from_hours(24);

/// How long a workflow waits for the first worker of a credential: a wrong name is an error,
/// and not a reason to wait for a day. A pause after a 429 is shorter.
const WORKER_WITHIN: Duration = Duration::from_mins(15);

/// The members of a user that the workflows need. A worker with `--fields` may leave some out.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct User {
    pub status: Option<String>,
    pub is_locked: Option<bool>,
    pub emails: Option<Vec<Email>>,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Email {
    pub email: Option<String>,
    pub verified: Option<bool>,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct SearchPage {
    pub results: Vec<User>,
    pub results_metadata: Metadata,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct Metadata {
    pub total: Option<u64>,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct Written {
    pub url: String,
    pub receipt: Receipt,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct Receipt {
    pub users: u64,
    pub complete: bool,
}

/// Returns the user with this Stytch ID or external ID; `None` if there is none.
pub async fn retrieve_user<W>(
    context: &WorkflowContext<W>,
    credential: &str,
    user_id: &str,
) -> Result<Option<User>, WorkflowTermination> {
    let call = Call {
        queue: format!("stytch.{credential}"),
        start_to_close: Duration::from_secs(30),
        heartbeat: Duration::from_secs(5),
        worker_within: Some(WORKER_WITHIN),
    };
    let input = json!({"credential": credential, "user_id": user_id});
    match call.make(context, Stytch::retrieve_user, input).await {
        Ok(user) => Ok(Some(user)),
        Err(error) if is_not_found(&error) => Ok(None),
        Err(error) => Err(call.explain(error)),
    }
}

/// Returns one page of the users that match Stytch's search request.
pub async fn search_users<W>(
    context: &WorkflowContext<W>,
    credential: &str,
    limit: u32,
    query: Value,
) -> Result<SearchPage, WorkflowTermination> {
    let call = Call {
        queue: format!("stytch.{credential}.search"),
        start_to_close: Duration::from_mins(1),
        heartbeat: Duration::from_secs(5),
        worker_within: None,
    };
    let input = json!({"credential": credential, "limit": limit, "query": query});
    let page = call.make(context, Stytch::search_users, input).await;
    page.map_err(|error| call.explain(error))
}

/// Writes all users to a file; returns its URL and the receipt.
pub async fn search_all<W>(
    context: &WorkflowContext<W>,
    credential: &str,
    file: &str,
) -> Result<Written, WorkflowTermination> {
    let call = Call {
        queue: format!("stytch.{credential}.search-all"),
        start_to_close: Duration::from_hours(8),
        // How soon another worker resumes when this one is gone.
        heartbeat: Duration::from_secs(10),
        worker_within: Some(WORKER_WITHIN),
    };
    let input = json!({"credential": credential, "file": file});
    let written = call.make(context, Stytch::search_all, input).await;
    written.map_err(|error| call.explain(error))
}

/// Returns a member that a worker with `--fields` may leave out.
pub fn member<T>(value: Option<T>, name: &str) -> Result<T, ApplicationFailure> {
    value.ok_or_else(|| {
        ApplicationFailure::builder(format!(
            "the user has no `{name}`: let the --fields of stytch-host-worker include it"
        ))
        .type_name("missing_member".to_owned())
        .non_retryable(true)
        .build()
    })
}

/// What other programs run.
struct Stytch;

#[activity_definitions]
impl Stytch {
    #[activity(name = "stytch.retrieve_user")]
    fn retrieve_user(_: Value) -> Result<User, ActivityError> {
        unimplemented!()
    }

    #[activity(name = "stytch.search_users")]
    fn search_users(_: Value) -> Result<SearchPage, ActivityError> {
        unimplemented!()
    }

    #[activity(name = "stytch.search_all")]
    fn search_all(_: Value) -> Result<Written, ActivityError> {
        unimplemented!()
    }
}

/// How an activity is called.
struct Call {
    queue: String,
    start_to_close: Duration,
    heartbeat: Duration,
    worker_within: Option<Duration>,
}

impl Call {
    async fn make<W, A: ActivityDefinition<Input = Value>>(
        &self,
        context: &WorkflowContext<W>,
        activity: A,
        input: Value,
    ) -> Result<A::Output, ActivityExecutionError> {
        // Temporal retries, the worker does not. It says how long to wait after a 429, and
        // which failures no retry can help.
        let retries = RetryPolicy::builder()
            .initial_interval(Duration::from_secs(1))
            .maximum_interval(Duration::from_mins(1))
            .build();
        let options =
            ActivityOptions::with_close_timeouts(ActivityCloseTimeouts::ScheduleAndStartToClose {
                schedule_to_close: PATIENCE,
                start_to_close: self.start_to_close,
            })
            .task_queue(self.queue.clone())
            .heartbeat_timeout(self.heartbeat)
            .maybe_schedule_to_start_timeout(self.worker_within)
            .retry_policy(retries)
            .build();
        context.execute_activity(activity, input, options).await
    }

    fn explain(&self, error: ActivityExecutionError) -> WorkflowTermination {
        let timeout = error.as_timeout().map(TimeoutError::timeout_type);
        if timeout != Some(TimeoutType::ScheduleToStart) {
            return error.into();
        }
        let queue = &self.queue;
        ApplicationFailure::builder(format!(
            "no stytch-host-worker serves the task queue {queue}: start one that has this \
             credential (and --destination, to search for all users), or correct its name"
        ))
        .type_name("no_worker".to_owned())
        .non_retryable(true)
        .build()
        .into()
    }
}

fn is_not_found(error: &ActivityExecutionError) -> bool {
    match error.reason() {
        Some(IncomingError::Application(failure)) => failure.type_name() == Some("not_found"),
        Some(_) | None => false,
    }
}
