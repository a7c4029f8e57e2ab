//! Writes the component to a file: `stytch-build <file> [<workspace>]`. The workspace
//! is by default the one that this was built in.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() -> Result<(), Box<dyn Error>> {
    let mut paths = env::args_os().skip(1).map(PathBuf::from);
    let file = paths
        .next()
        .ok_or("usage: stytch-build <file> [<workspace>]")?;
    let own = || Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2);
    let workspace = paths
        .next()
        .or_else(|| own().map(Path::to_path_buf))
        .ok_or("host/build/ has no workspace above it")?;
    let component = stytch_build::component(&workspace, &file.with_extension("target"))?;
    Ok(fs::write(file, component)?)
}
