//! Writes a component to a file:
//! `stytch-build FILE [stytch|environment|activities|workflow [WORKSPACE]]`. The
//! default workspace is the one in which this program was built.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::{env, fs};
use stytch_build::{Guest, component, plug};

const USAGE: &str = "usage: stytch-build FILE [stytch|environment|activities|workflow [WORKSPACE]]";

fn main() -> Result<(), Box<dyn Error>> {
    let mut args = env::args_os().skip(1);
    let file = PathBuf::from(args.next().ok_or(USAGE)?);
    let kind = args.next().unwrap_or_else(|| "stytch".into());
    let default_workspace = || Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2);
    let workspace = args
        .next()
        .map(PathBuf::from)
        .or_else(|| default_workspace().map(Path::to_path_buf))
        .ok_or("guest/build/ has no workspace above it")?;
    let target_dir = file.with_extension("target");
    let build = |guest| component(&workspace, &target_dir, guest);

    let composed = match kind.to_str() {
        Some("stytch") => build(Guest::Stytch)?,
        // Configured by environment variables.
        Some("environment") => plug(&build(Guest::Stytch)?, &build(Guest::Environment)?)?,
        // Likewise, with errors that tell an engine what to retry.
        Some("activities") => {
            let stytch = plug(&build(Guest::Stytch)?, &build(Guest::Environment)?)?;
            plug(&build(Guest::Activities)?, &stytch)?
        }
        // The example workflow that calls the activities.
        Some("workflow") => build(Guest::Workflow)?,
        _ => return Err(USAGE.into()),
    };
    Ok(fs::write(file, composed)?)
}
