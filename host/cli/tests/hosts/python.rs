//! Python, with the package `wasmtime`.

use crate::cases::same_as_the_own_host;
use crate::command::Program;
use crate::readme::{NOT_FOLLOWED, Row};
use crate::{component, kept, sources};
use std::process::Command;
use stytch_host::COMPONENT;
use stytch_testkit::python;

pub(crate) const ROW: Row = Row {
    host: "Python, package `wasmtime` 50",
    ran: "the component",
    egress: "its own `wasi:http`, which has no list: wherever the component asks for",
    redirect: NOT_FOLLOWED,
    credential: "`wasi:config`, a function of the program",
    unlimited: "where it connects; how long it waits",
};

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs python3 and its package registry"]
async fn python_runs_the_component_as_it_is() {
    let folder = kept("python");
    let python = python(&folder, &sources("python/requirements.txt"));
    let file = component(&folder, COMPONENT);
    same_as_the_own_host(&Program(|| {
        let mut command = Command::new(&python);
        command.arg(sources("python/stytch.py")).arg(&file);
        command
    }))
    .await;
}
