//! Builds `guest/` into the component that the library embeds.
//!
//! A nested cargo compiles the guest for `wasm32-unknown-unknown`, whose
//! standard library imports nothing, and `wit-component` encodes the module as
//! a component. A fresh clone so needs nothing but `cargo build`.

use std::env;
use std::error::Error;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use wasm_encoder::{Component, RawSection};
use wasmparser::{Parser, Payload};
use wit_component::ComponentEncoder;

const TARGET: &str = "wasm32-unknown-unknown";
const ADD_TARGET: &str = "rustup target add wasm32-unknown-unknown";

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
    let workspace = manifest_dir.parent().ok_or("host/ has no parent folder")?;
    for input in [
        "guest/src",
        "guest/Cargo.toml",
        "wit",
        "Cargo.toml",
        "Cargo.lock",
    ] {
        println!(
            "cargo::rerun-if-changed={}",
            workspace.join(input).display()
        );
    }
    add_target_if_missing()?;

    let out_dir = PathBuf::from(variable("OUT_DIR")?);
    let module = fs::read(build_guest(workspace, &out_dir.join("guest"))?)?;
    let component = ComponentEncoder::default()
        .validate(true)
        .module(&module)?
        .encode()?;
    fs::write(out_dir.join("stytch.wasm"), without_names(&component)?)?;
    Ok(())
}

/// Leaves out the names that the encoder gives to its own parts, for debugging:
/// a hundredth of the component.
fn without_names(component: &[u8]) -> Result<Vec<u8>, Box<dyn Error>> {
    let mut stripped = Component::new();
    // How deep the parser is in modules and components inside, which are copied
    // whole.
    let mut depth = 0_usize;
    for payload in Parser::new(0).parse_all(component) {
        let payload = payload?;
        let is_names = matches!(&payload, Payload::CustomSection(section) if section.name() == "component-name");
        if let Some((id, range)) = payload.as_section()
            && depth == 0
            && !is_names
        {
            let data = component
                .get(range)
                .ok_or("a section outside its component")?;
            stripped.section(&RawSection { id, data });
        }
        match payload {
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
            Payload::End(_) => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    Ok(stripped.finish())
}

fn build_guest(workspace: &Path, target_dir: &Path) -> Result<PathBuf, Box<dyn Error>> {
    let mut cargo = Command::new(variable("CARGO")?);
    cargo
        .current_dir(workspace)
        .args([
            "build",
            "--package",
            "stytch-guest",
            "--profile",
            "component",
        ])
        .args(["--locked", "--target", TARGET, "--target-dir"])
        .arg(target_dir);
    // What the outer cargo, or clippy, sets for the host's own code.
    for inherited in ["RUSTFLAGS", "RUSTC_WORKSPACE_WRAPPER", "CLIPPY_ARGS"] {
        cargo.env_remove(inherited);
    }
    // The component is the same whoever builds it, and in whatever folder.
    let remap = |from: &Path, to: &str| {
        let mut flag = OsString::from("--remap-path-prefix=");
        flag.push(from);
        flag.push(to);
        flag
    };
    let mut flags = remap(workspace, "=");
    if let Some(cargo_home) = cargo_home() {
        flags.push("\x1f");
        flags.push(remap(&cargo_home, "=cargo"));
    }
    cargo.env("CARGO_ENCODED_RUSTFLAGS", flags);
    if !cargo.status()?.success() {
        return Err(format!("building the component in guest/ failed; try: cargo build -p stytch-guest --target {TARGET}").into());
    }
    Ok(target_dir
        .join(TARGET)
        .join("component")
        .join("stytch.wasm"))
}

/// `rust-toolchain.toml` names the target, but rustup installs it by itself only
/// where it is allowed to.
fn add_target_if_missing() -> Result<(), Box<dyn Error>> {
    let libdir = Command::new(variable("RUSTC")?)
        .args(["--print", "target-libdir", "--target", TARGET])
        .output()?;
    let libdir = PathBuf::from(String::from_utf8(libdir.stdout)?.trim());
    if libdir.is_dir() {
        return Ok(());
    }
    let mut words = ADD_TARGET.split(' ');
    let added = Command::new(words.next().unwrap_or_default())
        .args(words)
        .status();
    match added {
        Ok(status) if status.success() => Ok(()),
        _ => Err(format!(
            "the Rust target {TARGET} is missing and could not be added; run this once, then build again: {ADD_TARGET}"
        )
        .into()),
    }
}

fn cargo_home() -> Option<PathBuf> {
    match env::var_os("CARGO_HOME") {
        Some(folder) => Some(PathBuf::from(folder)),
        None => Some(env::home_dir()?.join(".cargo")),
    }
}

fn variable(name: &str) -> Result<OsString, String> {
    env::var_os(name).ok_or_else(|| format!("cargo did not set {name}"))
}
