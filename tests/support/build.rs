//! Builds the components in this folder, which mean harm, for the tests.
//!
//! Each is a core module in text. One with a `.wit` of its name is of the world
//! `guest` in there; any other is a piece of a module for the project's own
//! contract, which the prelude completes.

use std::env;
use std::error::Error;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=guests");
    println!("cargo::rerun-if-changed=../../wit");
    let out_dir = PathBuf::from(env::var_os("OUT_DIR").ok_or("cargo did not set OUT_DIR")?);
    let prelude = fs::read_to_string("guests/prelude.wat")?;
    for entry in fs::read_dir("guests")? {
        let path = entry?.path();
        let name = path.file_stem().unwrap_or_default();
        if path.extension() != Some(OsStr::new("wat")) || name == "prelude" {
            continue;
        }
        let text = fs::read_to_string(&path)?;
        let wit = path.with_extension("wit");
        let component = if wit.exists() {
            component(&text, &wit, "guest")
        } else {
            let module = format!("(module\n{prelude}\n{text})");
            component(&module, Path::new("../../wit"), "integration")
        };
        let component = component.map_err(|error| format!("{}: {error}", path.display()))?;
        fs::write(out_dir.join(name).with_extension("wasm"), component)?;
    }
    Ok(())
}

fn component(module: &str, wit: &Path, world: &str) -> Result<Vec<u8>, Box<dyn Error>> {
    let mut module = wat::parse_str(module)?;
    let mut resolve = Resolve::default();
    let (package, _) = resolve.push_path(wit)?;
    let world = resolve.select_world(&[package], Some(world))?;
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8)?;
    let mut encoder = ComponentEncoder::default().validate(true).module(&module)?;
    Ok(encoder.encode()?)
}
