//! What the contract says of itself. The types of a component have no room for
//! comments, so they go along in a section of their own.

use crate::Result;
use std::path::Path;
use wit_parser::{PackageMetadata, Resolve};

/// The name and content of the section: what tools put beside a WIT package that is
/// encoded by itself (the section `package-docs`), compressed, since text is most of
/// it, and with the name of the package that it is about. Under the plain name,
/// those tools take a component's documentation for that of its world alone and fail
/// at anything else.
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
