//! Pauses a task queue at the server after a 429, so that no worker gets an activity of
//! it until Stytch takes requests again.
//!
//! The pause is a rate of zero that overrides the task queue's own limit. Its reason says
//! until when, so that any worker can end it, if the one that started it is gone.

use crate::queue::TaskQueue;
use jiff::Timestamp;
use std::time::Duration;
use temporalio_client::{Client, Connection, NamespacedClient, tonic};
use temporalio_common::protos::temporal::api::enums::v1::TaskQueueType;
use temporalio_common::protos::temporal::api::taskqueue::v1::{RateLimit, TaskQueue as Name};
use temporalio_common::protos::temporal::api::workflowservice::v1::{
    DescribeTaskQueueRequest, UpdateTaskQueueConfigRequest,
    update_task_queue_config_request::RateLimitUpdate,
};

/// What the reason of a pause starts with; the time of its end follows.
const REASON: &str = "Stytch's response was 429; paused by stytch-host-worker until ";

/// How often a worker looks for pauses that nobody has ended.
const PATROL: Duration = Duration::from_secs(10);

/// The longest pause: Stytch's windows are a minute, and a header could say anything.
const LONGEST: Duration = Duration::from_mins(10);

/// The rate limit of a task queue, at the server.
#[derive(Clone)]
pub(crate) struct ServerLimit {
    connection: Connection,
    namespace: String,
    identity: String,
    queue: String,
}

impl ServerLimit {
    pub(crate) fn new(client: &Client, queue: &TaskQueue) -> Self {
        Self {
            connection: client.connection().clone(),
            namespace: client.namespace(),
            identity: client.identity(),
            queue: queue.to_string(),
        }
    }

    /// Pauses the task queue for this long, and resumes it. A later pause takes
    /// precedence.
    pub(crate) async fn pause(&self, wait: Duration) {
        let wait = wait.min(LONGEST);
        let until = Timestamp::now()
            .saturating_add(wait)
            .unwrap_or(Timestamp::MAX);
        let paused = async {
            if self.paused_until().await?.is_none_or(|other| other < until) {
                let reason = format!("{REASON}{until}");
                tracing::warn!(
                    queue = self.queue,
                    "paused until {until}: too many requests"
                );
                self.set(Some(0.0), reason).await?;
            }
            Ok::<_, tonic::Status>(())
        };
        if let Err(status) = paused.await {
            self.warn("the task queue cannot be paused", &status);
            return;
        }
        tokio::time::sleep(wait).await;
        self.end_pause().await;
    }

    /// Ends pauses whose worker is gone; never returns.
    pub(crate) async fn patrol(&self) {
        loop {
            self.end_pause().await;
            tokio::time::sleep(PATROL).await;
        }
    }

    /// Ends the pause if it is time.
    async fn end_pause(&self) {
        let ended = async {
            match self.paused_until().await? {
                Some(until) if until <= Timestamp::now() => {
                    tracing::info!(queue = self.queue, "resumed");
                    self.set(None, String::new()).await
                }
                Some(_) | None => Ok(()),
            }
        };
        match ended.await {
            Ok(()) => {}
            // A server from before 2025 cannot pause, so there is nothing to end.
            Err(status) if status.code() == tonic::Code::Unimplemented => {}
            Err(status) => self.warn("the limit of the task queue cannot be read", &status),
        }
    }

    fn warn(&self, what: &str, status: &tonic::Status) {
        tracing::warn!(queue = self.queue, "{what}: {}", status.message());
    }

    /// Returns when the pause of the task queue ends, if it is paused.
    async fn paused_until(&self) -> Result<Option<Timestamp>, tonic::Status> {
        let request = DescribeTaskQueueRequest {
            namespace: self.namespace.clone(),
            task_queue: Some(Name {
                name: self.queue.clone(),
                ..Name::default()
            }),
            task_queue_type: TaskQueueType::Activity.into(),
            report_config: true,
            ..DescribeTaskQueueRequest::default()
        };
        let mut service = self.connection.workflow_service();
        let response = service
            .describe_task_queue(tonic::Request::new(request))
            .await?;
        let limit = response
            .into_inner()
            .config
            .and_then(|config| config.queue_rate_limit);
        let reason = limit
            .and_then(|limit| limit.metadata)
            .map(|metadata| metadata.reason);
        Ok(reason.and_then(|reason| end(&reason)))
    }

    /// Sets the rate, or removes what was set, so that the workers' own rate applies.
    async fn set(&self, rate: Option<f32>, reason: String) -> Result<(), tonic::Status> {
        let request = UpdateTaskQueueConfigRequest {
            namespace: self.namespace.clone(),
            identity: self.identity.clone(),
            task_queue: self.queue.clone(),
            task_queue_type: TaskQueueType::Activity.into(),
            update_queue_rate_limit: Some(RateLimitUpdate {
                rate_limit: rate.map(|requests_per_second| RateLimit {
                    requests_per_second,
                }),
                reason,
            }),
            ..UpdateTaskQueueConfigRequest::default()
        };
        let mut service = self.connection.workflow_service();
        service
            .update_task_queue_config(tonic::Request::new(request))
            .await?;
        Ok(())
    }
}

/// The end of a pause, from its reason. Limits that people set have other reasons.
fn end(reason: &str) -> Option<Timestamp> {
    reason.strip_prefix(REASON)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reason_of_a_pause_says_when_it_ends_and_other_reasons_do_not() {
        let until: Timestamp = "2026-11-27T09:00:00Z".parse().unwrap();
        assert_eq!(end(&format!("{REASON}{until}")), Some(until));
        for reason in ["", "maintenance", REASON, "2026-11-27T09:00:00Z"] {
            assert_eq!(end(reason), None, "{reason:?}");
        }
    }
}
