//! Builds the components: a nested cargo compiles each for `wasm32-unknown-unknown`, whose
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

/// Builds a component of the workspace, with `target_dir` as cargo's target folder.
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
    let mut sections = vec![(
        ".dep-v0".to_owned(),
        dependencies(workspace, package, TARGET)?,
    )];
    if let Guest::Stytch = guest {
        sections.extend(metadata(workspace, package)?);
        sections.push(documentation(workspace)?);
    }
    replace_names_by_metadata(&component, &sections)
}

/// Puts the metadata first, where tools that read lists of packages look, and drops the
/// encoder's debug names, which are a hundredth of the component.
fn replace_names_by_metadata(component: &[u8], sections: &[(String, Vec<u8>)]) -> Result<Vec<u8>> {
    let mut stripped = Component::new();
    for (name, data) in sections {
        stripped.section(&CustomSection {
            name: name.into(),
            data: data.into(),
        });
    }
    // The depth of nested modules and components, which are copied unchanged.
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
    // The outer cargo, or clippy, sets these for the host's code.
    for inherited in ["RUSTFLAGS", "RUSTC_WORKSPACE_WRAPPER", "CLIPPY_ARGS"] {
        cargo.env_remove(inherited);
    }
    // Makes the build reproducible in any folder.
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

/// `rust-toolchain.toml` names the target, but rustup installs it automatically only if
/// that is enabled.
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
