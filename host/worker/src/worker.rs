//! The worker: task queues for each credential, until the process is told to stop.

use crate::activities::{Activities, Shared};
use crate::args::{Args, Calls, Limits};
use crate::connection::connect;
use crate::queue::{Kind, TaskQueue};
use crate::rate_limit::ServerLimit;
use crate::search_all::Destination;
use anyhow::{Context, bail};
use futures::future::{join_all, try_join_all};
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;
use stytch_credentials::{Credentials, Source, Store, user_folder};
use stytch_emulator::{Emulator, Options};
use stytch_host::{Credential, Plugin, Proxy, Secret};
use temporalio_client::Client;
use temporalio_sdk::runtime::RuntimeOptions;
use temporalio_sdk::runtime::worker_tuner::{FixedSizeSlotSupplier, TunerHolder};
use temporalio_sdk::{Runtime, Worker, WorkerOptions};
use tokio::sync::watch;

/// The name of the credential of the emulator.
const EMULATOR: &str = "emulator";

/// How often credentials are looked at for changes.
const RELOAD: Duration = Duration::from_secs(1);

/// How much longer than the drain time the SDK may take to stop.
const STOPPING: Duration = Duration::from_secs(5);

/// The part of the limit that is used: requests of which one is a bit early and another a
/// bit late would exceed the limit in Stytch's window, and then all of them wait for the next.
const STEADY: f64 = 0.98;

/// Runs until the process is told to stop.
pub(crate) async fn run(args: Args) -> anyhow::Result<()> {
    let Args {
        server,
        calls,
        limits,
    } = args;
    // It stops when this is dropped.
    let emulator = if calls.emulator {
        Some(Emulator::start(([127, 0, 0, 1], 0).into(), Options::default()).await?)
    } else {
        None
    };
    let source = source(&calls, emulator.as_ref())?;
    let (stop, stopped) = watch::channel(false);
    let fields = calls.fields.clone();
    let destination = calls.destination.clone().map(|folder| Destination {
        folder,
        interval: Duration::from_mins(1) / limits.pages_per_minute.get(),
    });
    if destination.is_some() && limits.pages_per_minute >= limits.searches_per_minute {
        bail!(
            "--pages-per-minute {} leaves nothing of --searches-per-minute {} for \
             stytch.search_users: lower the first, or raise the second",
            limits.pages_per_minute,
            limits.searches_per_minute
        );
    }
    if let Some(destination) = &destination {
        let written = destination.check();
        written.with_context(|| {
            let folder = destination.folder.display();
            format!("users cannot be written to the folder {folder} of --destination")
        })?;
    }
    let plugin = plugin(&calls)?;
    // On a thread of its own: a keyring may wait for the user.
    let credentials = tokio::task::spawn_blocking(move || Credentials::read(vec![source]));
    let shared = Arc::new(Shared {
        plugin,
        credentials: credentials.await??,
        fields,
        destination,
        stop: stopped,
    });
    let names = names(&shared.credentials, &calls.credential)?;
    let client = connect(&server).await?;
    let runtime = Runtime::from_current_tokio(RuntimeOptions::default())?;
    let mut workers = Vec::new();
    let mut patrols = Vec::new();
    for name in &names {
        for kind in [Kind::Users, Kind::Search, Kind::SearchAll] {
            if kind == Kind::SearchAll && shared.destination.is_none() {
                continue;
            }
            let queue = TaskQueue::new(name, kind);
            let limit = ServerLimit::new(&client, &queue);
            workers.push(task_worker(
                &runtime,
                &client,
                &shared,
                &limits,
                &queue,
                limit.clone(),
            )?);
            patrols.push(limit);
            tracing::info!(queue = %queue, "serving");
        }
    }
    let shutdown: Vec<_> = workers.iter().map(Worker::shutdown_handle).collect();
    let reload = tokio::spawn(reload(shared.clone()));
    let patrols = tokio::spawn(async move {
        join_all(patrols.iter().map(ServerLimit::patrol)).await;
    });
    let drain = limits.drain;
    tokio::spawn(async move {
        interrupted().await;
        tracing::info!("stopping");
        for shutdown in &shutdown {
            shutdown();
        }
        tokio::time::sleep(drain).await;
        let _ = stop.send(true);
        tokio::time::sleep(STOPPING).await;
        tracing::error!("the server does not take the last results; another worker repeats them");
        std::process::exit(1);
    });
    let run = workers.iter_mut().map(Worker::run);
    try_join_all(run).await.context("the worker cannot go on")?;
    reload.abort();
    patrols.abort();
    tracing::info!("stopped");
    Ok(())
}

fn source(calls: &Calls, emulator: Option<&Emulator>) -> anyhow::Result<Source> {
    if let Some(emulator) = emulator {
        let secret = Secret::new(stytch_emulator::SECRET.to_owned());
        let credential = Credential::new(stytch_emulator::PROJECT_ID, secret);
        let credential = credential.with_base_url(&emulator.base_url())?;
        return Ok(Source::Fixed(EMULATOR.to_owned(), credential));
    }
    Ok(match &calls.credentials_dir {
        Some(folder) => Source::Folder(folder.clone()),
        None => Source::Store(Store::required()?),
    })
}

/// The names of the credentials that are served.
fn names(credentials: &Credentials, chosen: &[String]) -> anyhow::Result<Vec<String>> {
    for name in chosen {
        if credentials.get(name).is_none() {
            bail!("there is no credential {name:?}: `stytch-host credential list` lists them");
        }
    }
    let names: Vec<_> = match chosen {
        [] => credentials.entries().keys().cloned().collect(),
        _ => chosen.to_vec(),
    };
    if names.is_empty() {
        bail!(
            "there is no credential: store one with `stytch-host credential add NAME`, name a \
             folder with --credentials-dir, or try --emulator"
        );
    }
    for name in &names {
        if let Some(Err(reason)) = credentials.get(name).map(|entry| entry.credential.clone()) {
            tracing::warn!("the credential {name} cannot be used: {reason}");
        }
    }
    Ok(names)
}

fn plugin(calls: &Calls) -> anyhow::Result<Plugin> {
    // The engine retries: it knows how often, and survives this process. There is no pool,
    // whose slots all credentials would share: one whose Stytch hangs would take all of
    // them. The slots of the task queues limit the calls.
    let mut builder = Plugin::builder()
        .deadline(calls.timeout)
        .compile_timeout(calls.timeout)
        .max_attempts(1);
    if let Some(path) = &calls.component {
        builder = builder.component_file(path);
    }
    if calls.sealed {
        builder = builder.sealed();
    }
    if let Some(calls) = calls.reuse {
        builder = builder.reuse(calls);
    }
    if let Some(path) = &calls.ca_cert {
        builder = builder.ca_file(path);
    }
    if let Some(folder) = user_folder("XDG_CACHE_HOME", ".cache") {
        builder = builder.compilation_cache(folder);
    }
    // The emulator of --emulator runs on this machine, so it needs no proxy.
    if !calls.emulator
        && let Some((proxy, _)) = Proxy::from_environment()?
    {
        builder = builder.proxy(proxy);
    }
    Ok(builder.build()?)
}

/// The worker of one task queue.
fn task_worker(
    runtime: &Runtime,
    client: &Client,
    shared: &Arc<Shared>,
    limits: &Limits,
    queue: &TaskQueue,
    limit: ServerLimit,
) -> anyhow::Result<Worker> {
    let calls = usize::try_from(limits.max_calls.get()).unwrap_or(usize::MAX);
    let slots = FixedSizeSlotSupplier::new(calls);
    let tuner = TunerHolder::builder()
        .workflow_task_slot_supplier(slots)
        .activity_task_slot_supplier(slots)
        .local_activity_task_slot_supplier(slots)
        .nexus_task_slot_supplier(slots)
        .build();
    let activities = Activities {
        shared: shared.clone(),
        queue: queue.clone(),
        limit,
    };
    let options = WorkerOptions::new(queue.to_string())
        .register_activities(activities)
        .tuner(tuner)
        .maybe_max_task_queue_activities_per_second(rate(
            limits,
            queue.kind,
            shared.destination.is_some(),
        ))
        .default_heartbeat_throttle_interval(Duration::from_secs(5))
        .build();
    Ok(Worker::new(runtime, client.clone(), options)?)
}

/// How many activities a second the server gives to all workers of a task queue together.
fn rate(limits: &Limits, kind: Kind, has_search_all: bool) -> Option<f64> {
    let searches = limits.searches_per_minute.get();
    match kind {
        Kind::Users => limits
            .retrievals_per_second
            .map(NonZeroU32::get)
            .map(f64::from),
        Kind::Search if has_search_all => {
            let left = searches.saturating_sub(limits.pages_per_minute.get());
            Some(f64::from(left) * STEADY / 60.0)
        }
        Kind::Search => Some(f64::from(searches) * STEADY / 60.0),
        // Its pages are counted instead.
        Kind::SearchAll => None,
    }
}

/// Notices changed secrets.
async fn reload(shared: Arc<Shared>) {
    loop {
        tokio::time::sleep(RELOAD).await;
        let shared = shared.clone();
        // Until they can be read again, they stay as they are.
        let _ = tokio::task::spawn_blocking(move || shared.credentials.reload()).await;
    }
}

/// Waits for SIGINT or SIGTERM.
async fn interrupted() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    let _ = tokio::signal::ctrl_c().await;
}
