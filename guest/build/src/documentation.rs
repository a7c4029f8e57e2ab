//! The documentation of the contract. Component types cannot contain comments, so they
//! are in a custom section.

use crate::Result;
use std::path::Path;
use wit_parser::{PackageMetadata, Resolve};

/// The name and content of the section: the `package-docs` section that tools add to an
/// encoded WIT package, but compressed, and with the package in its name. Under the
/// standard name, those tools expect the documentation of only the component's world,
/// and fail if there is more.
pub(crate) fn documentation(workspace: &Path) -> Result<(String, Vec<u8>)> {
    let mut contract = Resolve::default();
    let (package, _) = contract.push_dir(workspace.join("wit"))?;
    let docs = PackageMetadata::extract(&contract, package).encode()?;
    let name = contract
        .packages
        .get(package)
        .map(|package| format!("package-docs-zlib:{}", package.name))
        .ok_or("wit/ has no package")?;
    Ok((name, miniz_oxide::deflate::compress_to_vec_zlib(&docs, 10)))
}
