//! Builds the components that the library embeds. A fresh clone so needs nothing but
//! `cargo build`.

use std::env;
use std::error::Error;
use std::ffi::OsString;
use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;
use stytch_build::Guest;

fn main() -> ExitCode {
    match build() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // A directive is one line.
            for line in error.to_string().lines() {
                println!("cargo::error={line}");
            }
            ExitCode::FAILURE
        }
    }
}

fn build() -> Result<(), Box<dyn Error>> {
    let manifest_dir = PathBuf::from(variable("CARGO_MANIFEST_DIR")?);
    let workspace = manifest_dir
        .ancestors()
        .nth(2)
        .ok_or("host/library/ has no workspace above it")?;
    for input in [
        "guest/src",
        "guest/Cargo.toml",
        "guest/decode",
        "guest/environment",
        "guest/runtime",
        "wit",
        "Cargo.toml",
        "Cargo.lock",
    ] {
        println!(
            "cargo::rerun-if-changed={}",
            workspace.join(input).display()
        );
    }

    let out_dir = PathBuf::from(variable("OUT_DIR")?);
    let guests = out_dir.join("guest");
    let component = stytch_build::component(workspace, &guests, Guest::Stytch)?;
    let environment = stytch_build::component(workspace, &guests, Guest::Environment)?;
    let composed = stytch_build::plug(&component, &environment)?;
    fs::write(out_dir.join("stytch.wasm"), component)?;
    fs::write(out_dir.join("stytch-environment.wasm"), composed)?;
    Ok(())
}

fn variable(name: &str) -> Result<OsString, String> {
    env::var_os(name).ok_or_else(|| format!("cargo did not set {name}"))
}
