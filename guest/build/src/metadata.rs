//! The metadata of a component, in the sections that registries and `wasm-tools metadata
//! show` read.

use crate::{Result, cargo};
use serde_json::Value;
use std::path::Path;
use wasm_encoder::ComponentNameSection;

/// The component's name: that of the package in `wit/`, without its version.
const NAME: &str = "stytch:users";

/// The names and contents of the sections, from a package's `Cargo.toml`.
pub(crate) fn metadata(workspace: &Path, package: &str) -> Result<Vec<(String, Vec<u8>)>> {
    let output = cargo()
        .current_dir(workspace)
        .args(["metadata", "--locked", "--no-deps", "--format-version", "1"])
        .output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into());
    }
    let metadata: Value = serde_json::from_slice(&output.stdout)?;
    let manifest = metadata
        .get("packages")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .find(|manifest| manifest.get("name").is_some_and(|name| name == package))
        .ok_or("cargo metadata does not know the package")?;
    let mut names = ComponentNameSection::new();
    names.component(NAME);
    let mut sections = vec![(
        "component-name".to_owned(),
        names.as_custom().data.into_owned(),
    )];
    for (section, member) in [
        ("version", "version"),
        ("description", "description"),
        ("licenses", "license"),
        ("source", "repository"),
    ] {
        if let Some(text) = manifest.get(member).and_then(Value::as_str) {
            sections.push((section.to_owned(), text.into()));
        }
    }
    Ok(sections)
}
