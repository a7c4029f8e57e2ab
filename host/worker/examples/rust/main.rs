//! Workflows to start from, in Rust: see the usage.

#![allow(
    clippy::needless_pass_by_value,
    clippy::print_stdout,
    clippy::result_large_err,
    clippy::struct_field_names,
    reason = "it prints results; arguments, errors and names are those of Temporal and Stytch"
)]

mod activities;
mod stytch;
mod workflows;

use activities::Cases;
use anyhow::{Context, anyhow, bail};
use futures::future::try_join_all;
use std::env;
use std::fmt::Debug;
use std::process::ExitCode;
use temporalio_client::envconfig::LoadClientConfigProfileOptions;
use temporalio_client::errors::WorkflowGetResultError;
use temporalio_client::{
    Client, ClientOptions, Connection, WorkflowFetchHistoryOptions, WorkflowGetResultOptions,
    WorkflowHandle, WorkflowIdConflictPolicy, WorkflowStartOptions,
};
use temporalio_common::{HasWorkflowDefinition, UntypedWorkflow};
use temporalio_sdk::runtime::RuntimeOptions;
use temporalio_sdk::{Runtime, Worker, WorkerOptions};
use tokio::signal::unix::{SignalKind, signal};
use workflows::{Audit, Case, EnrichCase, NightlyAudit};

const USAGE: &str = "usage:
  workflows worker
  workflows case CREDENTIAL EXTERNAL_ID...
  workflows audit CREDENTIAL FILE [SAMPLE]
  workflows history WORKFLOW_ID";

#[tokio::main]
async fn main() -> anyhow::Result<ExitCode> {
    let arguments: Vec<_> = env::args().skip(1).collect();
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    let is_success = match arguments.as_slice() {
        ["worker"] => {
            work(connect().await?).await?;
            true
        }
        ["case", credential, names @ ..] if !names.is_empty() => {
            let client = connect().await?;
            let mut handles = Vec::new();
            for name in names {
                let case_id = format!("case-{name}");
                let case = Case {
                    case_id: case_id.clone(),
                    credential: (*credential).to_owned(),
                    external_id: (*name).to_owned(),
                };
                handles.push(start(&client, EnrichCase::run, case, case_id).await?);
            }
            let results = try_join_all(handles.iter().map(is_success)).await?;
            !results.contains(&false)
        }
        ["audit", credential, file, sample @ ..] if sample.len() <= 1 => {
            let sample = sample.first().unwrap_or(&"1000");
            let audit = Audit {
                credential: (*credential).to_owned(),
                file: (*file).to_owned(),
                sample: sample.parse().context("SAMPLE is not a number")?,
            };
            let client = connect().await?;
            let workflow_id = format!("audit-{file}");
            let handle = start(&client, NightlyAudit::run, audit, workflow_id).await?;
            is_success(&handle).await?
        }
        ["history", workflow_id] => {
            let client = connect().await?;
            let handle = client.get_workflow_handle::<UntypedWorkflow>(*workflow_id);
            let history = handle.fetch_history(WorkflowFetchHistoryOptions::default());
            // The JSON that `WorkflowHistory::from_json` reads, and not that of `temporal`.
            println!("{}", String::from_utf8(history.to_json().await?)?);
            true
        }
        _ => bail!(USAGE),
    };
    Ok(if is_success {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Connects to the server that `TEMPORAL_ADDRESS` and its like name.
async fn connect() -> anyhow::Result<Client> {
    let variables = LoadClientConfigProfileOptions::default();
    let (connection, client) = ClientOptions::load_from_config(variables).map_err(|error| {
        anyhow!("Temporal's variables or configuration file cannot be read: {error}")
    })?;
    let address = connection.target.to_string();
    let connection = Connection::connect(connection).await.with_context(|| {
        format!(
            "Temporal cannot be reached at {address}: start a server \
             (`temporal server start-dev`), or name yours in TEMPORAL_ADDRESS"
        )
    })?;
    Ok(Client::new(connection, client)?)
}

fn task_queue() -> String {
    env::var("TASK_QUEUE").unwrap_or_else(|_| "cases".to_owned())
}

/// Runs workflows and their activities until SIGINT or SIGTERM.
async fn work(client: Client) -> anyhow::Result<()> {
    let runtime = Runtime::from_current_tokio(RuntimeOptions::default())?;
    let folder = env::var_os("CASES").unwrap_or_else(|| "cases".into());
    let options = WorkerOptions::new(task_queue())
        .register_workflow::<EnrichCase>()?
        .register_workflow::<NightlyAudit>()?
        .register_activities(Cases(folder.into()))
        .build();
    let mut worker = Worker::new(&runtime, client, options)?;
    let stop = worker.shutdown_handle();
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::spawn(async move {
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = terminate.recv() => {}
        }
        stop();
    });
    println!("running");
    worker.run().await?;
    Ok(())
}

type Handle<W> = WorkflowHandle<Client, W>;

/// Starts a workflow, unless it runs already.
async fn start<W>(
    client: &Client,
    workflow: W,
    input: W::Input,
    workflow_id: String,
) -> anyhow::Result<Handle<W>>
where
    W: HasWorkflowDefinition,
    W::Input: Send,
{
    let options = WorkflowStartOptions::new(task_queue(), workflow_id)
        .id_conflict_policy(WorkflowIdConflictPolicy::UseExisting)
        .build();
    Ok(client.start_workflow(workflow, input, options).await?)
}

/// Waits for a workflow, and prints its result.
async fn is_success<W>(handle: &Handle<W>) -> anyhow::Result<bool>
where
    W: HasWorkflowDefinition,
    W::Output: Debug,
{
    let workflow_id = &handle.info().workflow_id;
    match handle.get_result(WorkflowGetResultOptions::default()).await {
        Ok(result) => println!("{workflow_id}: {result:?}"),
        Err(WorkflowGetResultError::Failed(error)) => {
            let mut reason = error.as_ref();
            while let Some(cause) = reason.cause() {
                reason = cause;
            }
            println!("{workflow_id} failed: {}", reason.failure().message);
            return Ok(false);
        }
        Err(error) => {
            return Err(error)
                .context("the result is not known; what was started goes on without this program");
        }
    }
    Ok(true)
}
