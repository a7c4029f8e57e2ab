//! Writes the list of packages that the program carries, as `cargo auditable` would:
//! that is a command of its own, which nobody who runs `cargo install` has to know.

use std::env;
use std::error::Error;
use std::fs;
use std::path::Path;

fn main() -> Result<(), Box<dyn Error>> {
    let manifest_dir = env::var("CARGO_MANIFEST_DIR")?;
    let workspace = Path::new(&manifest_dir)
        .ancestors()
        .nth(2)
        .ok_or("host/cli/ has no workspace above it")?;
    println!("cargo::rerun-if-changed={manifest_dir}/Cargo.toml");
    for input in [
        "Cargo.lock",
        "host/emulator/Cargo.toml",
        "host/library/Cargo.toml",
    ] {
        println!(
            "cargo::rerun-if-changed={}",
            workspace.join(input).display()
        );
    }
    let packages = stytch_build::dependencies(workspace, "stytch-cli", &env::var("TARGET")?)?;
    fs::write(
        Path::new(&env::var("OUT_DIR")?).join("packages.zlib"),
        packages,
    )?;
    Ok(())
}
