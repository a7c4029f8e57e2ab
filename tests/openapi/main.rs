//! The service as its `OpenAPI` document describes it. Schemathesis sends requests that fit
//! the document and such that do not, and checks every response against it; a client that
//! is generated from the document makes every call.
//!
//! They need Python, Node and their package registries, so they are ignored unless asked
//! for: `cargo test --workspace --test openapi -- --ignored`.

#![allow(
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test that fails panics"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use stytch_credentials::Source;
use stytch_emulator::{Emulator, Options, PROJECT_ID, SECRET};
use stytch_host::{Credential, Plugin, Secret};
use stytch_service::{Service, Settings};
use stytch_testkit::{python, run};

/// A running service with the credential `emulator`.
struct Running {
    url: String,
    token: String,
    _emulator: Emulator,
}

async fn start(users: u64) -> Running {
    let options = Options::default().users(users);
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
        Settings::default(),
        None,
    );
    let listening = service.unwrap().bind().await.unwrap();
    let url = listening.url().unwrap();
    let token = listening.token().unwrap().expose().to_owned();
    tokio::spawn(listening.run(std::future::pending()));
    Running {
        url,
        token,
        _emulator: emulator,
    }
}

impl Running {
    /// Runs a program that calls the service.
    fn run(&self, command: &mut Command) -> String {
        command
            .env("STYTCH_HOST_URL", &self.url)
            .env("STYTCH_HOST_TOKEN", &self.token);
        tokio::task::block_in_place(|| run(command))
    }
}

fn sources() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("openapi")
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs python3 and its package registry"]
async fn schemathesis_finds_no_difference() {
    let environment = Path::new(env!("CARGO_TARGET_TMPDIR")).join("schemathesis");
    let python = python(&environment, &sources().join("requirements.txt"));
    let service = start(20).await;
    let report = service.run(
        Command::new(python)
            .args(["-m", "schemathesis.cli", "--config-file"])
            .arg(sources().join("schemathesis.toml"))
            .args(["run", &format!("{}/openapi.json", service.url)])
            .args(["--phases", "examples,coverage,fuzzing"])
            .args(["--max-examples", "25", "--seed", "1", "--no-color"])
            .env("SCHEMATHESIS_HOOKS", "hooks")
            .env("PYTHONPATH", sources())
            .current_dir(env!("CARGO_TARGET_TMPDIR")),
    );
    println!("{report}");
    assert!(report.contains("No issues found"), "{report}");
}

/// The generator and the client are those of `openapi-typescript` and `openapi-fetch`.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs node and its package registry"]
async fn a_generated_client_makes_every_call() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("openapi-client");
    fs::create_dir_all(&folder).unwrap();
    for file in [
        "package.json",
        "package-lock.json",
        "tsconfig.json",
        "client.ts",
    ] {
        fs::copy(sources().join("client").join(file), folder.join(file)).unwrap();
    }
    let service = start(200).await;
    let document = format!("{}/openapi.json", service.url);
    for line in [
        &["npm", "ci", "--no-audit", "--no-fund"][..],
        &[
            "npx",
            "openapi-typescript",
            &document,
            "--output",
            "schema.d.ts",
        ],
        &["npx", "tsc", "--project", "."],
    ] {
        let (program, args) = line.split_first().unwrap();
        service.run(Command::new(program).args(args).current_dir(&folder));
    }
    let printed = service.run(Command::new("node").arg(folder.join("built/client.js")));
    let expected = r#"{"passed":["list","check","retrieve","not found","search","search all","retrieve many","readiness"]}"#;
    assert_eq!(printed.trim_end(), expected);
}
