//! Writes the component to a file: `stytch-build <file>`.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::{env, fs};
use stytch_build::{Guest, component};

fn main() -> Result<(), Box<dyn Error>> {
    let file = env::args_os().nth(1).ok_or("usage: stytch-build <file>")?;
    let file = PathBuf::from(file);
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .nth(2)
        .ok_or("host/build/ has no workspace above it")?;
    let component = component(workspace, &file.with_extension("target"), Guest::Stytch)?;
    Ok(fs::write(file, component)?)
}
