//! The service as its `OpenAPI` document describes it: Schemathesis sends requests that
//! fit the document and such that do not, and checks every response against it.
//!
//! It needs Python and its package registry, so it is ignored unless asked for:
//! `cargo test --workspace --test openapi -- --ignored`.

#![allow(
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test that fails panics"
)]

use std::path::Path;
use std::process::Command;
use stytch_emulator::{Emulator, Options, PROJECT_ID, SECRET};
use stytch_host::{Credential, Plugin, Secret};
use stytch_service::{Service, Settings, Source};
use stytch_testkit::{python, run};

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs python3 and its package registry"]
async fn schemathesis_finds_no_difference() {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("openapi");
    let environment = Path::new(env!("CARGO_TARGET_TMPDIR")).join("openapi");
    let python = python(&environment, &sources.join("requirements.txt"));

    let options = Options::default().users(20);
    let emulator = Emulator::start(([127, 0, 0, 1], 0).into(), options);
    let emulator = emulator.await.unwrap();
    let credential = Credential::new(PROJECT_ID, Secret::new(SECRET.to_owned()))
        .with_base_url(&emulator.base_url())
        .unwrap();
    let builder = Plugin::builder();
    let description = builder.describe().unwrap();
    let service = Service::new(
        builder.build().unwrap(),
        &description,
        vec![Source::Fixed("emulator".to_owned(), credential)],
        None,
        Settings::default(),
        None,
    );
    let listening = service.unwrap().bind().await.unwrap();
    let (address, token) = (listening.address(), listening.token().unwrap().clone());
    tokio::spawn(listening.run(std::future::pending()));

    let mut command = Command::new(python);
    command
        .args(["-m", "schemathesis.cli"])
        .arg("--config-file")
        .arg(sources.join("schemathesis.toml"))
        .args(["run", &format!("http://{address}/openapi.json")])
        .args(["--phases", "examples,coverage,fuzzing"])
        .args(["--max-examples", "25", "--seed", "1", "--no-color"])
        .env("SCHEMATHESIS_HOOKS", "hooks")
        .env("STYTCH_HOST_TOKEN", token.expose())
        .env("PYTHONPATH", &sources)
        .current_dir(env!("CARGO_TARGET_TMPDIR"));
    let report = tokio::task::block_in_place(|| run(&mut command));
    println!("{report}");
    assert!(report.contains("No issues found"), "{report}");
}
