//! Checks everything that a call needs, one thing at a time.

mod network;
mod report;

use super::{builder, cache_folder, ignored_folders};
use crate::access::{Access, access, selection};
use crate::args::Global;
use crate::failure::Failure;
use crate::proxy;
use crate::render::Settings;
use report::Report;
use std::env;
use std::path::PathBuf;
use std::process::ExitCode;
use stytch_host::{CacheProblem, Environment, Origin, Plugin, Proxy};

pub(super) async fn run(global: &Global) -> anyhow::Result<ExitCode> {
    let settings = Settings::of_document(global)?;
    let mut report = Report::default();
    folders(&mut report);
    let access = configuration(&mut report, global).await;
    // Before compilation, which would replace a damaged entry.
    let cached = cache_problem(global);
    let component = component(&mut report, global);
    cache(&mut report, cached);

    let origin = origin(global, access.as_ref());
    let plugin = match (component, proxy(&mut report, global, origin.as_ref())) {
        (true, Ok(proxy)) => network_plugin(&mut report, global, proxy),
        _ => None,
    };
    let reached = if let (Some(plugin), Some(origin)) = (&plugin, &origin) {
        network::check(&mut report, plugin, origin).await
    } else {
        network::skip(&mut report);
        false
    };
    match (plugin, access) {
        (Some(plugin), Some(access)) if reached => credential(&mut report, &plugin, &access).await,
        _ => report.skipped("credential"),
    }
    report.print(&settings)?;
    Ok(report.exit_code())
}

/// Warns about folder variables that are ignored.
fn folders(report: &mut Report) {
    for name in ignored_folders() {
        let found = format!(
            "{name} is not an absolute path, so it is ignored, as the XDG Base Directory Specification requires"
        );
        let advice = format!("set {name} to a path that begins with /, or unset it");
        report.warning("folders", found, &advice);
    }
}

async fn configuration(report: &mut Report, global: &Global) -> Option<Access> {
    match access(global).await {
        Ok(access) => {
            let credential = &access.credential;
            let found = format!(
                "{} ({} environment), from {}, for {}",
                credential.project_id(),
                credential.environment(),
                access.source(),
                credential.origin()
            );
            report.ok("configuration", found);
            Some(access)
        }
        Err(error) => {
            report.failed("configuration", &Failure::of(&error));
            None
        }
    }
}

/// Checks the component; returns whether it can run.
fn component(report: &mut Report, global: &Global) -> bool {
    let builder = builder(global);
    let inspected = builder.inspect().and_then(|inspection| {
        if inspection.problem.is_none() {
            // Inspecting does not compile it.
            match builder.build() {
                // Certificate authorities are checked separately.
                Ok(_) | Err(stytch_host::Error::Client(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(inspection)
    });
    match inspected {
        Ok(inspection) => match inspection.problem {
            None => {
                let imports = inspection.imports.iter().map(|import| import.name.as_str());
                let imports: Vec<_> = imports.collect();
                let found = format!(
                    "{} bytes; it imports {}{}",
                    inspection.size,
                    imports.join(", "),
                    if global.sealed {
                        "; it cannot read the secret"
                    } else {
                        ""
                    }
                );
                report.ok("component", found);
                true
            }
            Some(problem) => {
                let advice = "use one that was built for this version, or leave --component out";
                report.failure("component", problem, advice, 1);
                false
            }
        },
        Err(error) => {
            report.failed("component", &Failure::of(&error.into()));
            false
        }
    }
}

/// The folder for compiled components, and why it is not used, if so.
fn cache_problem(global: &Global) -> Option<(PathBuf, Option<CacheProblem>)> {
    Some((cache_folder()?, builder(global).compilation_cache_problem()))
}

fn cache(report: &mut Report, cached: Option<(PathBuf, Option<CacheProblem>)>) {
    let advice = "the cache is not used, so every run compiles the component, which takes \
                  part of a second: set XDG_CACHE_HOME to a folder that only you can write to, or \
                  remove the file or folder named above";
    match cached {
        None => report.warning("cache", "there is no home folder", advice),
        Some((folder, None)) => report.ok("cache", folder.display().to_string()),
        Some((_, Some(problem))) => report.warning("cache", problem.to_string(), advice),
    }
}

/// Where requests go; without a credential, the origin of a test project.
fn origin(global: &Global, access: Option<&Access>) -> Option<Origin> {
    if let Some(access) = access {
        return Some(access.credential.origin().clone());
    }
    let (selection, get) = (selection(global), |name: &str| env::var_os(name));
    // The origin is known even if the secret cannot be read.
    if let Ok(origins) = selection.origins(get) {
        return origins.origins.into_iter().next();
    }
    match selection.base_url(get) {
        Ok(None) => Some(Environment::Test.origin()),
        // A malformed one is reported once there is a credential.
        Ok(Some(base_url)) => base_url.origin().ok(),
        Err(_) => None,
    }
}

/// The proxy for requests; an error if it is configured but unusable.
fn proxy(
    report: &mut Report,
    global: &Global,
    origin: Option<&Origin>,
) -> Result<Option<Proxy>, ()> {
    if global.emulator {
        report.ok("proxy", "none: the emulator is on this machine");
        return Ok(None);
    }
    match proxy::from_environment() {
        Ok(None) => {
            report.ok("proxy", "none: HTTPS_PROXY and ALL_PROXY are not set");
            Ok(None)
        }
        Ok(Some((proxy, variable))) => {
            let used = origin.and_then(|origin| proxy.used_for(origin));
            report.ok(
                "proxy",
                match (used, origin) {
                    (Some(url), _) => format!("{url}, from {variable}"),
                    (None, Some(origin)) if !origin.is_tls() => {
                        format!("{variable} is set, but plain http never goes through a proxy")
                    }
                    (None, _) => format!("{variable} is set, but NO_PROXY excludes this host"),
                },
            );
            Ok(Some(proxy))
        }
        Err(error) => {
            report.failed("proxy", &Failure::of(&error.into()));
            Err(())
        }
    }
}

fn network_plugin(report: &mut Report, global: &Global, proxy: Option<Proxy>) -> Option<Plugin> {
    let builder = match proxy {
        Some(proxy) => builder(global).proxy(proxy),
        None => builder(global),
    };
    match builder.build() {
        Ok(plugin) => Some(plugin),
        // The component was already checked, so only authorities can be wrong.
        Err(error) => {
            report.failed("authorities", &Failure::of(&error.into()));
            None
        }
    }
}

async fn credential(report: &mut Report, plugin: &Plugin, access: &Access) {
    match plugin.check(&access.credential).await {
        Ok(checked) => {
            let request_id = checked.request_id.unwrap_or_default();
            report.ok("credential", format!("Stytch accepts it; {request_id}"));
        }
        Err(error) => report.failed("credential", &Failure::of(&access.explain(error))),
    }
}
