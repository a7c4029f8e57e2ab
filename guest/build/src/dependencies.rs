//! The list of packages in a binary, in the format of `cargo auditable`, so that
//! `cargo audit bin` and other tools can read it from every build without another
//! build command.

use crate::{Result, cargo};
use auditable_serde::{DependencyKind, Package, Source, VersionInfo};
use semver::Version;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Format 1: procedural macros and their dependencies count as build dependencies.
const FORMAT: u32 = 1;

/// The content of the section for the package `root`, built for `target`.
///
/// # Errors
///
/// When `cargo tree` fails.
pub fn dependencies(workspace: &Path, root: &str, target: &str) -> Result<Vec<u8>> {
    let edges = |kinds| -> Result<Graph> {
        let tree = cargo()
            .current_dir(workspace)
            .args(["tree", "--locked", "--package", root, "--target", target])
            .args(["--edges", kinds, "--prefix", "depth", "--format", "{p}"])
            .output()?;
        if !tree.status.success() {
            return Err(String::from_utf8_lossy(&tree.stderr).into());
        }
        read_tree(str::from_utf8(&tree.stdout)?)
    };
    let info = describe(&edges("normal,build")?, &edges("normal")?);
    let json = serde_json::to_vec(&info)?;
    Ok(miniz_oxide::deflate::compress_to_vec_zlib(&json, 10))
}

/// The recorded properties of a package.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Node {
    name: String,
    version: Version,
    source: Source,
    is_macro: bool,
}

/// The dependencies of each package, and the root of the tree.
#[derive(Debug, Default)]
struct Graph {
    root: Option<Node>,
    edges: BTreeMap<Node, BTreeSet<Node>>,
}

/// Reads lines such as `2serde_derive v1.0.229 (proc-macro) (*)`: a depth, a package
/// and whether its dependencies were already listed.
fn read_tree(text: &str) -> Result<Graph> {
    let mut graph = Graph::default();
    let mut ancestors: Vec<Node> = Vec::new();
    for line in text.lines() {
        let malformed = || format!("unexpected output of cargo tree: {line}");
        let digits = line.bytes().take_while(u8::is_ascii_digit).count();
        let (depth, package) = line.split_at(digits);
        let (name, rest) = package.split_once(" v").ok_or_else(malformed)?;
        let (version, notes) = rest.split_once(' ').unwrap_or((rest, ""));
        let node = Node {
            name: name.to_owned(),
            version: version.parse()?,
            source: source(notes),
            is_macro: notes.contains("(proc-macro)"),
        };
        ancestors.truncate(depth.parse()?);
        match ancestors.last() {
            Some(parent) => {
                let edges = graph.edges.entry(parent.clone()).or_default();
                edges.insert(node.clone());
            }
            None => graph.root = Some(node.clone()),
        }
        graph.edges.entry(node.clone()).or_default();
        ancestors.push(node);
    }
    Ok(graph)
}

/// The source of a package, from the note that cargo prints after its version: nothing
/// for crates.io, and a path for a local package.
fn source(notes: &str) -> Source {
    let notes = notes.replace("(proc-macro)", "").replace("(*)", "");
    match notes.trim() {
        "" => Source::CratesIo,
        notes if notes.starts_with("(registry") => Source::Registry,
        notes if notes.contains("://") => Source::Git,
        _ => Source::Local,
    }
}

/// `built` has all packages of the build, `linked` those that may be in the binary.
fn describe(built: &Graph, linked: &Graph) -> VersionInfo {
    let mut runtime = BTreeSet::new();
    let mut pending: Vec<_> = linked.root.iter().collect();
    while let Some(node) = pending.pop() {
        if !node.is_macro && runtime.insert(node) {
            pending.extend(linked.edges.get(node).into_iter().flatten());
        }
    }
    let index = |node: &Node| built.edges.keys().position(|other| other == node);
    let packages = built.edges.iter().map(|(node, dependencies)| Package {
        name: node.name.clone(),
        version: node.version.clone(),
        source: node.source.clone(),
        kind: if runtime.contains(node) {
            DependencyKind::Runtime
        } else {
            DependencyKind::Build
        },
        dependencies: dependencies.iter().filter_map(index).collect(),
        root: built.root.as_ref() == Some(node),
    });
    VersionInfo {
        packages: packages.collect(),
        format: FORMAT,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dependencies_of_macros_are_build_dependencies() {
        let linked = "0app v0.1.0 (/a folder/app)\n1serde v1.0.2\n2derive v1.0.1 (proc-macro)\n\
            3syn v2.0.0\n1syn v3.0.0+x\n1other v0.1.0 (https://example.com/other#1234)\n\
            1inner v0.1.0 (registry `mine`)\n2serde v1.0.2 (*)\n";
        let built = format!("{linked}1script v0.1.0\n2syn v3.0.0+x\n");
        let info = describe(&read_tree(&built).unwrap(), &read_tree(linked).unwrap());
        let lines: Vec<_> = info
            .packages
            .iter()
            .map(|package| {
                let Package {
                    name,
                    version,
                    source,
                    kind,
                    dependencies,
                    root,
                } = package;
                format!("{name} {version} {source:?} {kind:?} {dependencies:?} {root}")
            })
            .collect();
        assert_eq!(
            lines,
            [
                "app 0.1.0 Local Runtime [2, 3, 4, 5, 7] true",
                "derive 1.0.1 CratesIo Build [6] false",
                "inner 0.1.0 Registry Runtime [5] false",
                "other 0.1.0 Git Runtime [] false",
                "script 0.1.0 CratesIo Build [7] false",
                "serde 1.0.2 CratesIo Runtime [1] false",
                "syn 2.0.0 CratesIo Build [] false",
                "syn 3.0.0+x CratesIo Runtime [] false",
            ]
        );
    }

    #[test]
    fn malformed_lines_are_an_error() {
        for text in ["warning", "0serde", "serde v1", "0serde vone"] {
            assert!(read_tree(text).is_err(), "{text}");
        }
    }
}
