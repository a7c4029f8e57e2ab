//! The activities: calls of the library with a credential of the worker's.

#![expect(
    dead_code,
    reason = "the macro defines names for workflows in Rust, too"
)]

use crate::failure::{Failure, Refusal};
use crate::heartbeat::Heartbeat;
use crate::input::Input;
use crate::output;
use crate::queue::{Kind, TaskQueue};
use crate::rate_limit::ServerLimit;
use crate::search_all::{self, Destination};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};
use stytch_credentials::Credentials;
use stytch_fields::Fields;
use stytch_host::json::{nothing_from_json, search_request_from_json, user_id_from_json};
use stytch_host::{Credential, Plugin};
use temporalio_common::data_converters::RawValue as Payloads;
use temporalio_macros::activities;
use temporalio_sdk::activities::{ActivityContext, ActivityError};
use tokio::sync::watch;

/// What all task queues of a worker share.
pub(crate) struct Shared {
    pub(crate) plugin: Plugin,
    pub(crate) credentials: Credentials,
    /// The members of users that may get into a history; `None` for all.
    pub(crate) fields: Option<Fields>,
    pub(crate) destination: Option<Destination>,
    /// Becomes true when calls in flight must end.
    pub(crate) stop: watch::Receiver<bool>,
}

/// The activities of one task queue.
pub(crate) struct Activities {
    pub(crate) shared: Arc<Shared>,
    pub(crate) queue: TaskQueue,
    pub(crate) limit: ServerLimit,
}

#[activities]
impl Activities {
    #[activity(name = "stytch.retrieve_user")]
    pub(crate) async fn retrieve_user(
        self: Arc<Self>,
        context: ActivityContext,
        arguments: Payloads,
    ) -> Result<Payloads, ActivityError> {
        let call = async {
            let input = Input::read(&arguments)?;
            let credential = self.credential(&input, Kind::Users)?;
            let user_id = input.parse("retrieve-user", user_id_from_json)?;
            let plugin = self.plugin(&context);
            let retrieved = plugin.retrieve_user(&credential, &user_id).await?;
            output::retrieved(&retrieved, self.shared.fields.as_ref())
        };
        self.run(&context, &Heartbeat::new(&context), call).await
    }

    #[activity(name = "stytch.search_users")]
    pub(crate) async fn search_users(
        self: Arc<Self>,
        context: ActivityContext,
        arguments: Payloads,
    ) -> Result<Payloads, ActivityError> {
        let call = async {
            let input = Input::read(&arguments)?;
            let credential = self.credential(&input, Kind::Search)?;
            let request = input.parse("search-users", search_request_from_json)?;
            let plugin = self.plugin(&context);
            let page = plugin.search_users(&credential, &request).await?;
            output::page(&page, self.shared.fields.as_ref())
        };
        self.run(&context, &Heartbeat::new(&context), call).await
    }

    #[activity(name = "stytch.search_all")]
    pub(crate) async fn search_all(
        self: Arc<Self>,
        context: ActivityContext,
        arguments: Payloads,
    ) -> Result<Payloads, ActivityError> {
        let heartbeat = Heartbeat::new(&context);
        let call = async {
            let mut input = Input::read(&arguments)?;
            let credential = self.credential(&input, Kind::SearchAll)?;
            let file = input.take("file")?;
            let request = input.parse("search-users", search_request_from_json)?;
            let destination = self.shared.destination.as_ref().ok_or_else(|| {
                let text =
                    "this worker has no destination for all users: start it with --destination";
                Failure::refused(Refusal::Destination, text)
            })?;
            let target = destination.target(&self.queue.credential, file.as_deref())?;
            let pages = self
                .shared
                .plugin
                .search(&credential, search_all::with_limit(request));
            output::result(&destination.write(target, pages, &heartbeat).await?)
        };
        self.run(&context, &heartbeat, call).await
    }

    #[activity(name = "stytch.check")]
    pub(crate) async fn check(
        self: Arc<Self>,
        context: ActivityContext,
        arguments: Payloads,
    ) -> Result<Payloads, ActivityError> {
        let call = async {
            let input = Input::read(&arguments)?;
            // A check is a search for one user.
            let credential = self.credential(&input, Kind::Search)?;
            input.parse("check", nothing_from_json)?;
            let report = self.plugin(&context).check(&credential).await?;
            output::result(&report)
        };
        self.run(&context, &Heartbeat::new(&context), call).await
    }
}

impl Activities {
    /// Returns the credential that the input names, if the activity was scheduled on the
    /// task queue that limits it.
    fn credential(&self, input: &Input, kind: Kind) -> Result<Arc<Credential>, Failure> {
        let name = &input.credential;
        let Some(entry) = self.shared.credentials.get(name) else {
            return Err(Failure::refused(
                Refusal::UnknownCredential,
                "the worker has no credential of this name",
            ));
        };
        let expected = TaskQueue::new(name, kind);
        if expected != self.queue {
            let text = format!(
                "schedule this activity on the task queue {expected}, which has its rate limit"
            );
            return Err(Failure::refused(Refusal::WrongTaskQueue, text));
        }
        entry.credential.clone().map_err(|reason| {
            let text = format!("the credential {name} cannot be used: {reason}");
            Failure::refused(Refusal::UnusableCredential, text)
        })
    }

    /// The plugin, with the deadline of the activity.
    fn plugin(&self, context: &ActivityContext) -> Plugin {
        let plugin = &self.shared.plugin;
        match context.info().deadline {
            Some(deadline) => {
                let left = deadline.duration_since(SystemTime::now());
                plugin.with_deadline(left.unwrap_or(Duration::ZERO))
            }
            None => plugin.clone(),
        }
    }

    /// Runs an activity: with heartbeats, until it is cancelled or the worker stops.
    async fn run(
        &self,
        context: &ActivityContext,
        heartbeat: &Heartbeat<'_>,
        call: impl Future<Output = Result<Payloads, Failure>>,
    ) -> Result<Payloads, ActivityError> {
        let start = Instant::now();
        let mut stop = self.shared.stop.clone();
        let result = tokio::select! {
            biased;
            // The server does not hear of a cancellation that comes from this worker's end.
            _ = stop.wait_for(|stop| *stop) => {
                let text = "the worker stops; another one makes the call";
                Err(Failure::refused(Refusal::Stopping, text))
            }
            () = context.cancelled() => {
                self.log(context, start, "cancelled");
                return Err(ActivityError::cancelled());
            }
            result = call => result,
            never = heartbeat.beat() => match never {},
        };
        let failure = match result {
            Ok(output) => {
                self.log(context, start, "ok");
                return Ok(output);
            }
            Err(failure) => failure,
        };
        self.log(context, start, failure.code);
        if let Some(pause) = failure.pause() {
            let limit = self.limit.clone();
            tokio::spawn(async move { limit.pause(pause).await });
        }
        Err(ActivityError::application(failure.into()))
    }

    /// Neither workflow IDs nor inputs are logged: they may be about people.
    fn log(&self, context: &ActivityContext, start: Instant, code: &str) {
        tracing::info!(
            activity = context.info().activity_type,
            credential = self.queue.credential,
            attempt = context.info().attempt,
            milliseconds = u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX),
            code,
        );
    }
}
