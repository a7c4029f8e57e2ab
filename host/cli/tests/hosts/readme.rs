//! The table of hosts in `wit/README.md` is what the tests say of themselves, and its examples
//! are the files that they run.

use crate::{node, python, sources, wasmtime};
use std::fs;
use std::path::Path;

/// A host, as the page tells of it.
pub(crate) struct Row {
    pub(crate) host: &'static str,
    /// What was run there.
    pub(crate) ran: &'static str,
    /// What decides where requests go.
    pub(crate) egress: &'static str,
    /// What comes of a redirect to another origin.
    pub(crate) redirect: &'static str,
    /// How the credential gets in.
    pub(crate) credential: &'static str,
    /// What this host cannot limit, or the example does not.
    pub(crate) unlimited: &'static str,
}

/// Tested for each host by `redirected`, for Obelisk and the package by tests of their own.
pub(crate) const NOT_FOLLOWED: &str = "not followed";

const OWN: Row = Row {
    host: "`stytch-host`, and the library",
    ran: "the component",
    egress: "one origin and two paths; the addresses behind its name are checked",
    redirect: NOT_FOLLOWED,
    credential: "`wasi:config`, for one call; with `--sealed` the component sees no secret",
    unlimited: "nothing of this",
};

/// Tested by `host/node/test`.
const PACKAGE: Row = Row {
    host: "Node 24, [`@stytch-host/users`](../host/node/README.md)",
    ran: "the component's core module",
    egress: "one origin and two paths; the addresses behind its name are checked",
    redirect: NOT_FOLLOWED,
    credential: "`wasi:config`, for one call; with `sealed` the component sees no secret",
    unlimited: "CPU time: it runs on the program's own thread",
};

/// Tested by `tests/workflow`.
const OBELISK: Row = Row {
    host: "Obelisk 0.38, a workflow engine (in CI only where it is installed)",
    ran: "the component composed with `guest/environment` and `guest/activities`",
    egress: "its `allowed_host`: origin and methods",
    redirect: NOT_FOLLOWED,
    credential: "variables that the deployment names",
    unlimited: "paths; what the name resolves to",
};

fn readme() -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../wit/README.md")).unwrap()
}

#[test]
fn the_readme_has_a_row_for_each_host_that_is_tested() {
    let head = "| host | what was run | egress | redirects | credential | not limited |\n|---|---|---|---|---|---|\n";
    let rows = [
        OWN,
        wasmtime::CONFIGURED,
        wasmtime::ENVIRONMENT,
        python::ROW,
        node::ROW,
        PACKAGE,
        OBELISK,
    ];
    let rows = rows.iter().map(|row| {
        let Row {
            host,
            ran,
            egress,
            redirect,
            credential,
            unlimited,
        } = row;
        format!("| {host} | {ran} | {egress} | {redirect} | {credential} | {unlimited} |\n")
    });
    let table = head.to_owned() + &rows.collect::<String>();
    assert!(readme().contains(&format!("\n\n{table}\n")), "{table}");
}

#[test]
fn the_readme_shows_the_examples_that_are_tested() {
    for (name, language) in [
        ("wasmtime/config.sh", "sh"),
        ("wasmtime/environment.sh", "sh"),
        ("python/stytch.py", "python"),
        ("node/host.mjs", "js"),
        ("node/stytch.mjs", "js"),
    ] {
        let example = fs::read_to_string(sources(name)).unwrap();
        let block = format!("```{language}\n{example}```\n");
        assert!(readme().contains(&block), "{name}");
    }
}
