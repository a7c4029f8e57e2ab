//! The `wasmtime` command line: with `wasi:config`, and, for the component that takes
//! its configuration from the environment, without.

use crate::cases::same_as_the_own_host;
use crate::readme::{NOT_FOLLOWED, Row};
use crate::{Host, Variables, component, kept, run, sources, wave};
use serde_json::Value;
use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;
use stytch_host::{COMPONENT, COMPONENT_WITH_ENVIRONMENT};

pub(crate) const CONFIGURED: Row = Row {
    host: "`wasmtime` 48, the command",
    ran: "the component",
    egress: "`-S http`: wherever the component asks for",
    redirect: NOT_FOLLOWED,
    credential: "`-S config-var`, on the command line, which other users of the machine can read",
    unlimited: "where it connects",
};
pub(crate) const ENVIRONMENT: Row = Row {
    host: "`wasmtime` 48, without `wasi:config`",
    ran: "the component composed with `guest/environment`",
    egress: "as above",
    redirect: NOT_FOLLOWED,
    credential: "`--env`, by the names of three variables",
    unlimited: "where it connects",
};

/// An example: a script that takes the component and a call.
struct Script {
    source: PathBuf,
    component: PathBuf,
    path: OsString,
}

impl Script {
    /// With what its `install` makes sure of at the front of the path.
    fn new(name: &str, bytes: &[u8]) -> Self {
        let tools = kept("tools");
        run(Command::new("sh")
            .arg(sources("wasmtime/install"))
            .arg(&tools));
        let old = env::var_os("PATH").unwrap_or_default();
        let folders = [tools.join("bin")]
            .into_iter()
            .chain(env::split_paths(&old));
        let folder = tools.join(Path::new(name).with_extension("component"));
        std::fs::create_dir_all(&folder).unwrap();
        Self {
            source: sources("wasmtime").join(name),
            component: component(&folder, bytes),
            path: env::join_paths(folders).unwrap(),
        }
    }
}

impl Host for Script {
    fn call(&self, variables: &Variables, operation: &str, input: &Value) -> Value {
        let mut command = Command::new("sh");
        command
            .arg(&self.source)
            .arg(&self.component)
            .arg(wave::call(operation, input))
            .env("PATH", &self.path)
            .envs(variables.iter().map(|(name, value)| (name, value)));
        wave::outcome(run(&mut command).trim_end())
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "builds the wasmtime command line, which takes minutes"]
async fn the_wasmtime_command_runs_the_component_as_it_is() {
    same_as_the_own_host(&Script::new("config.sh", COMPONENT)).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "builds the wasmtime command line, which takes minutes"]
async fn the_environment_is_configuration_enough() {
    let script = Script::new("environment.sh", COMPONENT_WITH_ENVIRONMENT);
    same_as_the_own_host(&script).await;
}
