//! The components: a nested cargo compiles each for `wasm32-unknown-unknown`, whose
//! standard library imports nothing, and `wit-component` encodes the module.

use crate::{Result, cargo, dependencies, documentation, metadata, tool};
use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use wasm_encoder::{Component, CustomSection, RawSection};
use wasmparser::{Parser, Payload};
use wit_component::ComponentEncoder;

const TARGET: &str = "wasm32-unknown-unknown";
const ADD_TARGET: &str = "rustup target add wasm32-unknown-unknown";

/// A package of the workspace that is a component.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Guest {
    /// `guest/`: Stytch's users.
    Stytch,
    /// `guest/environment/`: `wasi:config/store` from environment variables.
    Environment,
    /// `guest/activities/`: activities of a workflow engine.
    Activities,
    /// `host/examples/workflow/`: a workflow that calls them.
    Workflow,
}

impl Guest {
    fn package(self) -> &'static str {
        match self {
            Self::Stytch => "stytch-guest",
            Self::Environment => "stytch-environment",
            Self::Activities => "stytch-activities",
            Self::Workflow => "stytch-workflow",
        }
    }

    fn module(self) -> &'static str {
        match self {
            Self::Stytch => "stytch.wasm",
            Self::Environment => "stytch_environment.wasm",
            Self::Activities => "stytch_activities.wasm",
            Self::Workflow => "stytch_workflow.wasm",
        }
    }
}

/// Builds a component of the workspace, with `target_dir` as cargo's own folder.
///
/// # Errors
///
/// When the toolchain lacks the target and it cannot be added, or the guest does
/// not compile.
pub fn component(workspace: &Path, target_dir: &Path, guest: Guest) -> Result<Vec<u8>> {
    add_target_if_missing()?;
    let module = fs::read(build_guest(workspace, target_dir, guest)?)?;
    let component = ComponentEncoder::default()
        .validate(true)
        .module(&module)?
        .encode()?;
    let package = guest.package();
    let mut notes = vec![(
        ".dep-v0".to_owned(),
        dependencies(workspace, package, TARGET)?,
    )];
    if let Guest::Stytch = guest {
        notes.extend(metadata(workspace, package)?);
        notes.push(documentation(workspace)?);
    }
    with_notes_for_names(&component, &notes)
}

/// Puts what is to be known of the component in front, where readers of lists of
/// packages look, and leaves out the names that the encoder gives to its own parts,
/// for debugging: a hundredth of the component.
fn with_notes_for_names(component: &[u8], notes: &[(String, Vec<u8>)]) -> Result<Vec<u8>> {
    let mut stripped = Component::new();
    for (name, data) in notes {
        stripped.section(&CustomSection {
            name: name.into(),
            data: data.into(),
        });
    }
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

fn build_guest(workspace: &Path, target_dir: &Path, guest: Guest) -> Result<PathBuf> {
    let package = guest.package();
    let mut cargo = cargo();
    cargo
        .current_dir(workspace)
        .args(["build", "--package", package, "--profile", "component"])
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
        return Err(format!(
            "building the component failed; try: cargo build -p {package} --target {TARGET}"
        )
        .into());
    }
    Ok(target_dir
        .join(TARGET)
        .join("component")
        .join(guest.module()))
}

/// `rust-toolchain.toml` names the target, but rustup installs it by itself only
/// where it is allowed to.
fn add_target_if_missing() -> Result<()> {
    let libdir = Command::new(tool("RUSTC", "rustc"))
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
