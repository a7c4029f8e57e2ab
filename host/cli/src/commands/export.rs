use crate::args::{Export, Global};
use crate::error::Unwritten;
use crate::render::Settings;
use crate::streams;
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::fs;
use std::io::{self, Write};
use std::path::Path;
use stytch_host::{COMPONENT, COMPONENT_WITH_ENVIRONMENT, Metadata, Plugin};

/// Writes the component, and prints the metadata that a registry needs. This is also
/// where the digest is published, since a component cannot contain its own digest.
pub(super) fn run(global: &Global, args: &Export) -> anyhow::Result<()> {
    let component = if args.environment {
        COMPONENT_WITH_ENVIRONMENT
    } else {
        COMPONENT
    };
    if args.file.as_os_str() == "-" {
        global.printing.refuse()?;
        return Ok(streams::print(component)?);
    }
    let settings = Settings::of_document(global)?;
    let written = fs::write(&args.file, component);
    written.map_err(|error| {
        io::Error::from(Unwritten::new(args.file.display().to_string(), &error))
    })?;
    let exported = Exported {
        file: &args.file,
        size: component.len(),
        digest: format!("sha256:{:x}", Sha256::digest(component)),
        media_type: "application/wasm",
        metadata: Plugin::builder().metadata()?,
    };
    settings.print(&exported, |out| writeln!(out, "{}", exported.digest))
}

#[derive(Serialize)]
struct Exported<'a> {
    file: &'a Path,
    size: usize,
    digest: String,
    media_type: &'static str,
    metadata: Metadata,
}
