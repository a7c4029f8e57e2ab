//! A client that starts activities faster than Temporal's command line does.

use crate::processes::Temporal;
use futures::StreamExt;
use serde_json::{Value, json};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use temporalio_client::envconfig::ClientConfigProfile;
use temporalio_client::errors::ActivityResultError;
use temporalio_client::tonic::Code;
use temporalio_client::{
    ActivityHandle, ActivityStartOptions, Client, ClientOptions, Connection, ConnectionOptions,
};
use temporalio_common::UntypedActivity;
use temporalio_common::data_converters::{PayloadConverter, RawValue};

/// How long an activity may take, an attempt.
const START_TO_CLOSE: Duration = Duration::from_mins(5);

/// How soon the server learns that a worker is gone: as in the workflows to start from. A
/// shorter time makes each call that lasts write to the server's database more often.
const HEARTBEAT: Duration = Duration::from_secs(5);

/// The pause before a server that is busy is asked again.
const BUSY: Duration = Duration::from_millis(100);

pub struct Caller {
    client: Client,
    started: AtomicU64,
}

impl Caller {
    pub async fn connect(server: &Temporal) -> Self {
        let mut profile = ClientConfigProfile::default();
        profile.address = Some(server.address.clone());
        let options = ConnectionOptions::try_from(profile).unwrap();
        let connection = Connection::connect(options).await.unwrap();
        let options = ClientOptions::new("default").build();
        Self {
            client: Client::new(connection, options).unwrap(),
            started: AtomicU64::new(0),
        }
    }

    /// Starts an activity.
    pub async fn start(
        &self,
        activity: &str,
        queue: &str,
        input: &Value,
    ) -> ActivityHandle<Client, UntypedActivity> {
        let number = self.started.fetch_add(1, Ordering::Relaxed);
        let options = ActivityStartOptions::with_start_to_close_timeout(
            queue,
            format!("caller-{number}"),
            START_TO_CLOSE,
        );
        let options = options.heartbeat_timeout(HEARTBEAT).build();
        let input = RawValue::from_value(input, &PayloadConverter::default());
        let activity = UntypedActivity::new(activity);
        let started = self.client.start_activity(activity, input, options).await;
        started.unwrap()
    }

    /// Retrieves a user; returns how long that took.
    pub async fn retrieve(&self, credential: &str) -> Result<Duration, ActivityResultError> {
        let input = json!({"credential": credential, "user_id": "ada.lovelace"});
        let queue = format!("stytch.{credential}");
        let start = Instant::now();
        let activity = self.start("stytch.retrieve_user", &queue, &input).await;
        result(&activity).await?;
        Ok(start.elapsed())
    }

    /// Searches for a user; returns how long that took.
    pub async fn search(&self, credential: &str) -> Result<Duration, ActivityResultError> {
        let input = json!({"credential": credential, "limit": 1});
        let queue = format!("stytch.{credential}.search");
        let start = Instant::now();
        let activity = self.start("stytch.search_users", &queue, &input).await;
        result(&activity).await?;
        Ok(start.elapsed())
    }
}

/// Waits for the end of an activity; a server that is busy is asked again.
async fn result(
    activity: &ActivityHandle<Client, UntypedActivity>,
) -> Result<(), ActivityResultError> {
    loop {
        match activity.result().await {
            Err(ActivityResultError::Rpc(status)) if status.code() == Code::ResourceExhausted => {
                tokio::time::sleep(BUSY).await;
            }
            result => return result.map(drop),
        }
    }
}

/// Makes `count` calls, `at_once` at a time; returns how long each took, the shortest first.
pub async fn repeat<F>(count: usize, at_once: usize, call: impl Fn(usize) -> F) -> Vec<Duration>
where
    F: Future<Output = Result<Duration, ActivityResultError>>,
{
    let calls = futures::stream::iter(0..count).map(call);
    let results: Vec<_> = calls.buffer_unordered(at_once).collect().await;
    let mut latencies: Vec<_> = results.into_iter().map(Result::unwrap).collect();
    latencies.sort_unstable();
    latencies
}
